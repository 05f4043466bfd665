"""Which queries read pages of a type's items: its table, its indexes, or neither for sure."""

import pytest

from chalicelib.contract.model import AccessPath
from tests.support.compiling import compiled, kinds, only

ORDER = """
enum ModelSortDirection { ASC DESC }
enum Status { PAID OPEN }
type Order {
  customerId: ID! orderNo: String! status: Status placedAt: AWSDateTime lot: Int note: String
}
type ModelOrderConnection { items: [Order]! nextToken: String }
input ModelStringInput { eq: String ne: String }
input ModelOrderFilterInput { note: ModelStringInput and: [ModelOrderFilterInput] }
input ModelStringKeyConditionInput { eq: String le: String between: [String] beginsWith: String }
input ModelOrderByStatusCompositeKeyInput { placedAt: AWSDateTime lot: Int }
input ModelOrderByStatusCompositeKeyConditionInput {
  eq: ModelOrderByStatusCompositeKeyInput
  between: [ModelOrderByStatusCompositeKeyInput]
}
input DeleteOrderInput { customerId: ID! orderNo: String! }
type Mutation { deleteOrder(input: DeleteOrderInput!): Order }
"""
GET = "getOrder(customerId: ID!, orderNo: String!): Order"
PAGING = """sortDirection: ModelSortDirection, filter: ModelOrderFilterInput, limit: Int,
  nextToken: String"""
CONDITION = "ModelStringKeyConditionInput"
PAGES = f"{PAGING}): ModelOrderConnection"


def orders(*queries: str) -> dict[str, str]:
    """Returns what these queries of orders are."""
    found = kinds(f"{ORDER} type Query {{ {GET} {' '.join(queries)} }}")
    del found["getOrder"]
    del found["deleteOrder"]
    return found


def path(query: str) -> AccessPath:
    """Returns the one access path of orders beside the get."""
    (found,) = only(compiled(f"{ORDER} type Query {{ {GET} {query} }}")).access_paths
    return found


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (f"listOrders({PAGES}", "list Order"),
        (f"orders({PAGES}", "list Order"),
        (f"orders(customerId: ID, {PAGES}", "list Order"),
        (
            f"orders(customerId: ID, orderNo: ModelStringKeyConditionInput, {PAGES}",
            "list Order",
        ),
        # The first transformer's index queries need no argument; they are no lists for it.
        (f"ordersByStatus(status: Status, {PAGES}", "index Order"),
        (f"ordersByStatus(status: Status!, {PAGES}", "index Order"),
        (f"listOrdersByStatus(status: Status, {PAGES}", "index Order"),
        (
            f"ordersByDay(customerId: ID, placedAt: ModelStringKeyConditionInput, {PAGES}",
            "index Order",
        ),
        (f"ordersOf(customerId: ID!, {PAGES}", "index Order"),
        # Neither: what it does with its arguments is not known.
        (f"orders(vip: Boolean, {PAGES}", "endpoint"),
        (f"orders(status: [Status], {PAGES}", "endpoint"),
        (f"orders(status: Status!, note: String, {PAGES}", "endpoint"),
        (
            f"orders(status: Status!, a: {CONDITION}, b: {CONDITION}, {PAGES}",
            "endpoint",
        ),
        (f"syncOrders(lastSync: AWSTimestamp, {PAGES}", "endpoint"),
        ("listOrders: [Order]", "endpoint"),
        ("listOrders(filter: ModelOrderFilterInput): ModelOrderConnection", "endpoint"),
        (f"searchOrders(sort: String, {PAGES}", "endpoint"),
    ],
)
def test_a_list_reads_the_table_and_an_index_query_an_index(query: str, kind: str) -> None:
    """No list is invented of an index query, a search or a synchronisation."""
    assert orders(query) == {query.partition("(")[0].partition(":")[0]: kind}


