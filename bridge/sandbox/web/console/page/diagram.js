import { element } from "./dom.js";
import { decisionCard, wallCard } from "./decisions.js";
import { participantsOf, stepsOf } from "./steps.js";

/**
 * Returns a group's sequence diagram.
 *
 * `open` holds the keys of opened notes; it outlives the diagram, which is drawn anew as events
 * come. `onOpen` is called when a person opens one.
 */
export function diagram(group, open, onOpen) {
  const participants = participantsOf(group);
  const place = (id) => participants.findIndex((it) => it.id === id);
  const drawn = element("div", { class: "diagram" });
  drawn.style.setProperty("--columns", participants.length);
  drawn.append(...bands(participants), heads(participants), lifelines(participants));
  const rows = element("ol", { class: "steps" });
  for (const step of stepsOf(group)) {
    rows.append(step.kind === "message" ? arrow(step, place) : note(step, place, open, onOpen));
  }
  drawn.append(rows);
  return drawn;
}

/** Returns what lies behind each account's participants. */
function bands(participants) {
  const accounts = [...new Set(participants.map((it) => it.account).filter(Boolean))];
  return accounts.map((account) => {
    const band = element("div", { class: `band ${account}` }, `Account ${account}`);
    band.style.setProperty("--at", participants.findIndex((it) => it.account === account));
    const span = participants.filter((it) => it.account === account).length;
    band.style.setProperty("--span", span);
    return band;
  });
}

function heads(participants) {
  return element(
    "div",
    { class: "heads" },
    participants.map((it) =>
      element("div", { class: "head" }, element("b", {}, it.name)),
    ),
  );
}

function lifelines(participants) {
  const lines = participants.map((_, index) => {
    const line = element("i");
    line.style.setProperty("--at", index);
    return line;
  });
  return element("div", { class: "lifelines", "aria-hidden": "true" }, lines);
}

function arrow(step, place) {
  const [from, to] = [place(step.from), place(step.to)];
  const direction = to > from ? "right" : "left";
  const row = element(
    "li",
    { class: `arrow ${direction} ${step.tone}${step.dashed ? " dashed" : ""}` },
    element("span", { class: "label" }, step.label),
    step.detail ? element("span", { class: "detail" }, step.detail) : null,
    element("span", { class: "unseen way" }, ` from ${step.from} to ${step.to}`),
  );
  row.style.setProperty("--at", Math.min(from, to));
  row.style.setProperty("--span", Math.abs(to - from));
  return row;
}

function note(step, place, open, onOpen) {
  const row = element("li", { class: "note-row" });
  row.style.setProperty("--at", place(step.at));
  const classes = `note ${step.tone}`;
  if (!step.decision && !step.wall) {
    row.append(element("span", { class: classes }, step.label));
    return row;
  }
  const card = step.decision ? decisionCard(step.decision, step.at) : wallCard(step.wall);
  card.id = `why-${step.key}`;
  const button = element("button", { class: classes, "aria-controls": card.id }, step.label);
  const show = (shown) => {
    button.setAttribute("aria-expanded", shown);
    card.hidden = !shown;
  };
  show(open.has(step.key));
  button.addEventListener("click", () => {
    if (!open.delete(step.key)) open.add(step.key);
    show(open.has(step.key));
    if (open.has(step.key)) onOpen();
  });
  row.append(button, card);
  return row;
}
