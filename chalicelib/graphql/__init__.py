"""The GraphQL side: messages, documents built from the contract, the transport port. No I/O."""
