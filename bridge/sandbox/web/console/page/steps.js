import { pathOf } from "./groups.js";

/**
 * A group of events as the steps of a sequence diagram: messages between participants and notes
 * beside one of them. A note may hold a decision of IAM or a refusal of @auth, to be opened; its
 * key stays the same when more events of the group come.
 */
const CLIENT = { id: "client", name: "REST client", account: null };
const GATEWAY = { id: "gateway", name: "REST API", account: "A" };
const CALLER = { id: "gateway", name: "Caller", account: null };
const STS = { id: "sts", name: "STS", account: "B" };
const APPSYNC = { id: "appsync", name: "AppSync", account: "B" };
const STORE = { id: "store", name: "Tables", account: "B" };

/** Returns the participants, from left to right. */
export function participantsOf(group) {
  return group.rest ? [CLIENT, GATEWAY, STS, APPSYNC, STORE] : [CALLER, STS, APPSYNC, STORE];
}

/** Returns the steps in the order in which they happened. */
export function stepsOf(group) {
  const { rest } = group;
  const steps = [];
  if (rest) steps.push(message("client", "gateway", `${rest.method} ${pathOf(rest)}`));
  if (rest && !rest.stsCalls && rest.credentialAgeSeconds !== undefined) {
    const age = duration(rest.credentialAgeSeconds);
    steps.push(note("gateway", `Session cached for ${age}: no AssumeRole`, "plain"));
  }
  for (const call of group.calls) {
    steps.push(...(call.service === "sts" ? stsSteps(call) : appsyncSteps(call)));
  }
  if (rest) steps.push(...restReply(rest));
  return steps;
}

function restReply(rest) {
  const steps = [];
  if (rest.retries) steps.push(note("gateway", `Retried ${times(rest.retries)}`, "warn"));
  const isClients = rest.status >= 400 && rest.status < 500;
  if (rest.fault) steps.push(note("gateway", rest.fault, isClients ? "warn" : "bad"));
  const problem = rest.problem?.split(/[/:]/).pop();
  const answer = reply("gateway", "client", rest, problem ? ` ${problem}` : "");
  steps.push(isClients ? { ...answer, tone: "warn" } : answer);
  return steps;
}

function stsSteps(call) {
  const session = call.status === 200 && call.operation === "AssumeRole" ? " + session" : "";
  return [
    message("gateway", "sts", call.operation ?? "request"),
    ...faultNotes(call),
    ...checks(call),
    ...refusal(call),
    reply("sts", "gateway", call, session),
  ];
}

function appsyncSteps(call) {
  const steps = [
    message("gateway", "appsync", `POST /graphql ${call.operation ?? ""}`.trim(), "SigV4"),
    ...faultNotes(call),
    ...checks(call),
    ...refusal(call),
  ];
  for (const fields of alike(call.fields)) steps.push(...fieldSteps(fields, call));
  const { status, message: text, fields } = call;
  const failed = status === 200 && (text !== null || fields.some((it) => it.outcome !== "ok"));
  steps.push(reply("appsync", "gateway", call, failed ? " with errors" : "", failed));
  return steps;
}

function fieldSteps(fields, call) {
  const [{ field, parentType, outcome }] = fields;
  const name = fields.length > 1 ? `${field} × ${fields.length}` : field;
  if (outcome === "Unauthorized") {
    const wall = { field, parentType, caller: call.caller };
    const key = `${call.sequence}-wall-${field}`;
    return [{ ...note("appsync", `@auth refuses ${name}`, "bad"), key, wall }];
  }
  const ids = fields.flatMap((it) => it.ids);
  const shown = ids.slice(0, 2).map(shorten).join(", ") + (ids.length > 2 ? ", …" : "");
  const fine = outcome === "ok";
  return [
    message("appsync", "store", name, shown),
    {
      ...message("store", "appsync", fine ? "ok" : readable(outcome), costOf(fields)),
      dashed: true,
      tone: fine ? "ok" : "bad",
    },
  ];
}

