"""Queries of keys, indexes and filters give what cutting, sorting and filtering a list gives."""

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.appsync import load_schema
from tests.unit.sandbox.appsync.harness import Harness, shop

# Few values, so that items meet; `#` joins sort keys, and the others order as UTF-8 does.
TEXT = st.sampled_from(["a", "b", "a#b", "B", "ab", "é", "\uffee", "😀"])
NUMBER = st.sampled_from([-3, -1, 0, 1, 2, 10, 11, 100, 2**31 - 1])
DAY = st.sampled_from(["2026-01-01", "2026-01-02", "2026-02-01", "-0044-03-15"])
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
ITEMS_OF_A_PAGE = 3
# Of one example: its items are made once for all of them.
QUERIES = 30

Item = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """A query field, and how a plain list is asked the same.

    Attributes:
        field: The query's name.
        model: The model's name.
        partition: The field of the partition key; empty for a scan.
        sorts: The fields of the sort key with their values.
        filtered: A field that a filter may look at, with its values.
        values: Values of the partition key.
    """

    field: str
    model: str
    partition: str
    sorts: Mapping[str, st.SearchStrategy[Any]]
    filtered: tuple[str, st.SearchStrategy[Any]]
    values: st.SearchStrategy[Any] = TEXT

    @property
    def argument(self) -> str:
        """Returns the name of the argument for the sort key."""
        first, *others = self.sorts
        return first + "".join(name[0].upper() + name[1:] for name in others)

    def sort_key(self, item: Mapping[str, Any]) -> Any:
        """Returns what orders an item: a number or a text, or several joined."""
        given = [item[name] for name in self.sorts if item.get(name) is not None]
        return given[0] if len(self.sorts) == 1 else "#".join(map(str, given))


ACCESSES = (
    Access("listAuditEvents", "AuditEvent", "stream", {"seq": NUMBER}, ("message", TEXT)),
    Access(
        "listStockLevels",
        "StockLevel",
        "warehouse",
        {"sku": TEXT, "lot": NUMBER},
        ("quantity", NUMBER),
    ),
    Access("productsByCategory", "Product", "category", {"priceCents": NUMBER}, ("rank", NUMBER)),
    Access(
        "productsByBrandRelease",
        "Product",
        "brand",
        {"releasedOn": DAY, "rank": NUMBER},
        ("priceCents", NUMBER),
    ),
    Access("productsByBrand", "Product", "brand", {}, ("title", TEXT)),
    Access("listProducts", "Product", "", {}, ("title", TEXT)),
)


@st.composite
def products(draw: st.DrawFn) -> Item:
    """Returns a product; both fields of the joined sort key or none, as account B asks."""
    item: Item = {
        "title": draw(TEXT),
        "requiredTags": [],
        "price": {"amount": 1, "currency": "EUR"},
    }
    for name, values in (("category", TEXT), ("priceCents", NUMBER), ("brand", TEXT)):
        if draw(st.booleans()):
            item[name] = draw(values)
    if draw(st.booleans()):
        item |= {"releasedOn": draw(DAY), "rank": draw(NUMBER)}
    return item


EVENTS = st.fixed_dictionaries({"stream": TEXT, "seq": NUMBER, "message": TEXT})
STOCK = st.fixed_dictionaries({"warehouse": TEXT, "sku": TEXT, "lot": NUMBER, "quantity": NUMBER})


@dataclass(frozen=True)
class Query:
    """One query, as GraphQL's arguments and as a model's."""

    access: Access
    partition: Any
    operation: str | None
    operands: tuple[Mapping[str, Any], ...]
    descending: bool
    filtered: tuple[str, Any] | None
    limit: int | None
    by_variables: bool

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of the query."""
        given: dict[str, Any] = {"limit": self.limit}
        access = self.access
        if access.partition:
            given[access.partition] = self.partition
        if self.descending:
            given["sortDirection"] = "DESC"
        if self.operation:
            values = [
                it if len(access.sorts) > 1 else it[next(iter(access.sorts))]
                for it in self.operands
            ]
            given[access.argument] = {
                self.operation: values if self.operation == "between" else values[0]
            }
        if self.filtered:
            given["filter"] = {access.filtered[0]: {self.filtered[0]: self.filtered[1]}}
        return {name: value for name, value in given.items() if value is not None}

    def expected(self, items: list[Item]) -> list[Item]:
        """Returns the same of a plain list."""
        access = self.access
        found = [
            item
            for item in items
            if not access.partition
            or (
                item.get(access.partition) == self.partition
                and all(item.get(name) is not None for name in access.sorts)
                and (not self.operation or self._is_in_range(access.sort_key(item)))
            )
        ]
        if access.sorts:
            found.sort(key=access.sort_key, reverse=self.descending)
        return [item for item in found if self._passes(item)]

    def _is_in_range(self, key: Any) -> bool:
        bounds = [self.access.sort_key(operand) for operand in self.operands]
        if self.operation == "between":
            return bool(bounds[0] <= key <= bounds[1])
        if self.operation == "beginsWith":
            return str(key).startswith(bounds[0])
        return COMPARED[str(self.operation)](key, bounds[0])

    def _passes(self, item: Item) -> bool:
        if not self.filtered:
            return True
        value = item.get(self.access.filtered[0])
        if value is None:
            return self.filtered[0] == "ne"
        return COMPARED[self.filtered[0]](value, self.filtered[1])


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Returns a query that account B does not refuse."""
    access = draw(st.sampled_from(ACCESSES))
    operation = None
    operands: list[dict[str, Any]] = []
    if draw(st.booleans()) and access.sorts:
        is_text = len(access.sorts) > 1
        operation = draw(
            st.sampled_from(["eq", "lt", "le", "gt", "ge", "between", *(["beginsWith"] * is_text)])
        )
        for _ in range(2 if operation == "between" else 1):
            given = {name: draw(values) for name, values in access.sorts.items()}
            # Of a joined key the first part alone may be given.
            if is_text and draw(st.booleans()):
                given = dict(list(given.items())[:1])
            operands.append(given)
        operands.sort(key=access.sort_key)
    filtered = None
    if draw(st.booleans()):
        filtered = (draw(st.sampled_from(list(COMPARED))), draw(access.filtered[1]))
    return Query(
        access,
        draw(access.values),
        operation,
        tuple(operands),
        draw(st.booleans()) and bool(access.sorts),
        filtered,
        draw(st.sampled_from([None, 1, 2, ITEMS_OF_A_PAGE])),
        draw(st.booleans()),
    )


