"""What a representation shows: values, and neither relations nor pages nor what takes arguments."""

from tests.support.compiling import compiled, only, reasons
from tests.support.schemas import ODDITIES

SHOP = """
type Query {
  getOrder(id: ID!): Order
  getCustomer(id: ID!): Customer
  listCustomers(filter: ModelCustomerFilterInput, limit: Int, nextToken: String):
    ModelCustomerConnection
}
type Mutation { createOrder(input: CreateOrderInput!): Order }
input CreateOrderInput { id: ID total: MoneyInput seller: SellerInput }
input MoneyInput { amount: Float! parts: [MoneyInput!] }
input SellerInput { id: ID! }
input ModelStringKeyConditionInput { eq: String }
input ModelOrderFilterInput { a: Int }
input ModelCustomerFilterInput { a: Int }
enum State { PAID OPEN }
type Money { amount: Float! parts: [Money!] holder: Customer }
type Seller { id: ID! }
type Only { customer: Customer }
type Order {
  id: ID!
  state: State
  total: Money
  lines: [[Int!]]
  seller: Seller
  customer: Customer
  customers: [Customer]
  payer: Party
  gift: Wrapping
  only: Only
  pages: Pages
  rated(stars: Int!): Boolean
  text(lang: String): String
}
type Pages { items: [String] nextToken: String }
type Paper { color: String }
type Box { size: Int }
union Wrapping = Paper | Box
interface Party { id: ID! }
type Customer implements Party {
  id: ID!
  orders(
    text: ModelStringKeyConditionInput, filter: ModelOrderFilterInput, limit: Int, nextToken: String
  ): ModelOrderConnection
  odd(first: Int, limit: Int, nextToken: String): ModelOrderConnection
}
type ModelOrderConnection { items: [Order]! nextToken: String }
type ModelCustomerConnection { items: [Customer]! nextToken: String }
"""


def test_values_of_every_shape_are_members() -> None:
    """Scalars, enums, lists of lists, objects, unions; a field may take optional arguments."""
    order = compiled(SHOP).contract.by_name["Order"]
    assert dict(order.members) == {
        "id": "ID!",
        "state": "State",
        "total": "Money",
        "lines": "[[Int!]]",
        "seller": "Seller",
        "gift": "Wrapping",
        "pages": "Pages",
        "text": "String",
    }


def test_what_is_no_value_is_named_with_its_reason() -> None:
    """A relation to one or many, an abstract relation, a list of items, a required argument."""
    told = {
        name: reason
        for name, reason in reasons(compiled(SHOP)).items()
        if name.startswith(("Order.", "Customer."))
    }
    assert told == {
        "Order.customers": "a list of Customer, which has no pages",
        "Order.payer": "it may lead to Customer, resources of their own",
        "Order.only": "Only has no field that can be shown",
        "Order.rated": "it requires an argument",
        "Customer.odd": "pages of Order, which are no value",
    }


def test_relations_know_where_they_lead_and_how_their_pages_are_read() -> None:
    """To one: no access path. To many: one that the parent's field is."""
    contract = compiled(SHOP).contract
    customer = contract.by_name["Order"].relations["customer"]
    assert (customer.target, customer.type, customer.many) == ("Customer", "Customer", False)
    orders = contract.by_name["Customer"].relations["orders"]
    assert orders.target == "Order"
    assert orders.path is not None
    assert (orders.path.parent, orders.path.name) == ("Customer", "orders")
    assert (orders.path.partition, orders.path.sort, orders.path.sort_argument) == (
        None,
        ("text",),
        "text",
    )
    assert orders.path.filter == "ModelOrderFilterInput"
    assert orders.path.index


