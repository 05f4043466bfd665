"""From the contract to the OpenAPI document that account A serves at /openapi.json.

`scalars` says what a value may be, `schemas` and `filters` what is made of values, `parameters`
and `problems` what accompanies every operation, `paths` the operations, `document` the whole.
"""

from bridge.compiler.openapi.document import openapi_document, openapi_text

__all__ = ["openapi_document", "openapi_text"]