def written(api: Harness, model: str, items: list[Item]) -> list[Item]:
    """Returns the items that account B takes: of one key only the first."""
    kept = []
    for number, item in enumerate(items):
        given = {"sku": str(number), **item} if model == "Product" else item
        body = api.ask(
            f"mutation M($i: Create{model}Input!) {{ create{model}(input: $i) {{ __typename }} }}",
            {"i": given},
        )
        if "errors" not in body:
            kept.append(given)
    return kept


def pages(api: Harness, query: Query) -> Iterator[list[Item]]:
    """Yields the pages of a query to the last one; a page's token is always a variable."""
    access = query.access
    arguments = query.arguments()
    members = sorted({access.filtered[0], *access.sorts, *_keys(access.model)})
    variables = {**(arguments if query.by_variables else {}), "nextToken": None}
    literals = [] if query.by_variables else [literal(arguments)]
    asked = ", ".join((*literals, *(f"{name}: ${name}" for name in variables)))
    shown = f"items {{ {' '.join(members)} }} nextToken"
    head = f"query Q({declared(api, access.field, variables)})"
    while True:
        body = api.ask(f"{head} {{ {access.field}({asked}) {{ {shown} }} }}", variables)
        page = body["data"][access.field]
        yield page["items"]
        variables["nextToken"] = page["nextToken"]
        if page["nextToken"] is None:
            return


def _keys(model: str) -> tuple[str, ...]:
    return {
        "AuditEvent": ("stream", "seq"),
        "StockLevel": ("warehouse", "sku", "lot"),
        "Product": ("sku",),
    }[model]


def declared(api: Harness, field: str, given: Mapping[str, Any]) -> str:
    """Returns the declarations of variables that are called as the arguments are."""
    query = load_schema(api.schema, api.source).graphql.query_type
    assert query is not None
    arguments = query.fields[field].args
    return ", ".join(f"${name}: {arguments[name].type}" for name in given)


def literal(given: Mapping[str, Any]) -> str:
    """Returns arguments as GraphQL writes them."""
    return ", ".join(f"{name}: {_value(name, value)}" for name, value in given.items())


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return "{" + literal(value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(name, element) for element in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, str) and name != "sortDirection":
        return '"' + value + '"'
    return str(value)


@given(
    st.lists(EVENTS, max_size=12),
    st.lists(STOCK, max_size=12),
    st.lists(products(), max_size=12),
    st.lists(queries(), min_size=QUERIES, max_size=QUERIES),
)
def test_pages_walked_to_the_end_are_the_list_cut_sorted_and_filtered(events, stock, sold, asked):
    """Each item comes once, in the order of the sort key; no page reads more than its limit."""
    with shop() as api:
        tables = {
            "AuditEvent": written(api, "AuditEvent", events),
            "StockLevel": written(api, "StockLevel", stock),
            "Product": written(api, "Product", sold),
        }
        for query in asked:
            access = query.access
            expected = query.expected(tables[access.model])
            found: list[Item] = []
            for page in pages(api, query):
                assert query.limit is None or len(page) <= query.limit
                found += page
            names = _keys(access.model)
            assert Counter(_key_of(item, names) for item in found) == Counter(
                _key_of(item, names) for item in expected
            ), (query, found)
            if access.sorts:
                assert [access.sort_key(item) for item in found] == [
                    access.sort_key(item) for item in expected
                ]


def _key_of(item: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(item[name] for name in names)
