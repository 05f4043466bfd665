"""The developer's side: compiler, IAM evaluation, sandbox and doctor. Never deployed."""
