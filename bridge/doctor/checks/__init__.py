"""The checks, one a file; each takes the Look and returns its finding."""
