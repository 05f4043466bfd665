"""The REST side: messages, problems, conditional requests. No I/O."""