def test_a_relation_over_the_tables_own_key_reads_no_index() -> None:
    """Its sort argument is the sort key of the items' own key."""
    text = """
    type Query { getLine(order: ID!, no: Int!): Line getOrder(id: ID!): Order }
    type Line { order: ID! no: Int! }
    type ModelLineConnection { items: [Line]! nextToken: String }
    input ModelIntKeyConditionInput { eq: Int }
    type Order {
      id: ID!
      lines(no: ModelIntKeyConditionInput, limit: Int, nextToken: String): ModelLineConnection
    }
    """
    path = compiled(text).contract.by_name["Order"].relations["lines"].path
    assert path is not None
    assert not path.index


def test_what_a_write_takes_as_an_object_is_a_value_though_its_type_is_a_resource() -> None:
    """It is written whole, so it is no item of its own."""
    text = """
    type Query { getOrder(id: ID!): Order getAddress(id: ID!): Address }
    type Mutation { createOrder(input: CreateOrderInput!): Order }
    input CreateOrderInput { id: ID address: AddressInput }
    input AddressInput { street: String }
    type Order { id: ID! address: Address }
    type Address { id: ID! street: String }
    """
    order = compiled(text).contract.by_name["Order"]
    assert list(order.members) == ["id", "address"]
    assert order.relations == {}


def test_named_types_are_gathered_with_all_that_they_lead_to() -> None:
    """Objects, inputs, enums and unions; an input type may hold itself."""
    types = compiled(SHOP).contract.types
    assert dict(types.enums) == {"State": ["PAID", "OPEN"]}
    assert types.inputs["MoneyInput"] == {"amount": "Float!", "parts": "[MoneyInput!]"}
    assert types.objects["Money"] == {"amount": "Float!", "parts": "[Money!]", "holder": "Customer"}
    assert dict(types.abstract) == {"Wrapping": ["Paper", "Box"], "Party": ["Customer"]}
    assert types.objects["Paper"] == {"color": "String"}
    # Cut where a value would lead to items of their own, or to pages of them.
    assert set(types.linked) == {"Order", "Customer", "ModelOrderConnection"}
    assert "rated" not in types.objects["Order"]


def test_conflict_resolutions_own_fields_are_no_members() -> None:
    """They are what ETags are made of."""
    text = """
    type Query { getPen(id: ID!): Pen }
    type Pen { id: ID! _version: Int! _deleted: Boolean _lastChangedAt: AWSTimestamp! }
    """
    compilation = compiled(text)
    assert list(only(compilation).members) == ["id"]
    assert set(reasons(compilation).values()) == {
        "conflict resolution's own, of which ETags are made"
    }


def test_the_same_names_without_a_version_are_members() -> None:
    """A hand-written type may have a `_deleted` of its own."""
    text = "type Query { getPen(id: ID!): Pen } type Pen { id: ID! _deleted: Boolean }"
    assert list(only(compiled(text)).members) == ["id", "_deleted"]


def test_a_nested_types_field_of_a_foreign_scalar_is_dropped_from_values_and_inputs() -> None:
    """Nobody could check such a value; a whole value that holds one cannot be written."""
    text = """
    scalar Color
    type Query { getPen(id: ID!): Pen }
    type Mutation { updatePen(input: UpdatePenInput!): Pen }
    type Pen { id: ID! ink: Ink }
    type Ink { color: Color name: String }
    input UpdatePenInput { id: ID! ink: InkInput }
    input InkInput { color: Color name: String }
    """
    compilation = compiled(text)
    pen = only(compilation)
    assert dict(compilation.contract.types.objects) == {"Ink": {"name": "String"}}
    assert pen.update is not None
    assert list(pen.update.takes) == ["id"]
    assert list(pen.members) == ["id", "ink"]


def test_what_is_left_out_leaves_the_rest_whole() -> None:
    """A plain type among oddities keeps its plain fields and all its operations."""
    note = compiled(ODDITIES).contract.by_name["Note"]
    assert list(note.members) == ["id", "place", "grid", "text", "createdAt", "updatedAt"]
    assert None not in (note.get, note.list, note.create, note.update, note.delete)