def test_of_several_lists_the_one_of_that_name_is_taken() -> None:
    """The other one may do anything."""
    assert orders(f"listOrders({PAGES}", f"recentOrders({PAGES}") == {
        "listOrders": "list Order",
        "recentOrders": "endpoint",
    }
    assert orders(f"someOrders({PAGES}", f"recentOrders({PAGES}") == {
        "someOrders": "endpoint",
        "recentOrders": "endpoint",
    }


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("listOrders(limit: Int, nextToken: String): Orders", "list Order"),
        ("listOrders(status: Status, limit: Int, nextToken: String): Orders", "list Order"),
        ("listOrders(status: Status!, limit: Int, nextToken: String): Orders", "endpoint"),
        ("listOrder(limit: Int, nextToken: String): Orders", "list Order"),
        ("ordersByStatus(status: Status!, limit: Int, nextToken: String): Orders", "endpoint"),
        ("ordersByOwner(owner: ID, limit: Int, nextToken: String): Orders", "endpoint"),
        ("searchOrders(limit: Int, nextToken: String): Orders", "endpoint"),
    ],
)
def test_a_hand_written_query_of_pages_is_a_list_by_its_name_alone(query: str, kind: str) -> None:
    """Its pages are not called as Amplify's, so an index is never assumed."""
    found = orders(query, "} type Orders { items: [Order] nextToken: String total: Int")
    assert found == {query.partition("(")[0]: kind}


def test_the_access_path_of_a_table_knows_its_key() -> None:
    """Partition, sort key, the argument of its condition, the filter."""
    listed = path(f"listOrders(customerId: ID, orderNo: ModelStringKeyConditionInput, {PAGES}")
    assert (listed.partition, listed.sort, listed.sort_argument) == (
        "customerId",
        ("orderNo",),
        "orderNo",
    )
    assert listed.filter == "ModelOrderFilterInput"
    assert not listed.index
    assert listed.directed
    assert listed.arguments["orderNo"] == "ModelStringKeyConditionInput"


def test_a_list_without_a_key_argument_is_a_scan() -> None:
    """It has no partition, and no direction although the schema takes one."""
    listed = path(f"listOrders({PAGES}")
    assert (listed.partition, listed.sort, listed.sort_argument) == (None, (), None)
    assert not listed.directed


def test_a_hand_written_lists_own_arguments_are_no_key() -> None:
    """What it does with them is not known, so nothing is pushed into them."""
    listed = path(
        "listOrders(status: Status, limit: Int, nextToken: String): Orders"
        " } type Orders { items: [Order] nextToken: String"
    )
    assert listed.partition is None


def test_the_access_path_of_an_index_knows_both_of_two_sort_fields() -> None:
    """By the members of the composite key's input, not by the argument's name."""
    index = path(
        "ordersByStatus(status: Status!,"
        f" placedAtLot: ModelOrderByStatusCompositeKeyConditionInput, {PAGES}"
    )
    assert index.index
    assert (index.partition, index.sort, index.sort_argument) == (
        "status",
        ("placedAt", "lot"),
        "placedAtLot",
    )


def test_the_operators_of_key_conditions_and_filters_are_known() -> None:
    """By the names of their input types; `and` holds the filter itself."""
    query = f"ordersByDay(status: Status!, placedAt: ModelStringKeyConditionInput, {PAGES}"
    types = compiled(f"{ORDER} type Query {{ {GET} {query} }}").contract.types
    assert dict(types.operators) == {
        "ModelStringInput": ["eq", "ne"],
        "ModelStringKeyConditionInput": ["eq", "le", "between", "beginsWith"],
    }
    assert dict(types.filters) == {
        "ModelOrderFilterInput": {"note": "ModelStringInput", "and": "ModelOrderFilterInput"}
    }


def test_a_filters_member_that_is_no_operator_input_is_left_out() -> None:
    """The gateway could not say what it means."""
    text = """
    type Query { listPens(filter: PenFilter, limit: Int, nextToken: String): Pens }
    type Pens { items: [Pen] nextToken: String }
    type Pen { id: ID! ink: String }
    input PenFilter { ink: Text color: String deep: Deep }
    input Text { eq: String }
    input Deep { more: Text }
    """
    assert dict(compiled(text).contract.types.filters) == {"PenFilter": {"ink": "Text"}}
