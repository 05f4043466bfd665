import { codeBlock, element, getJson, shortArn } from "./dom.js";
import { subjectOf } from "./steps.js";

const SOURCES = {
  sts: {
    identity: "Account A: the caller's own policy",
    resource: "Account B: the role's trust policy",
    session: "The caller's session policy",
  },
  appsync: {
    identity: "The role's own policy",
    resource: "The API's resource share",
    session: "The session policy",
  },
};
// Which side had nothing to say, when no statement of it is among those considered.
const SILENT = {
  "no identity policy allows it": "identity",
  "the resource policy does not allow it": "resource",
  "the session policy does not allow it": "session",
};

/** Returns why IAM allowed or refused something: each statement, and what in it did not fit. */
export function decisionCard(decision, service) {
  const sources = SOURCES[service];
  const silent = SILENT[decision.reason];
  const isEmpty = silent && !decision.considered.some((it) => it.source === silent);
  // The side that refused stands first; what is about other actions is put away.
  const sideFirst = (it) => (it.source === silent ? 0 : 1);
  const cards = (items) =>
    items
      .sort((one, other) => sideFirst(one) - sideFirst(other))
      .map((it) => considered(it, sources[it.source], decision));
  const isElsewhere = (it) => it.mismatches.some((mismatch) => mismatch.part === "action");
  const elsewhere = decision.considered.filter(isElsewhere);
  return element(
    "div",
    { class: "why" },
    element("h3", {}, titleOf(decision, silent, sources)),
    element("p", { class: "resource" }, decision.resource),
    isEmpty ? element("p", { class: "silent" }, `${sources[silent]} has no statement.`) : null,
    cards(decision.considered.filter((it) => !isElsewhere(it))),
    elsewhere.length
      ? element(
          "details",
          {},
          element("summary", {}, `Statements about other actions: ${elsewhere.length}`),
          cards(elsewhere),
        )
      : null,
  );
}

function titleOf(decision, silent, sources) {
  const subject = subjectOf(decision);
  if (silent) return `${sources[silent]} does not allow ${subject}`;
  return `${subject}: ${decision.reason}`;
}

function considered(item, source, decision) {
  const decided = decision.statement;
  const isDeciding =
    decided && decided.policy === item.policy && decided.index === item.index && item.applies;
  const verdict = isDeciding ? "decided" : item.applies ? "applies" : "does not fit";
  // What does not fit is no fault where another statement allowed it.
  const isMissed = !item.applies && !decision.allowed;
  const tone = item.applies ? (item.effect === "Deny" ? "bad" : "ok") : isMissed ? "bad" : "";
  return element(
    "article",
    { class: `statement ${tone}` },
    element(
      "header",
      {},
      element("span", { class: "source" }, source),
      element("b", {}, item.sid ?? `statement ${item.index + 1}`),
      element("span", { class: `badge ${tone}` }, `${item.effect} · ${verdict}`),
    ),
    item.mismatches.length
      ? element(
          "ul",
          { class: `mismatches ${tone}` },
          item.mismatches.map((it) => element("li", {}, element("b", {}, it.part), ` ${it.detail}`)),
        )
      : null,
    codeBlock(item.document),
  );
}

/** Returns why Amplify's resolver refused a caller that IAM had let through. */
export function wallCard({ field, parentType, caller }) {
  const list = element("p", {}, "Reading the admin list …");
  getJson("data/policies").then(
    ({ adminRoles, adminRule }) => {
      const roles = adminRoles.length ? adminRoles.join(", ") : "nobody";
      list.textContent = `custom-roles.json names ${roles}; the rule is “${adminRule}”.`;
    },
    (error) => (list.textContent = error.message),
  );
  return element(
    "div",
    { class: "why" },
    element("h3", {}, `Not Authorized to access ${field} on type ${parentType}`),
    element("p", {}, "IAM had allowed it. The resolver that Amplify makes of @auth asks for more:"),
    list,
    element("p", { class: "resource" }, `The caller is ${shortArn(caller ?? "unknown")}.`),
  );
}
