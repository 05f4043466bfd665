// Shows account A's document and calls account A by it. What a key is filled in with is an item that
// is there, so that Execute works without typing.
const gateway = document.body.dataset.gateway;
const FEW_OPERATIONS = 20;
const FEW_ITEMS = 20;

const spec = await (await fetch(`${gateway}/openapi.json`)).json();
prepare(spec);
const operations = Object.values(spec.paths).flatMap(Object.keys).length;

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const ui = SwaggerUIBundle({
  spec,
  dom_id: "#page",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: operations > FEW_OPERATIONS ? "none" : "list",
  filter: operations > FEW_OPERATIONS,
  defaultModelsExpandDepth: -1,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => {
    itemPaths(spec).forEach(fillIn);
  },
  responseInterceptor: (response) => {
    refill(response);
    return response;
  },
});

/**
 * Makes the document's relative server absolute, folds the sections of its description, and shows
 * JSON parameters as text, where Swagger UI would ask for a file.
 */
function prepare(document) {
  const [start, ...sections] = document.info.description.split(/^# /m);
  document.info.description = [start, ...sections.map(folded)].join("");
  document.servers = document.servers.map(({ url }) => ({ url: new URL(url, gateway).href.replace(/\/$/, "") }));
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item)) {
      for (const { schema } of operation.parameters ?? []) delete schema?.contentMediaType;
    }
  }
}

/** Returns each path of one item or of its relation, with its collection's path and its key's names. */
function itemPaths(document) {
  return Object.entries(document.paths).flatMap(([path, item]) => {
    const collection = `/${path.split("/")[1]}`;
    const keys = (item.parameters ?? []).filter((each) => each.in === "path").map((each) => each.name);
    const relation = path.split("/")[keys.length + 2];
    return keys.length && document.paths[collection]?.get ? [{ path, collection, keys, relation }] : [];
  });
}

/** Puts the key of an item that is there into the operations on one; one with such a relation, if any. */
async function fillIn({ path, collection, keys, relation }) {
  const asked = relation ? `limit=${FEW_ITEMS}&fields=${[...keys, relation].join()}` : `limit=1&fields=${keys.join()}`;
  const reply = await fetch(`${spec.servers[0].url}${collection}?${asked}`);
  const items = reply.ok ? (await reply.json()).items : [];
  const item = items.find((each) => each[relation]) ?? items[0];
  if (!item) return;
  for (const method of Object.keys(spec.paths[path]).filter((each) => each !== "parameters")) {
    for (const key of keys) ui.specActions.changeParam([path, method], key, "path", item[key], false);
  }
}

/** Fills in anew once a write may have made or ended the item. */
function refill({ url, status }) {
  if (status !== 201 && status !== 204) return;
  const collection = `/${url.slice(spec.servers[0].url.length).split(/[/?]/)[1]}`;
  itemPaths(spec).filter((each) => each.collection === collection).forEach(fillIn);
}

function folded(section) {
  const [title, ...lines] = section.split("\n");
  return `<details><summary>${title}</summary>\n\n${lines.join("\n").trim()}\n\n</details>\n\n`;
}
