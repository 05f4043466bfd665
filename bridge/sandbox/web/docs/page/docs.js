// The document comes from account A, whose server URL is relative to it: what is tried goes there.
SwaggerUIBundle({
  url: document.body.dataset.openapi,
  dom_id: "#page",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
