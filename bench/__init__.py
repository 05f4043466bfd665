"""Measurements of the gateway beside simpler ways to the same API; never deployed."""
