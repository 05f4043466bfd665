"""Replays a recording of an account B against the sandbox and tells what differs."""
