"""What the REST API is made of: types, keys, resources, and the compiled contract that holds them.

Pure values that read their own two files and no more. They know nothing of HTTP and of documents.
"""