/** Returns how fields read their table, and what they cost beyond themselves. */
function costOf(fields) {
  const sum = (name) => fields.reduce((total, field) => total + field[name], 0);
  const resolvers = sum("resolvers");
  const items = sum("itemsRead");
  const paths = [...new Set(fields.map((field) => field.access).filter(Boolean))];
  return [
    paths.map((path) => (path === "scan" ? "scan" : `by ${path}`)).join(", "),
    resolvers > fields.length ? `${resolvers} resolvers` : "",
    items > 0 ? `${items} item${items === 1 ? "" : "s"} read` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** Returns the notes of the signature and of each decision; a step that failed says how. */
function checks(call) {
  const notes = [];
  for (const hop of call.hops) {
    if (hop.name === "signature" || hop.name === "api key") {
      const what = hop.name === "signature" ? "Signature" : "API key";
      const text = hop.outcome === "ok" ? `${what} valid` : `${what}: ${hop.outcome}`;
      notes.push(note(call.service, text, hop.outcome === "ok" ? "ok" : "bad"));
    } else if (hop.name === "role") {
      notes.push(note(call.service, hop.outcome, "bad"));
    }
  }
  for (const [index, decision] of call.decisions.entries()) {
    const subject = subjectOf(decision);
    const allowed = decision.allowed;
    const by = decision.statement ? ` by ${labelOf(decision.statement)}` : "";
    const text = `${subject} ${allowed ? "allowed" : "refused"}${by}`;
    const key = `${call.sequence}-decision-${index}`;
    notes.push({ ...note(call.service, text, allowed ? "ok" : "bad"), key, decision });
  }
  return notes;
}

function refusal(call) {
  // A refused signature or decision has its own note already.
  if (call.hops.some((hop) => hop.outcome === call.message)) return [];
  if (call.decisions.some((decision) => !decision.allowed)) return [];
  const text = [call.error, call.message].filter(Boolean).join(": ");
  return text ? [note(call.service, text, "bad")] : [];
}

function faultNotes(call) {
  return call.faults.map((kind) => note(call.service, `Fault: ${kind.replaceAll("_", " ")}`, "warn"));
}

/** Returns runs of fields that became of the same thing: an aliased batch is one arrow. */
function alike(fields) {
  const runs = [];
  for (const field of fields) {
    const run = runs[runs.length - 1];
    const same = run && run[0].field === field.field && run[0].outcome === field.outcome;
    if (same) run.push(field);
    else runs.push([field]);
  }
  return runs;
}

/** Returns what a decision is about: an action of STS, or a field as Type.field. */
export function subjectOf(decision) {
  const field = /types\/([^/]+)\/fields\/([^/]+)$/.exec(decision.resource);
  return field ? `${field[1]}.${field[2]}` : decision.action;
}

/** Returns a statement's Sid, or its place. */
export function labelOf(statement) {
  return statement.sid ?? `${statement.policy}, statement ${statement.index + 1}`;
}

function message(from, to, label, detail = "") {
  return { kind: "message", from, to, label, detail, tone: "plain", dashed: false };
}

function reply(from, to, event, more = "", failed = false) {
  const tone = failed || event.status === null || event.status >= 400 ? "bad" : "ok";
  const label = event.status === null ? "connection cut" : `${event.status}${more}`;
  const detail = `${Math.round(event.milliseconds)} ms`;
  return { kind: "message", from, to, label, detail, tone, dashed: true };
}

function note(at, label, tone) {
  return { kind: "note", at, label, tone };
}

function readable(outcome) {
  return outcome.replace(/^DynamoDB:/, "").replace(/Exception$/, "");
}

function shorten(id) {
  return id.length > 13 ? `${id.slice(0, 12)}…` : id;
}

function times(count) {
  return count === 1 ? "once" : `${count} times`;
}

function duration(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
