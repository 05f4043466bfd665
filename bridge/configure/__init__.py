"""Fills in a stage of account A, and says what account B's owner has to run for it."""
