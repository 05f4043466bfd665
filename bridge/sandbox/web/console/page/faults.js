import { element, getJson } from "./dom.js";

// The kinds of faults: what is done wrong, and the number that it takes, with a default.
const KINDS = [
  { kind: "throttle", name: "Throttle", text: "Refuses requests as too many.",
    number: "per_second", unit: "a second go through", initial: "" },
  { kind: "latency", name: "Latency", text: "Answers later.",
    number: "milliseconds", unit: "milliseconds", initial: 1000 },
  { kind: "error", name: "Server error", text: "Answers with an error and does nothing.",
    number: "status", unit: "is the status", initial: 500 },
  { kind: "cut_before", name: "Cut before", text: "Ends the connection and does nothing." },
  { kind: "cut_after", name: "Cut after", text: "Carries the request out, then ends the connection." },
  { kind: "cut_reply", name: "Cut reply", text: "Ends the connection in the middle of the reply." },
  { kind: "expire_early", name: "Expire early", text: "Ends sessions before their time.",
    number: "seconds", unit: "seconds after they began", initial: 0 },
  { kind: "clock_skew", name: "Clock skew", text: "Has a clock that is ahead.",
    number: "seconds", unit: "seconds", initial: 1200 },
];

const TARGETS = new Map([["sts", "STS"], ["appsync", "AppSync"]]);

function hitsOf({ hits }) {
  return `${hits} ${hits === 1 ? "hit" : "hits"}`;
}

/** A switch for each kind of fault. */
export class Faults {
  constructor() {
    this.section = document.getElementById("faults");
    this.on = document.getElementById("faults-on");
    this.bar = document.getElementById("faults-bar");
    this.cards = new Map(KINDS.map((it) => [it.kind, new FaultCard(it, this)]));
    this.message = element("p", { class: "silent", role: "alert", hidden: true });
    this.section.append(
      element("h2", {}, "Faults"),
      element("p", { class: "lead" }, "Each one hits the next requests until it is turned off."),
      this.message,
      element("div", { class: "cards" }, [...this.cards.values()].map((card) => card.drawn)),
    );
  }

  async refresh() {
    this.draw((await getJson("/_admin/faults")).faults);
  }

  draw(faults) {
    for (const [kind, card] of this.cards) card.draw(faults.find((it) => it.kind === kind));
    this.on.textContent = faults.length;
    this.on.hidden = !faults.length;
    this.on.title = `${faults.length} in force`;
    this.drawBar(faults);
  }

  /** Tells on every view which faults are on, and ends them. */
  drawBar(faults) {
    const told = faults.map((fault) => {
      const { name } = KINDS.find((it) => it.kind === fault.kind);
      const narrowed = [TARGETS.get(fault.target), fault.operation].filter(Boolean).join(", ");
      return `${name}${narrowed ? ` (${narrowed})` : ""}, ${hitsOf(fault)}`;
    });
    const text = `Faults that are on: ${told.join("; ")}`;
    if (this.bar.dataset.text !== text) {
      const end = () => this.put([]);
      this.bar.dataset.text = text;
      this.bar.replaceChildren(
        element("span", {}, text),
        element("button", { class: "button", click: end }, "Turn all off"),
      );
    }
    this.bar.hidden = !faults.length;
  }

  /** Puts the fault of a kind in force, or ends it when there is none; leaves the others. */
  async replace(kind, fault) {
    const others = (await getJson("/_admin/faults")).faults.filter((it) => it.kind !== kind);
    await this.put(fault ? [...others, fault] : others);
  }

  /** Makes these the faults in force. */
  async put(faults) {
    const reply = await fetch("/_admin/faults", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ faults }),
    });
    const { error, faults: inForce } = await reply.json();
    this.message.textContent = error ?? "";
    this.message.hidden = !error;
    if (inForce) this.draw(inForce);
    else await this.refresh();
  }
}

class FaultCard {
  constructor({ kind, name, text, number, unit, initial }, faults) {
    this.kind = kind;
    this.numberName = number;
    this.faults = faults;
    const change = () => this.isOn() && this.apply(true);
    this.switch = element("button", {
      role: "switch",
      "aria-checked": "false",
      "aria-label": name,
      id: `fault-${kind}`,
      click: () => this.apply(!this.isOn()),
    });
    this.number = number
      ? element("input", { type: "number", value: initial, min: "0", placeholder: "none", change })
      : null;
    this.target = element(
      "select",
      { "aria-label": `${name}: which service`, change },
      [["", "STS and AppSync"], ...TARGETS].map(([value, label]) =>
        element("option", { value }, label),
      ),
    );
    this.hits = element("span", { class: "hits" });
    this.drawn = element(
      "article",
      { class: "card fault" },
      element("header", {}, element("h3", {}, name), this.switch),
      element("p", {}, text),
      this.number ? element("label", {}, this.number, unit) : null,
      element("footer", {}, this.target, this.hits),
    );
  }

  isOn() {
    return this.switch.getAttribute("aria-checked") === "true";
  }

  apply(on) {
    const fault = { kind: this.kind };
    if (this.number && this.number.value !== "") fault[this.numberName] = Number(this.number.value);
    if (this.target.value) fault.target = this.target.value;
    return this.faults.replace(this.kind, on ? fault : null);
  }

  draw(fault) {
    this.switch.setAttribute("aria-checked", String(Boolean(fault)));
    this.drawn.classList.toggle("on", Boolean(fault));
    this.hits.textContent = fault ? hitsOf(fault) : "";
    if (!fault || this.drawn.contains(document.activeElement)) return;
    if (this.number) this.number.value = fault[this.numberName] ?? "";
    this.target.value = fault.target ?? "";
  }
}
