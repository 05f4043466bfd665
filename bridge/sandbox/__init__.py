"""Account B on this machine. Shares no code with account A (chalicelib)."""
