"""Broken chains, and what the doctor says of them."""
