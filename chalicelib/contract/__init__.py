"""What the REST API is made of: the compiled contract and its model.

Reads its own two files and no more.
"""
