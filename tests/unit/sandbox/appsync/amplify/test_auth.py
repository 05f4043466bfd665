"""What the rules of @auth let a caller do, under each of the three admin rules."""

from typing import Any

import pytest

from bridge.sandbox.appsync import AdminRule, GraphQLCaller
from bridge.sandbox.appsync.amplify.rules import Access, Role, RuleError, read_rules
from tests.unit.sandbox.appsync.harness import (
    SHOP_DATA,
    STRANGER,
    Harness,
    error_type,
    message,
    shop,
)

IAM_ACCESS = SHOP_DATA / "built-schema-iam-access.graphql"
SESSION = "arn:aws:sts::222222222222:assumed-role/{}/CognitoIdentityCredentials"
SIGNED_IN = GraphQLCaller(SESSION.format("authRole"), "us-east-1:1", "authenticated", "us-east-1:0")
GUEST = GraphQLCaller(SESSION.format("unAuthRole"), "us-east-1:2", "unauthenticated", "us-east-1:0")
EMPLOYEE = "{ id name salary badge }"
CREATE = (
    'mutation { createEmployee(input: {id: "1", name: "E", salary: 7, badge: "b"})'
    f" {EMPLOYEE} }}"
)
GET = f'{{ getEmployee(id: "1") {EMPLOYEE} }}'
WRITE_LOG = 'mutation { createAuditEvent(input: {stream: "s", seq: 1}) { seq } }'


def employee(**shown: Any) -> dict[str, Any]:
    """Returns the employee with all that was written, but for what is given."""
    return {"id": "1", "name": "E", "salary": 7, "badge": "b", **shown}


@pytest.mark.parametrize("rule", [AdminRule.CONTAINS, AdminRule.ANCHORED])
def test_a_role_of_the_list_passes_every_rule(rule):
    """Read-only models and protected fields too, in replies of mutations as well."""
    with shop(rule=rule) as api:
        assert api.ask(CREATE)["data"]["createEmployee"] == employee()
        assert api.ask(GET)["data"]["getEmployee"] == employee()
        assert api.ask(WRITE_LOG)["data"]["createAuditEvent"] == {"seq": 1}


def test_gen_2_lets_every_iam_caller_pass_and_hides_fields_in_a_mutations_reply():
    """The reply of a mutation shows a protected field as null, without an error."""
    with shop(IAM_ACCESS, rule=AdminRule.IAM, roles=[]) as api:
        assert api.ask(CREATE, caller=STRANGER) == {
            "data": {"createEmployee": employee(salary=None)}
        }
        assert api.ask(GET, caller=STRANGER)["data"]["getEmployee"] == employee()
        assert api.ask(WRITE_LOG, caller=STRANGER)["data"]["createAuditEvent"] == {"seq": 1}
        body = api.ask('{ echo(text: "x") }', caller=STRANGER)
        assert body == {"data": {"echo": "x"}}


@pytest.mark.parametrize("rule", AdminRule)
def test_an_identity_pools_callers_are_held_to_the_rules(rule):
    """Under Gen 2 too: what enableIamAccess admits is no Cognito caller."""
    with shop(IAM_ACCESS, rule=rule) as api:
        api.ask(CREATE, caller=GUEST)
        read = api.ask(GET, caller=SIGNED_IN)
        assert read["data"]["getEmployee"] == employee(salary=None)
        assert message(read) == "Not Authorized to access salary on type Employee"
        assert read["errors"][0]["path"] == ["getEmployee", "salary"]
        assert api.ask(GET, caller=GUEST)["data"]["getEmployee"] == employee()
        refused = api.ask(WRITE_LOG, caller=SIGNED_IN)
        assert message(refused) == "Not Authorized to access createAuditEvent on type Mutation"
        assert error_type(api.ask('{ echo(text: "x") }', caller=GUEST)) == "Unauthorized"


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ('badge: "b", salary: 1', "[salary, badge]"),
        ("salary: null", "[salary]"),
        ('badge: "c"', "[badge]"),
    ],
)
@pytest.mark.parametrize("operation", ["create", "update"])
def test_a_protected_member_of_an_input_is_refused_by_name(operation, given, refused):
    """Nulls count as well, and nothing is written."""
    with shop() as api:
        api.ask(CREATE)
        key = "2" if operation == "create" else "1"
        body = api.ask(
            f'mutation {{ {operation}Employee(input: {{id: "{key}", name: "F", {given}}})'
            " { id } }",
            caller=SIGNED_IN,
        )
        assert (error_type(body), message(body)) == ("Unauthorized", f"Unauthorized on {refused}")
        assert api.ask("{ listEmployees { items { name } } }")["data"]["listEmployees"] == {
            "items": [{"name": "E"}]
        }


