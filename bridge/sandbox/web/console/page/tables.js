import { element, getJson } from "./dom.js";

// An id or an instant; what is longer may take several lines.
const SHORT = 36;

/** The tables, and the items of one of them. */
export class Tables {
  constructor() {
    this.section = document.getElementById("tables");
    this.names = element("div", { class: "table-names" });
    this.keys = element("dl", { class: "keys" });
    this.items = element("div", { class: "items" });
    this.section.append(element("h2", {}, "Tables"), this.names, this.keys, this.items);
    this.shown = null;
    this.seen = "";
  }

  /** Reads the tables again; draws them when they changed. */
  async refresh() {
    const { tables } = await getJson("data/tables");
    const chosen = tables.find((it) => it.name === this.shown) ?? tables[0];
    const first = chosen ? await this.page(chosen.name, null) : { items: [], last: null };
    const seen = JSON.stringify([tables, chosen, first]);
    if (seen === this.seen) return;
    this.seen = seen;
    this.shown = chosen?.name;
    this.names.replaceChildren(...tables.map((table) => this.tab(table)));
    this.items.replaceChildren();
    this.keys.replaceChildren(...(chosen ? keysOf(chosen) : []));
    if (!chosen) this.items.append(element("p", { class: "empty" }, "There is no item yet."));
    else this.drawItems(chosen.name, first);
  }

  tab(table) {
    const choose = () => {
      this.shown = table.name;
      this.refresh();
    };
    const current = table.name === this.shown ? "true" : null;
    const noun = table.items === 1 ? "item" : "items";
    const size = `${table.items.toLocaleString()} ${noun}, ${table.bytes.toLocaleString()} bytes`;
    return element(
      "button",
      { click: choose, "aria-current": current },
      element("b", {}, table.name),
      ` ${size}`,
    );
  }

  drawItems(name, first) {
    const columns = columnsOf(first.items);
    const body = element("tbody");
    const table = element(
      "table",
      {},
      element("thead", {}, element("tr", {}, columns.map((it) => element("th", {}, it)))),
      body,
    );
    const more = element("button", { class: "more" }, "More items");
    let { last } = first;
    const add = (items) => {
      for (const item of items) body.append(rowOf(item, columns));
      more.hidden = !last;
    };
    more.addEventListener("click", async () => {
      const next = await this.page(name, last);
      last = next.last;
      add(next.items);
    });
    add(first.items);
    this.items.append(element("div", { class: "scroll", tabindex: "0" }, table), more);
  }

  page(name, after) {
    const query = after ? `?after=${after}` : "";
    return getJson(`data/tables/${encodeURIComponent(name)}${query}`);
  }
}

/** Returns the key of the table and of each index: the partition's attribute, then the sort key's. */
function keysOf(table) {
  const all = [{ name: "key", key: table.key }, ...table.indexes];
  return all.flatMap(({ name, key }) => [
    element("dt", {}, name),
    element("dd", {}, key.map((attribute) => element("code", {}, attribute))),
  ]);
}

/** Returns all attributes of the items: the id first, the times that the server sets last. */
function columnsOf(items) {
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const rank = (name) => (name === "id" ? -1 : /^(created|updated)At$|^__?[a-z]/i.test(name) ? 1 : 0);
  return names.sort((one, other) => rank(one) - rank(other));
}

function rowOf(item, columns) {
  const cell = (value) => {
    if (value === undefined) return element("td", { class: "absent" }, "–");
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return element("td", { class: text.length <= SHORT ? "short" : null }, text);
  };
  return element("tr", {}, columns.map((name) => cell(item[name])));
}
