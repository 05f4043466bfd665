"""Account B on this machine. Shares no code with account A (chalicelib).

`identity` who calls, `sts` and `appsync` the services, `dynamodb` the tables, `web` the process
around them, `exchange` one request on its way, `replay` recordings held against all of it.
"""
