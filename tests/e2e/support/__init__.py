"""What the end-to-end tests share: clean copies, packages, the whole system, Lambda."""
