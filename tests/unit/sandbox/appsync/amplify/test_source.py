"""The source schema: what it declares, and whether the built schema can be made of it."""

import pytest

from bridge.sandbox.appsync import SourceError, load_schema
from bridge.sandbox.appsync.amplify.models import Relation
from bridge.sandbox.appsync.amplify.recognition import find_meanings
from bridge.sandbox.appsync.amplify.relations import with_generated
from bridge.sandbox.appsync.amplify.source import read_source
from tests.unit.sandbox.appsync.harness import SHOP, Harness, error_type, message, shop

BUILT = (SHOP / "built-schema.graphql").read_text()
SOURCE = (SHOP / "schema.graphql").read_text()


def targets(source: str) -> dict[str, tuple[str, bool, tuple[str, ...], str | None]]:
    """Returns where relations lead: model, to many, own fields, index with its key."""
    _, found = with_generated(read_source(source))
    return {
        ".".join(place): (
            it.model,
            it.is_list,
            it.own,
            f"{it.index.name}({', '.join((it.index.partition, *it.index.sorts))})"
            if it.index
            else None,
        )
        for place, it in found.items()
    }


def test_the_shops_relations_lead_where_amplify_makes_them_lead():
    """Foreign keys, generated ones and indexes; the built schema has each of them."""
    found = targets(SOURCE)
    assert found["Customer.profile"] == ("Profile", False, ("customerProfileId",), None)
    assert found["Profile.customer"] == ("Customer", False, ("profileCustomerId",), None)
    assert found["OrderNote.order"] == (
        "Order",
        False,
        ("orderNotesCustomerId", "orderNotesOrderNo"),
        None,
    )
    assert found["Order.notes"] == (
        "OrderNote",
        True,
        ("customerId", "orderNo"),
        "gsi-Order.notes(orderNotesCustomerId, orderNotesOrderNo)",
    )
    assert found["Order.shipments"] == (
        "Shipment",
        True,
        ("customerId", "orderNo"),
        "shipmentsByOrder(orderCustomerId, orderOrderNo)",
    )
    assert found["Customer.orders"] == ("Order", True, ("id",), None)
    assert found["Post.labels"] == ("PostLabels", True, ("id",), "byPost(postId)")
    assert found["PostLabels.label"] == ("Label", False, ("labelId",), None)
    schema = load_schema(BUILT).graphql
    for place, (_, is_list, own, _) in found.items():
        fields = schema.type_map[place.partition(".")[0]].fields  # type: ignore[attr-defined] # an object
        assert all(name in fields for name in own)
        assert ("Connection" in str(fields[place.partition(".")[2]].type)) is is_list


def test_the_older_transformers_directives_are_read():
    """@key is a primary key without a name and an index with one; @connection is a relation."""
    source = """
    type Blog @model { id: ID! posts: [Post] @connection(keyName: "byBlog", fields: ["id"]) }
    type Post @model @key(name: "byBlog", fields: ["blogID", "title"]) {
      id: ID!
      title: String!
      blogID: ID!
      blog: Blog @connection(fields: ["blogID"])
      comments: [Comment] @connection(name: "PostComments")
      editor: Editor @connection
    }
    type Comment @model { id: ID! post: Post @connection(name: "PostComments") }
    type Editor @model @key(fields: ["email", "since"]) { email: String! since: Int! }
    """
    source = source.replace("editor: Editor @connection\n", "")
    assert targets(source) == {
        "Blog.posts": ("Post", True, ("id",), "byBlog(blogID, title)"),
        "Post.blog": ("Blog", False, ("blogID",), None),
        "Post.comments": ("Comment", True, ("id",), "gsi-Post.comments(commentPostId)"),
        "Comment.post": ("Post", False, ("commentPostId",), None),
    }
    assert read_source(source).models["Editor"].key == ("email", "since")


def test_gen_2s_references_are_read():
    """The field of the one that belongs holds the key, on either side."""
    source = """
    type Team @model { id: ID! members: [Member] @hasMany(references: ["teamId"])
      badge: Badge @hasOne(references: ["teamId"]) }
    type Member @model { id: ID! teamId: ID team: Team @belongsTo(references: ["teamId"]) }
    type Badge @model { id: ID! teamId: ID team: Team @belongsTo(references: ["teamId"]) }
    """
    assert targets(source) == {
        "Team.members": ("Member", True, ("id",), "gsi-Team.members(teamId)"),
        "Team.badge": ("Badge", False, ("id",), "gsi-Team.badge(teamId)"),
        "Member.team": ("Team", False, ("teamId",), None),
        "Badge.team": ("Team", False, ("teamId",), None),
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("credit: Int @default", "score: Int @default", "Customer.score is not in the built"),
        ("rank: Int", "rank: String", "Product.rank is Int in the built schema, and String"),
        ("  tags: [ProductTag]\n", "  tags: ProductTag\n", "Product.tags is [ProductTag] in the"),
        ("nicknames: [String]", "nicknames: String", "Customer.nicknames is [String] in the built"),
        (
            'sortKeyFields: ["seq"]',
            'sortKeyFields: ["message"]',
            "the key of AuditEvent is stream + message in the source, and stream + seq in",
        ),
        (
            'sortKeyFields: ["priceCents"]',
            'sortKeyFields: ["rank"]',
            "productsByCategory of the built schema reads category + priceCents, and no index",
        ),
        (
            "type Author @model",
            "type Author",
            "Post.author: @belongsTo leads to Author, no model",
        ),
        (
            "type Setting\n  @model(",
            "type Setting\n  @other(",
            "Setting is a model of the built schema and none of the source",
        ),
        ('@default(value: "100")', '@default(value: "many")', "@default's 'many' is no Int"),
        ('@default(value: "100")', "@default", "Customer.credit: @default needs a value"),
        ('indexName: "reviewsByProduct"', 'indexName: "byNothing"', "no index byNothing"),
        ("operations: [read]", "operations: [fly]", "@auth knows no operation fly"),
        ("type Customer @model", "type Customer @model {", "Syntax Error"),
        ('relationName: "PostLabels"', "relationName: 5", "relationName must be a text"),
        ('fields: ["sku"])', "fields: {a: 1})", "fields must list fields"),
        ('timestamps: { createdAt: "createdOn"', "timestamps: { createdAt: 5", "timestamps"),
    ],
)
def test_a_built_schema_that_the_source_cannot_have_made_is_refused(old, new, fault):
    """The message names the difference, or the place of what is malformed."""
    assert old in SOURCE
    with pytest.raises(SourceError, match=r".*") as caught:
        find_meanings(load_schema(BUILT).graphql, read_source(SOURCE.replace(old, new)))
    assert fault in str(caught.value)


