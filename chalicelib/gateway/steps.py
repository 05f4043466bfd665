"""What a verb is made of: steps that yield calls and are sent their outcomes.

A handler of a verb is a generator. It yields a Call, is sent its Outcome (or has the error thrown
into it) and at last returns the response. So it does no I/O, and whoever drives it may perform
the calls one by one, or those of many requests in one document.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.graphql.documents import Root
from chalicelib.rest.messages import RestResponse
from chalicelib.translation.replies import Item, Page


@dataclass(frozen=True, slots=True)
class Call:
    """One root field to be executed.

    Attributes:
        root: Which one.
        variables: Its variables by the names of its arguments.
        repeatable: Doing it twice is the same as once, so a broken attempt may be repeated.
    """

    root: Root
    variables: Mapping[str, Any]
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call.

    Attributes:
        value: The item, the page, or None where there is none.
        condition_failed: Nothing was done: a condition or an existence check failed.
        maybe_done: An earlier attempt of the same call broke off and may have been done.
    """

    value: Item | Page | None = None
    condition_failed: bool = False
    maybe_done: bool = False

    @property
    def item(self) -> Item | None:
        """The value of a call for one item."""
        return self.value if isinstance(self.value, Item) else None

    @property
    def page(self) -> Page:
        """The value of a call for a list."""
        if not isinstance(self.value, Page):
            raise TypeError("the outcome of a list call is a page")
        return self.value


Steps = Generator[Call, Outcome, RestResponse]