def test_a_delete_needs_the_right_to_every_field():
    """Who may not delete a salary may delete no employee."""
    with shop() as api:
        api.ask(CREATE)
        delete = 'mutation { deleteEmployee(input: {id: "1"}) { id salary } }'
        refused = api.ask(delete, caller=SIGNED_IN)
        assert message(refused) == "Not Authorized to access deleteEmployee on type Mutation"
        assert api.ask(delete, caller=GUEST) == {
            "data": {"deleteEmployee": {"id": "1", "salary": None}}
        }


def test_a_protected_field_can_be_filtered_by_those_who_cannot_read_it():
    """As with Amplify: a filter asks nobody."""
    with shop() as api:
        api.ask(CREATE)
        body = api.ask(
            "{ listEmployees(filter: {salary: {gt: 5}}) { items { id } } }", caller=SIGNED_IN
        )
        assert body == {"data": {"listEmployees": {"items": [{"id": "1"}]}}}


def test_a_related_type_that_may_not_be_read_is_null_with_an_error():
    """The rest of the reply is there."""
    with shop() as api:
        api.ask(
            "mutation($i: CreateProductInput!) { createProduct(input: $i) { sku } }",
            {"i": {"sku": "p", "title": "P", "requiredTags": [], "price": PRICE}},
        )
        body = api.ask('{ getProduct(sku: "p") { sku reviews { nextToken } } }', caller=GUEST)
        assert body["data"] == {"getProduct": {"sku": "p", "reviews": None}}
        assert message(body) == "Not Authorized to access reviews on type Product"


PRICE = {"amount": 1, "currency": "EUR"}


def test_key_checks_come_before_authorisation():
    """Even a refused caller is told of half a key."""
    with shop() as api:
        body = api.ask(
            'mutation { updateOrder(input: {customerId: "c", orderNo: "o", status: PAID})'
            " { orderNo } }",
            caller=STRANGER,
        )
        assert error_type(body) is None
        assert "Missing key: 'placedAt'." in message(body)
        body = api.ask('{ listOrders(orderNo: {eq: "x"}) { nextToken } }', caller=STRANGER)
        assert error_type(body) == "InvalidArgumentsError"


def test_a_model_without_rules_refuses_everybody_but_gen_2s_callers():
    """Amplify generates a refusal where no rule is given; no list of roles helps."""
    open_ = Access(("id",), None, {})
    assert not any(open_.may(role, "get") for role in Role if role is not Role.IAM)
    assert open_.may(Role.IAM, "get")


def test_an_api_key_is_public():
    """A rule for the public names its provider, or means the API key."""
    rules = read_rules([{"allow": "public", "operations": ["read"]}])
    access = Access(("id",), rules, {})
    assert access.may(Role.API_KEY, "list")
    assert not access.may(Role.API_KEY, "create")
    assert not access.may(Role.PUBLIC, "list")
    with Harness() as api:
        assert error_type(api.ask("{ listTodos { nextToken } }", caller=GraphQLCaller(""))) == (
            "Unauthorized"
        )


def test_a_field_is_guarded_where_a_reader_of_the_model_may_not_read_it():
    """An owner's rule counts too, though no IAM caller is an owner."""
    model = read_rules([{"allow": "owner"}, {"allow": "private", "provider": "iam"}])
    own = {"secret": read_rules([{"allow": "private", "provider": "iam"}]), "open": model}
    access = Access(("id", "secret", "open"), model, own)
    assert access.guarded == {"secret"}
    assert access.may_read(Role.PRIVATE, "secret")


@pytest.mark.parametrize(
    "given",
    [
        None,
        5,
        [5],
        [{}],
        [{"allow": 5}],
        [{"allow": "private", "provider": 5}],
        [{"allow": "private", "operations": ["fly"]}],
        [{"allow": "private", "operations": [["read"]]}],
    ],
)
def test_malformed_rules_are_refused(given):
    """They are a fault of the file, never anything else."""
    with pytest.raises(RuleError):
        read_rules(given)
