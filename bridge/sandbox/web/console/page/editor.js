import { element, send } from "./dom.js";

/** A window in which an item is changed as JSON. */
export class ItemEditor {
  /** `onSaved` is called when an item was written. */
  constructor(onSaved) {
    this.title = element("h2", { id: "editor-title" });
    this.text = element("textarea", { rows: "14", spellcheck: "false", "aria-label": "The item as JSON" });
    this.error = element("p", { class: "silent", role: "alert", hidden: true });
    this.dialog = element(
      "dialog",
      { "aria-labelledby": "editor-title" },
      this.title,
      element("p", { class: "lead" }, "It is written as it is: no resolver and no schema stands between."),
      this.text,
      this.error,
      element(
        "div",
        { class: "list-tools" },
        element("button", { class: "button", click: () => this.save() }, "Save"),
        element("button", { class: "button", click: () => this.dialog.close() }, "Cancel"),
      ),
    );
    this.onSaved = onSaved;
    document.body.append(this.dialog);
  }

  open(table, item, url) {
    this.url = url;
    this.title.textContent = `An item of ${table}`;
    this.text.value = JSON.stringify(item, null, 2);
    this.error.hidden = true;
    this.dialog.showModal();
    // The beginning, where the key stands.
    this.text.setSelectionRange(0, 0);
    this.text.scrollTop = 0;
  }

  async save() {
    try {
      await send("PUT", this.url, JSON.parse(this.text.value));
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
      return;
    }
    this.dialog.close();
    await this.onSaved();
  }
}
