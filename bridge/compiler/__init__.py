"""From the built schema to all that is made of it: contract, policies, OpenAPI document."""
