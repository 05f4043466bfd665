import { getJson } from "./dom.js";

let asked = null;

/**
 * A curl that creates an item of a type, out of the REST API's own OpenAPI document: each type is
 * a tag there that says so, and each creation has an example.
 */
export async function exampleOf(type, gateway) {
  let api;
  try {
    asked ??= getJson(`${gateway}/openapi.json`);
    api = await asked;
  } catch {
    asked = null;
    return { text: `The REST API does not answer at ${gateway}; “make run” starts it too.` };
  }
  const tag = api.tags.find((it) => it.description === `The resource ${type}.`)?.name;
  const found = Object.entries(api.paths).find(([, it]) => tag && isCreation(it.post, tag));
  if (!found) return { text: "The REST API creates none of this type." };
  const [path, { post }] = found;
  const body = JSON.stringify(exampleBody(api, post.requestBody.content["application/json"]));
  return {
    text: "This creates one:",
    curl: `curl -i -X POST ${gateway}${path} -H 'content-type: application/json' -d ${quoted(body)}`,
  };
}

function isCreation(post, tag) {
  return post?.tags.includes(tag) && post.requestBody?.content["application/json"]?.example;
}

/** Returns the example's required members, or all where the schema does not say. */
function exampleBody(api, { example, schema }) {
  const required = (api.components.schemas[schema.$ref?.split("/").pop()] ?? schema).required;
  if (!required) return example;
  return Object.fromEntries(Object.entries(example).filter(([name]) => required.includes(name)));
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
