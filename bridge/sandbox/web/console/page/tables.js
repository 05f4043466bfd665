import { copyable, element, getJson, send } from "./dom.js";
import { exampleOf } from "./examples.js";
import { ItemEditor } from "./editor.js";

// An id or an instant; what is longer may take several lines.
const SHORT = 36;

/** The tables, and the items of one of them. */
export class Tables {
  constructor() {
    this.section = document.getElementById("tables");
    this.names = element("div", { class: "table-names" });
    this.keys = element("dl", { class: "keys" });
    this.items = element("div", { class: "items" });
    this.message = element("p", { class: "silent", role: "alert", hidden: true });
    this.tools = element("div", { class: "list-tools" });
    this.section.append(
      element("h2", {}, "Tables"),
      this.names,
      this.message,
      this.tools,
      this.keys,
      this.items,
    );
    this.editor = new ItemEditor(() => this.refresh());
    this.shown = null;
    this.seen = "";
  }

  /** Reads the tables again; draws them when they changed. */
  async refresh() {
    const { tables: all, gateway } = await getJson("data/tables");
    const tables = [...all.filter((it) => it.items), ...all.filter((it) => !it.items)];
    const chosen = tables.find((it) => it.name === this.shown) ?? tables[0];
    const first = chosen ? await this.page(chosen.name, null) : null;
    const seen = JSON.stringify([tables, chosen, first]);
    if (seen === this.seen) return;
    this.seen = seen;
    this.shown = chosen?.name;
    this.names.replaceChildren(...tables.map((table) => this.tab(table)));
    this.items.replaceChildren();
    this.keys.replaceChildren(...(chosen ? keysOf(chosen) : []));
    this.tools.replaceChildren(...(chosen ? this.resets(chosen, tables) : []));
    if (!chosen) this.items.append(element("p", { class: "empty" }, "The schema has no table."));
    else if (first.items.length) this.drawItems(chosen.name, first);
    else await this.drawEmpty(chosen.name, gateway);
  }

  tab(table) {
    const choose = () => {
      this.shown = table.name;
      this.refresh();
    };
    const current = table.name === this.shown ? "true" : null;
    const noun = table.items === 1 ? "item" : "items";
    const size = table.items
      ? `${table.items.toLocaleString()} ${noun}, ${table.bytes.toLocaleString()} bytes`
      : "empty";
    return element(
      "button",
      { click: choose, "aria-current": current },
      element("b", {}, table.name),
      ` ${size}`,
    );
  }

  /** Returns the buttons that empty the table, and all of them. */
  resets(table, tables) {
    const reset = (label, question, url, isEmpty) =>
      element(
        "button",
        { class: "button", disabled: isEmpty, click: () => confirm(question) && this.change("DELETE", url) },
        label,
      );
    const one = `Remove all items of ${table.name}?`;
    return [
      reset(`Empty ${table.name}`, one, urlOf(table.name), !table.items),
      reset("Empty all tables", "Remove the items of all tables?", "/_admin/tables",
        !tables.some((it) => it.items)),
    ];
  }

  /** Changes something, says what was wrong, and shows the tables as they are then. */
  async change(method, url) {
    const error = await send(method, url).then(() => "", (failed) => failed.message);
    this.message.textContent = error;
    this.message.hidden = !error;
    await this.refresh();
  }

  /** Shows how an empty table gets an item. */
  async drawEmpty(name, gateway) {
    const box = element("div", { class: "empty-table" });
    this.items.append(box);
    const example = await exampleOf(name, gateway);
    box.append(element("p", {}, `${name} has no item. ${example.text}`));
    if (example.curl) box.append(copyable("Command", example.curl));
  }

  drawItems(name, first) {
    const columns = columnsOf(first.items);
    const body = element("tbody");
    const table = element(
      "table",
      {},
      element("thead", {}, element("tr", {}, [...columns, ...(first.places.length ? [""] : [])].map((it) => element("th", {}, it)))),
      body,
    );
    const more = element("button", { class: "more" }, "More items");
    let { last } = first;
    const add = ({ items, places }) => {
      for (const [index, item] of items.entries())
        body.append(rowOf(item, columns, this.actions(name, item, places[index])));
      more.hidden = !last;
    };
    more.addEventListener("click", async () => {
      const next = await this.page(name, last);
      last = next.last;
      add(next);
    });
    add(first);
    this.items.append(element("div", { class: "scroll", tabindex: "0" }, table), more);
  }

  /** Returns an item's buttons; none where the table's key is not known. */
  actions(name, item, place) {
    if (!place) return null;
    const url = urlOf(name, place);
    const remove = () => confirm("Delete this item?") && this.change("DELETE", url);
    return element(
      "td",
      { class: "actions" },
      element("button", { class: "button", click: () => this.editor.open(name, item, url) }, "Edit"),
      element("button", { class: "button", click: remove }, "Delete"),
    );
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

function urlOf(...parts) {
  return `/_admin/tables/${parts.map(encodeURIComponent).join("/")}`;
}

function rowOf(item, columns, actions) {
  const cell = (name) => {
    const value = item[name];
    if (value === undefined) return element("td", { class: "absent", "data-name": name }, "–");
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return element("td", { class: text.length <= SHORT ? "short" : null, "data-name": name }, text);
  };
  return element("tr", {}, columns.map(cell), actions);
}
