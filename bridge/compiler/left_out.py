"""What the REST API does not show of a schema, each with its reason."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LeftOut:
    """Something of the schema that the REST API does not show.

    Attributes:
        name: The field, as `Type.field`.
        reason: Why.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass
class Ledger:
    """Gathers what is left out and what a user should know, while a contract is made.

    Attributes:
        notes: What a user should know, one line each.
    """

    notes: list[str] = field(default_factory=list)
    _reasons: dict[str, str] = field(default_factory=dict)

    def leave_out(self, name: object, reason: str) -> None:
        """Takes down why something is left out; of several reasons the first."""
        self._reasons.setdefault(str(name), reason)

    def left_out(self) -> tuple[LeftOut, ...]:
        """Returns what was left out, by name."""
        return tuple(LeftOut(name, reason) for name, reason in sorted(self._reasons.items()))
