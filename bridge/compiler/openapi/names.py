"""Names of components and operations that no tool takes for one another.

A generator makes class names and file names of them: it drops what is no letter or digit, changes
the case, and its file system may not tell cases apart. So two names differ in more than that.
"""

from collections.abc import Iterable
from itertools import chain, count

# What orval puts behind an operation's id for the names of its own types, beside the components.
_MADE_OF_OPERATIONS = ("Params", "Result")


class Names:
    """Gives each thing a name of its own; the schema's own types keep theirs.

    Args:
        types: The names of the schema's types, which come first.
    """

    def __init__(self, types: Iterable[str] = ()) -> None:
        self._taken: set[str] = set()
        self._of_types = {name: self.new(name) for name in types}

    def is_free(self, name: str) -> bool:
        """Whether nothing has the name yet."""
        return _as_tools_see_it(name) not in self._taken

    def of_type(self, name: str) -> str:
        """Returns the name of one of the schema's types."""
        return self._of_types[name]

    def new(self, wanted: str) -> str:
        """Returns `wanted`, with a number behind it where that is taken."""
        name, number = wanted, 1
        while not self.is_free(name):
            number += 1
            name = f"{wanted}{number}"
        self._taken.add(_as_tools_see_it(name))
        return name


class OperationIds(Names):
    """Gives each operation an id, of which no tool makes a name that a component has.

    Args:
        components: The components' names.
    """

    def __init__(self, components: Names) -> None:
        super().__init__()
        self._components = components

    def new(self, wanted: str) -> str:
        """Returns `wanted`; `callCheckout` for `checkout` where a type is `CheckoutResult`."""
        call = f"call{wanted[:1].upper()}{wanted[1:]}"
        candidates = chain((wanted, call), (f"{wanted}{number}" for number in count(2)))
        name = next(
            each
            for each in candidates
            if self.is_free(each) and all(map(self._components.is_free, _made_of(each)))
        )
        for each in _made_of(name):
            self._components.new(each)
        return super().new(name)


def told_apart(names: Iterable[str]) -> list[str]:
    """Returns the names, less each that tools take for one before: `total.id` behind `totalId`.

    A generator makes constants of them.
    """
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(_as_tools_see_it(name), name)
    return list(first.values())


def _made_of(operation_id: str) -> list[str]:
    return [f"{operation_id}{end}" for end in _MADE_OF_OPERATIONS]


def _as_tools_see_it(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
