"""The one error of this package: a policy that AWS would not save."""


class PolicyError(ValueError):
    """A policy document that IAM refuses; the message names the place in it."""

    def __init__(self, place: str, fault: str) -> None:
        super().__init__(f"{place}: {fault}")
        self.place = place
        self.fault = fault
