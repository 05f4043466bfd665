"""What each root field of a schema is: never by a guess, always by a name that its shape confirms.

Source: Amplify's GraphQL transformers, which rename operations at their owner's wish and input
types never: `CreateTodoInput`, `UpdateTodoInput`, `DeleteTodoInput`.
"""
