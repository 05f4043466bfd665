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

/** Returns a text under its name, with a button that copies it. */
export function copyable(name, text) {
  const copied = element("span", { class: "source", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      copied.textContent = "copied";
    } catch {
      copied.textContent = "the browser does not let this page copy: select the text";
    }
  };
  const label = `Copy ${name.toLowerCase()}`;
  return element(
    "div",
    { class: "copyable" },
    element("div", {}, element("b", {}, name), element("button", { class: "button", click: copy }, label), copied),
    element("pre", { tabindex: "0", "aria-label": name }, text),
  );
}

/** Sends JSON, or nothing, with a method; throws an Error with the server's words. */
export async function send(method, url, document) {
  const body = document === undefined ? undefined : JSON.stringify(document);
  const reply = await fetch(url, { method, body, headers: { "content-type": "application/json" } });
  if (reply.ok) return;
  const told = await reply.json().catch(() => ({}));
  throw new Error(told.error ?? `status ${reply.status}`);
}
