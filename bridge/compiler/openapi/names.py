"""Names of components and operations that no tool takes for one another.

A generator makes class names and file names of them: it drops what is no letter or digit, changes
the case, and its file system may not tell cases apart. So two names differ in more than that.
"""

from collections.abc import Iterable


class Names:
    """Gives each thing a name of its own; the schema's own types keep theirs.

    Args:
        types: The names of the schema's types, which come first.
    """

    def __init__(self, types: Iterable[str] = ()) -> None:
        self._taken: set[str] = set()
        self._of_types = {name: self.new(name) for name in types}

    def of_type(self, name: str) -> str:
        """Returns the name of one of the schema's types."""
        return self._of_types[name]

    def new(self, wanted: str) -> str:
        """Returns `wanted`, with a number behind it where that is taken."""
        name, number = wanted, 1
        while _as_tools_see_it(name) in self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken.add(_as_tools_see_it(name))
        return name


def _as_tools_see_it(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
