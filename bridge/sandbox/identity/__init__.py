"""Who exists in both accounts, and whose signature a request has.

Imports exchange and bridge.iam; no service (sts, appsync), no table.
"""
