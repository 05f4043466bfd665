"""Names, and wildcards of IAM's that stand for several of them and for no other."""

import re
from collections.abc import Iterator, Sequence


class NameList:
    """Names in a policy, of one type's fields or of types, as such and as wildcards."""

    def __init__(self, reached: Sequence[str], present: frozenset[str]) -> None:
        self.patterns = list(reached)
        self._reached = frozenset(reached)
        self._present = present
        self._named: dict[str, frozenset[str]] = {}
        self._found: tuple[str, frozenset[str]] | None = None
        self._whole_type = False

    def entries(self) -> list[str]:
        """Returns what stands below the type in the resources' ARNs."""
        return ["*"] if self._whole_type else [f"fields/{each}" for each in self.patterns]

    def saving(self) -> int:
        """Returns how many entries the next wildcard would save; 0 where there is none."""
        return max(0, len(self._next()[1]) - 1)

    def shorten(self) -> None:
        """Replaces entries by the next wildcard."""
        wildcard, replaced = self._next()
        self.patterns = sorted({*self.patterns, wildcard} - replaced)
        self._found = None

    def open(self) -> list[str]:
        """Takes the whole type; returns the fields that are opened by that alone."""
        self._whole_type = True
        return sorted(self._present - self._reached)

    def wildcard_notes(self, parent: str) -> Iterator[str]:
        """Gives a line about the wildcards, if there are any."""
        wildcards = [each for each in self.patterns if "*" in each]
        if wildcards and not self._whole_type:
            yield (
                f"account B's policy uses wildcards on {parent} to fit into IAM's limit:"
                f" {', '.join(wildcards)}; they match no other field of this schema, but would"
                " match a later one of such a name: compile again when the schema changes"
            )

    def _next(self) -> tuple[str, frozenset[str]]:
        """Returns the wildcard that replaces most entries and no other field, and the entries."""
        if self._found is None:
            left = frozenset(self.patterns)
            candidates = {each for name in self.patterns for each in _candidates(name)}
            replaced = {each: self._exactly_named(each) & left for each in sorted(candidates)}
            best = max(replaced, key=lambda each: len(replaced[each]), default="")
            self._found = best, replaced.get(best, frozenset())
        return self._found

    def _exactly_named(self, pattern: str) -> frozenset[str]:
        """Returns the names that a wildcard stands for; none where it stands for another too."""
        if pattern not in self._named:
            named = {each for each in self._present | self._reached if _matches(pattern, each)}
            self._named[pattern] = frozenset(named if named <= self._reached else ())
        return self._named[pattern]


def _candidates(name: str) -> Iterator[str]:
    """Gives the wildcards that keep whole words of a name, at its beginning or its end."""
    if "*" in name:
        return
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9_]+|[0-9]+", name)
    for index in range(1, len(words)):
        yield "".join(words[:index]) + "*"
        yield "*" + "".join(words[index:])


def _matches(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern
