import { copyable, element, getJson } from "./dom.js";

const KEPT = 300;
const documents = new Map();

/** Returns what a group asked AppSync for: each request's document and variables, to be copied. */
export function graphqlOf(group) {
  const calls = group.calls.filter((call) => call.service === "appsync");
  return calls.map((call, index) => {
    const place = calls.length > 1 ? ` ${index + 1} of ${calls.length}` : "";
    const asked = element("section", { class: "graphql" }, element("h3", {}, `GraphQL${place}`));
    documentOf(call.requestId).then(
      (document) => asked.append(...shown(document)),
      (error) => asked.append(element("p", { class: "silent" }, error.message)),
    );
    return asked;
  });
}

/** Returns a request's document, which is asked for once: the diagram is drawn anew as events come. */
function documentOf(requestId) {
  if (!documents.has(requestId)) {
    if (documents.size >= KEPT) documents.clear();
    const read = getJson(`data/documents/${requestId}`).then(({ document }) => document);
    read.catch(() => documents.delete(requestId));
    documents.set(requestId, read);
  }
  return documents.get(requestId);
}

function shown(document) {
  if (!document) {
    const why = "None is kept: there was no GraphQL in it, more than 64 KB, or it is long ago.";
    return [element("p", { class: "lead" }, why)];
  }
  return [
    copyable("Document", document.query),
    copyable("Variables", JSON.stringify(document.variables, null, 2)),
  ];
}
