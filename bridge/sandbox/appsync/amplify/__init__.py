"""What Amplify makes of a schema: models, their resolvers, who may use them.

Imports dynamodb, files and AppSync's messages; nothing of how a request comes to it.
"""
