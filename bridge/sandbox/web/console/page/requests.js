import { element, send, shortArn, timeOfDay } from "./dom.js";
import { diagram } from "./diagram.js";
import { graphqlOf } from "./graphql.js";
import { beganAt, Groups, statusOf, titleOf, toneOf } from "./groups.js";

/** The list of requests, newest first, and the diagram of the one that is shown. */
export class Requests {
  constructor() {
    this.groups = new Groups();
    this.rows = new Map();
    this.open = new Map();
    this.shown = null;
    this.list = document.getElementById("request-rows");
    this.pane = document.getElementById("request-shown");
    this.follow = document.getElementById("follow");
    this.filter = document.getElementById("filter");
    this.noMatch = document.getElementById("no-match");
    this.list.addEventListener("keydown", (event) => this.move(event));
    this.filter.addEventListener("input", () => this.hideOthers());
    document.getElementById("clear").addEventListener("click", () => this.clear());
    this.draw();
  }

  /** Takes new events over. */
  add(events) {
    const changed = this.groups.add(events);
    for (const group of changed) this.drawRow(group);
    for (const [key, row] of this.rows) {
      if (this.groups.byKey.has(key)) continue;
      row.parentElement.remove();
      this.rows.delete(key);
      this.open.delete(key);
    }
    this.hideOthers();
    const newest = [...changed].filter((group) => this.matches(group)).pop();
    if (newest && this.follow.checked) this.show(newest);
    else if (this.shown && changed.has(this.shown)) this.draw();
  }

  /** Forgets the requests, here and in the sandbox. */
  async clear() {
    await send("DELETE", "/_admin/events");
    this.groups.byKey.clear();
    this.rows.clear();
    this.open.clear();
    this.shown = null;
    this.follow.checked = true;
    this.list.replaceChildren();
    this.hideOthers();
    this.draw();
  }

  matches(group) {
    const told = [titleOf(group), statusOf(group), describe(group), callsOf(group)];
    for (const call of group.calls) told.push(call.error, ...call.fields.map((it) => it.field));
    return told.join(" ").toLowerCase().includes(this.filter.value.trim().toLowerCase());
  }

  hideOthers() {
    for (const [key, row] of this.rows)
      row.parentElement.hidden = !this.matches(this.groups.byKey.get(key));
    const shown = [...this.rows.values()].some((row) => !row.parentElement.hidden);
    this.noMatch.hidden = shown || !this.rows.size;
  }

  show(group) {
    this.rows.get(this.shown?.key)?.removeAttribute("aria-current");
    this.shown = group;
    this.rows.get(group.key).setAttribute("aria-current", "true");
    this.draw();
  }

  drawRow(group) {
    if (!this.rows.has(group.key)) {
      const choose = () => {
        this.follow.checked = false;
        this.show(group);
      };
      const row = element("button", { click: choose, "data-request": group.key });
      this.rows.set(group.key, row);
      this.list.prepend(element("li", {}, row));
    }
    const row = this.rows.get(group.key);
    row.className = toneOf(group);
    row.replaceChildren(
      element("span", { class: "title" }, titleOf(group)),
      element("span", { class: "status" }, statusOf(group)),
      element("span", { class: "when" }, timeOfDay(beganAt(group)), " · ", callsOf(group)),
    );
  }

  draw() {
    const group = this.shown;
    if (!group) {
      this.pane.replaceChildren(
        element("p", { class: "empty" }, "Send a request to the REST API, and it appears here."),
      );
      return;
    }
    if (!this.open.has(group.key)) this.open.set(group.key, new Set());
    const focused = this.pane.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-controls")
      : null;
    this.pane.replaceChildren(
      element(
        "div",
        { class: "request-head" },
        element("h2", {}, titleOf(group)),
        element("span", { class: `badge ${toneOf(group)}` }, statusOf(group)),
        element("p", {}, describe(group)),
      ),
      // Who reads why something was refused must not be taken to another request.
      diagram(group, this.open.get(group.key), () => (this.follow.checked = false)),
      ...graphqlOf(group),
    );
    if (focused) this.pane.querySelector(`[aria-controls="${focused}"]`)?.focus();
  }

  /** Lets the arrow keys go from row to row. */
  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...this.list.querySelectorAll("li:not([hidden]) button")];
    const next = rows[rows.indexOf(document.activeElement) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
    next.click();
  }
}

function describe(group) {
  const caller = group.rest?.caller ?? group.calls.find((call) => call.caller)?.caller;
  const id = group.rest?.clientRequestId ?? group.calls[0].requestId;
  const route = group.rest?.path ? `route ${group.rest.route}` : null;
  return [caller ? shortArn(caller) : null, route, `request ${id}`].filter(Boolean).join(" · ");
}

function callsOf(group) {
  const count = (service) => group.calls.filter((call) => call.service === service).length;
  const parts = [
    [count("sts"), "STS"],
    [count("appsync"), "AppSync"],
  ].filter(([calls]) => calls);
  if (!parts.length) return "no call to account B";
  return parts.map(([calls, name]) => (calls > 1 ? `${calls} × ${name}` : name)).join(" + ");
}
