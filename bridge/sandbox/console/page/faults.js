import { element, getJson } from "./dom.js";

// What the sandbox can do wrong: the kind, its name, what happens, and its number with a default.
const KINDS = [
  ["throttle", "Throttle", "Too many requests; let through a second:", "per_second", 0],
  ["latency", "Latency", "Replies come later, by milliseconds:", "milliseconds", 1000],
  ["error", "Server error", "Nothing is done; the status is:", "status", 500],
  ["cut_before", "Cut before", "The connection ends before anything is done.", null, null],
  ["cut_after", "Cut after", "The request is carried out, and the connection ends.", null, null],
  ["cut_reply", "Cut reply", "The connection ends in the middle of the reply.", null, null],
  ["expire_early", "Expire early", "Sessions end after seconds:", "seconds", 0],
  ["clock_skew", "Clock skew", "The service's clock is ahead by seconds:", "seconds", 1200],
];

/** A switch for each kind of fault. */
export class Faults {
  constructor() {
    this.section = document.getElementById("faults");
    this.on = document.getElementById("faults-on");
    this.cards = new Map(KINDS.map((kind) => [kind[0], new FaultCard(kind, this)]));
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
  }

  /** Puts the fault of a kind in force, or ends it when there is none; leaves the others. */
  async replace(kind, fault) {
    const others = (await getJson("/_admin/faults")).faults.filter((it) => it.kind !== kind);
    const faults = fault ? [...others, fault] : others;
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
  constructor([kind, name, text, numberName, number], faults) {
    this.kind = kind;
    this.numberName = numberName;
    this.faults = faults;
    const change = () => this.isOn() && this.apply(true);
    this.switch = element("button", {
      role: "switch",
      "aria-checked": "false",
      "aria-label": name,
      id: `fault-${kind}`,
      click: () => this.apply(!this.isOn()),
    });
    this.number = numberName
      ? element("input", { type: "number", value: number, min: "0", "aria-label": text, change })
      : null;
    this.target = element(
      "select",
      { "aria-label": `${name}: which service`, change },
      [["", "STS and AppSync"], ["sts", "STS"], ["appsync", "AppSync"]].map(([value, label]) =>
        element("option", { value }, label),
      ),
    );
    this.hits = element("span", { class: "hits" });
    this.drawn = element(
      "article",
      { class: "card fault" },
      element("header", {}, element("h3", {}, name), this.switch),
      element("p", {}, text, " ", this.number),
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
    this.hits.textContent = fault ? `hit ${fault.hits} so far` : "";
    if (!fault || this.drawn.contains(document.activeElement)) return;
    if (this.number) this.number.value = fault[this.numberName] ?? "";
    this.target.value = fault.target ?? "";
  }
}