def test_without_a_source_keys_come_from_the_queries_arguments():
    """What had to be assumed is told; composite keys and indexes work."""
    with Harness(schema=BUILT) as api:
        assumed = " ".join(api.api.assumptions)
        assert "Order (customerId + orderNo)" in assumed
        assert "no @default" in assumed
        api.ask(
            "mutation($i: CreateOrderInput!) { createOrder(input: $i) { orderNo } }",
            {
                "i": {
                    "customerId": "c",
                    "orderNo": "1",
                    "status": "PAID",
                    "placedAt": "2026-01-01T00:00:00Z",
                    "channel": "web",
                    "items": [],
                }
            },
        )
        body = api.ask(
            '{ getOrder(customerId: "c", orderNo: "1") { status } ordersByStatus(status: PAID) {'
            ' items { orderNo } } ordersByChannel(channel: "web", statusPlacedAt: {beginsWith:'
            " {status: PAID}}) { items { orderNo } } }"
        )
        assert body["data"] == {
            "getOrder": {"status": "PAID"},
            "ordersByStatus": {"items": [{"orderNo": "1"}]},
            "ordersByChannel": {"items": [{"orderNo": "1"}]},
        }


@pytest.mark.parametrize(
    ("selection", "directive"),
    [("customer { id }", "@hasOne or @belongsTo"), ("notes { nextToken }", "@hasMany")],
)
def test_without_a_source_a_relation_says_which_directive_it_needs(selection, directive):
    """Nobody can know by which keys it leads there; never is it a silent null."""
    with Harness(schema=BUILT) as api:
        order = '{customerId: "c", orderNo: "1", status: PAID, placedAt: "2026-01-01T00:00:00Z"'
        api.ask(f"mutation {{ createOrder(input: {order}, items: []}}) {{ orderNo }} }}")
        body = api.ask(f'{{ getOrder(customerId: "c", orderNo: "1") {{ {selection} }} }}')
        assert error_type(body) == "SandboxUnsupported"
        assert directive in message(body)
        assert "schema.graphql" in message(body)


def test_a_schema_of_custom_operations_has_functions_and_no_models():
    """A query that looks like a get is a function's where the source says so."""
    source = 'type Quote { id: ID! } type Query { quote(id: ID!): Quote @function(name: "f") }'
    built = "type Quote { id: ID! } type Query { quote(id: ID!): Quote }"
    meanings = load_schema(built, source).meanings
    assert meanings.models == {}
    assert not any(isinstance(it, Relation) for it in meanings.fields.values())


def test_fields_that_something_else_resolves_say_so():
    """@http and @searchable are not resolved here."""
    built = BUILT.replace("  echo(", "  far: String\n  echo(")
    source = SOURCE.replace("  echo(", '  far: String @http(url: "https://a.b")\n  echo(')
    with Harness(schema=built, source=source) as api:
        body = api.ask("{ far }")
        assert error_type(body) == "SandboxUnsupported"
        assert "@http" in message(body)


def test_the_shop_loads_with_each_of_its_built_schemas():
    """The source fits what the transformer made of it, in every form."""
    with shop() as api:
        assert api.api.assumptions == ()


def test_an_older_index_query_without_its_key_is_dynamodbs_error():
    """The transformer v1 leaves the argument optional."""
    built = BUILT.replace(
        "ordersByStatus(status: OrderStatus!", "ordersByStatus(status: OrderStatus"
    )
    with Harness(schema=built, source=SOURCE) as api:
        assert api.ask("{ ordersByStatus(status: PAID) { items { orderNo } } }")["data"] == {
            "ordersByStatus": {"items": []}
        }
        body = api.ask("{ ordersByStatus { items { orderNo } } }")
        assert error_type(body) == "DynamoDB:DynamoDbException"
        assert "KeyConditionExpression parameter must be specified" in message(body)
