"""The developer's side: compiler, IAM evaluation, sandbox and doctor. Never deployed."""

__version__ = "1.0.0"
