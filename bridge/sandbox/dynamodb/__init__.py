"""DynamoDB as far as a resolver sees it: tables on one SQLite file, expressions, values.

Imports nothing else of the sandbox.
"""
