"""The ways that are measured side by side, each a Lambda handler in a module of its own."""
