"""What Lambda gives a handler beside the event."""


class Context:
    """The context object, as far as any contestant asks it."""

    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
    function_name = "appsync-rest-prod"
    memory_limit_in_mb = "512"

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds that are left."""
        return 29_000
