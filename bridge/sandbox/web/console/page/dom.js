/**
 * Returns an element. A child that is a string becomes text, never markup.
 *
 * A function among the attributes listens to the event of that name; null and false are left out.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns the document that a GET answers with, or throws an Error with the server's words. */
export async function getJson(url) {
  const reply = await fetch(url);
  const document = await reply.json();
  if (!reply.ok) throw new Error(document.error ?? `status ${reply.status}`);
  return document;
}

/** Returns JSON to read, indented. */
export function codeBlock(document) {
  return element("pre", { tabindex: "0" }, JSON.stringify(document, null, 2));
}

/** Returns a local time of day from an ISO instant. */
export function timeOfDay(instant) {
  return new Date(instant).toLocaleTimeString([], { hour12: false });
}

/** Returns a role session's ARN as ROLE/SESSION, and any other text as it is. */
export function shortArn(arn) {
  return arn.replace(/^arn:aws:sts::\d+:assumed-role\//, "");
}
