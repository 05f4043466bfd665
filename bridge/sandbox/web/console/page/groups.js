/**
 * The events, joined: a REST request's log line, its AssumeRole and its GraphQL requests have one
 * request id. What came without such an id stands alone.
 */
const KEPT = 300;

export class Groups {
  constructor() {
    this.byKey = new Map();
  }

  /** Takes events in; returns the groups that they changed. */
  add(events) {
    const changed = new Set();
    for (const event of events) {
      const key = event.clientRequestId ?? `event-${event.sequence}`;
      if (!this.byKey.has(key)) this.byKey.set(key, { key, rest: null, calls: [] });
      const group = this.byKey.get(key);
      if (event.service === "rest") group.rest = event;
      else group.calls.push(event);
      changed.add(group);
    }
    for (const key of this.byKey.keys()) {
      if (this.byKey.size <= KEPT) break;
      this.byKey.delete(key);
    }
    return changed;
  }
}

/** Returns when a group's first event began. */
export function beganAt(group) {
  const times = [group.rest, ...group.calls].filter(Boolean).map((event) => event.time);
  return times.sort()[0];
}

/** Returns the path that a client asked for; only the route is known without `make run`. */
export function pathOf(rest) {
  return rest.path ?? rest.route;
}

/** Returns what a group is called in the list. */
export function titleOf(group) {
  if (group.rest) return `${group.rest.method} ${pathOf(group.rest)}`;
  const call = group.calls[group.calls.length - 1];
  if (call.service === "sts") return call.operation ?? "STS";
  const fields = [...new Set(call.fields.map((it) => it.field))];
  return `${call.operation ?? "GraphQL"} ${fields.join(", ")}`.trim();
}

/** Returns the status to show: the REST reply's, else the last call's; "cut" without a reply. */
export function statusOf(group) {
  const last = group.rest ?? group.calls[group.calls.length - 1];
  return last.status === null ? "cut" : String(last.status);
}

/** Tells whether something went wrong: "bad" to the caller, "warn" on the way, else "ok". */
export function toneOf(group) {
  const status = statusOf(group);
  const failed = group.calls.some((call) => isRefused(call));
  if (status === "cut" || Number(status) >= 500) return "bad";
  if (!group.rest && failed) return "bad";
  return Number(status) >= 400 || failed ? "warn" : "ok";
}

function isRefused(call) {
  return (
    call.status === null ||
    call.status >= 400 ||
    call.message !== null ||
    call.fields.some((field) => field.outcome !== "ok") ||
    call.decisions.some((decision) => !decision.allowed)
  );
}
