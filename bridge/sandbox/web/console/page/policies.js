import { codeBlock, element, getJson, shortArn } from "./dom.js";
import { subjectOf } from "./steps.js";

/** The policies in force, and what each statement did to the requests that this page has seen. */
export class Policies {
  constructor() {
    this.section = document.getElementById("policies");
    this.uses = new Map();
    this.walls = new Map();
    this.seen = "";
  }

  /** Counts what statements did to new events. */
  add(events) {
    for (const event of events) {
      for (const decision of event.decisions ?? []) this.count(decision);
      for (const field of event.fields ?? []) {
        const outcome = field.outcome === "Unauthorized" ? "refused" : "admitted";
        const caller = shortArn(event.caller ?? "a caller without IAM identity");
        const key = `${outcome} ${caller}`;
        this.walls.set(key, (this.walls.get(key) ?? 0) + 1);
      }
    }
  }

  count(decision) {
    const about = subjectOf(decision);
    for (const item of decision.considered) {
      if (!item.applies) {
        const parts = item.mismatches.map((it) => it.part);
        if (!decision.allowed && !parts.includes("action"))
          this.note(item, "did not fit", `${about}: ${parts.join(", ")}`);
      } else if (item.effect === "Deny") this.note(item, "denied", about);
      else this.note(item, decision.allowed ? "allowed" : "did not suffice for", about);
    }
  }

  note(statement, what, about) {
    const key = keyOf(statement.policy, statement);
    if (!this.uses.has(key)) this.uses.set(key, new Map());
    const uses = this.uses.get(key);
    uses.set(`${what} ${about}`, (uses.get(`${what} ${about}`) ?? 0) + 1);
  }

  /** Reads the policies again; draws them when they or their uses changed. */
  async refresh() {
    const inForce = await getJson("data/policies").catch((error) => ({ error: error.message }));
    const uses = [...this.uses].map(([key, counts]) => [key, [...counts]]);
    const seen = JSON.stringify([inForce, uses, [...this.walls]]);
    if (seen === this.seen) return;
    this.seen = seen;
    const opened = new Set(
      [...this.section.querySelectorAll("details[open]")].map((it) => it.dataset.key),
    );
    this.section.replaceChildren(element("h2", {}, "Policies in force"));
    if (inForce.error) {
      this.section.append(element("p", { class: "silent", role: "alert" }, inForce.error));
      return;
    }
    this.section.append(
      element("p", { class: "lead" }, "Read from the project's files: an edit counts at once."),
      element("div", { class: "cards" }, [
        ...inForce.policies.map((policy) => this.card(policy, opened)),
        this.adminCard(inForce),
      ]),
    );
  }

  card(policy, opened) {
    const kind = policy.kind === "trust" ? "who may assume the role" : "what the role may do";
    return element(
      "article",
      { class: "card" },
      element("span", { class: "source" }, `Account ${policy.account} · ${kind}`),
      element("h3", {}, policy.name),
      element("p", { class: "resource" }, policy.role),
      policy.statements.length
        ? policy.statements.map((it) => this.statement(policy, it, opened))
        : element("p", { class: "silent" }, "It has no statement."),
    );
  }

  statement(policy, statement, opened) {
    const key = keyOf(policy.name, statement);
    const uses = [...(this.uses.get(key) ?? [])];
    return element(
      "details",
      { "data-key": key, open: opened.has(key) },
      element(
        "summary",
        {},
        element("b", {}, statement.sid ?? `statement ${statement.index + 1}`),
        element("span", { class: `badge ${statement.effect === "Deny" ? "bad" : "ok"}` }, statement.effect),
        uses.length ? null : element("span", { class: "unused" }, "not used yet"),
        useList(uses),
      ),
      codeBlock(statement.document),
    );
  }

  adminCard({ adminRoles, adminRule }) {
    return element(
      "article",
      { class: "card" },
      element("span", { class: "source" }, "Account B · Amplify's @auth, after IAM"),
      element("h3", {}, "custom-roles.json"),
      element("p", {}, `Rule: ${adminRule}`),
      codeBlock({ adminRoleNames: adminRoles }),
      useList([...this.walls]),
    );
  }
}

function useList(uses) {
  if (!uses.length) return null;
  const tone = (what) => (/^(allowed|admitted)/.test(what) ? "ok" : "bad");
  return element(
    "ul",
    { class: "uses" },
    uses.map(([what, count]) => element("li", { class: tone(what) }, `${what} × ${count}`)),
  );
}

function keyOf(policy, statement) {
  return JSON.stringify([policy, statement.index, statement.document]);
}
