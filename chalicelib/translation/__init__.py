"""Pure translation: from REST to GraphQL and back. No I/O.

`values`, `body`, `query`, `filters` and `cursor` read what a client sent; `replies` reads what
AppSync answered.
"""
