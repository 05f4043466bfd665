"""Both accounts' identity policies against what the gateway really sends."""

import json
import re
from functools import cache

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from bridge.cloudformation import Environment, Stack, read_template
from bridge.compiler.compilation import compile_schema
from bridge.compiler.grants import INLINE_LIMIT, grants_for, policy_size
from bridge.compiler.policies import account_a_policy, compiled_template
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import CompileError, read_built_schema
from bridge.iam import AccessRequest, Policy, evaluate
from bridge.project import Project, ProjectError, read_config, stages_of
from chalicelib.gateway import Options
from tests.support.account_b import rest_client
from tests.support.todo import BUILT_SCHEMA, todo_project

TEMPLATE = Project.at(todo_project()).account_b.template

ROOT = todo_project()
A, B, REGION, API = "111111111111", "222222222222", "us-east-1", "a" * 26
ROLE = f"arn:aws:iam::{B}:role/TodoCrossAccountRole"
SHIPPED = BUILT_SCHEMA.read_text(encoding="utf-8")
# A second resource and, beside both, operations of no resource.
TWO_RESOURCES = (
    SHIPPED.replace("type Query {", "type Query {\n  todosByPriority(p: Int!, limit: Int): Todo")
    .replace(
        "type Query {",
        "type Query {\n  getNote(id: ID!): Note\n"
        "  listNotes(limit: Int, nextToken: String): NoteConnection",
    )
    .replace(
        "type Mutation {",
        "type Mutation {\n  createNote(input: CreateNoteInput!): Note\n"
        "  archiveTodo(why: String): Todo\n  createTodoFromTemplate(name: String): String",
    )
    + "\ntype Note { id: ID! text: String }\ninput CreateNoteInput { id: ID text: String }\n"
    "type NoteConnection { items: [Note]! nextToken: String }\n"
)


def fields_of_documents(schema):
    """Returns the root fields of every document that the gateway sends, whatever is asked of it."""
    with rest_client(schema, Options(enable_batch=True)) as rest:
        for resource in rest.contract.resources:
            path = f"/{resource.path}"
            values = json.dumps({"name": "milk"} if resource.name == "Todo" else {"text": "milk"})
            rest.send("POST", path, values)
            for _ in range(2):
                rest.send("POST", path, values, headers={"idempotency-key": "key"})
            rest.send("GET", path)
            rest.send("GET", path, query={"limit": "1"})
            for method in ("GET", "HEAD"):
                rest.send(method, f"{path}/one")
            for tag in ({}, {"if-match": '"2026-01-01T00:00:00.000Z"'}, {"if-none-match": "*"}):
                rest.send("PUT", f"{path}/one", values, headers=tag)
            for tag in ({}, {"if-match": '"2026-01-01T00:00:00.000Z"'}):
                rest.send("PATCH", f"{path}/one", values, headers=tag)
                rest.send("DELETE", f"{path}/one", headers=tag)
            entries = [
                {"id": "1", "method": "POST", "path": path, "body": json.loads(values)},
                {"id": "2", "method": "GET", "path": path},
                {"id": "3", "method": "PATCH", "path": f"{path}/x", "body": json.loads(values)},
                {"id": "4", "method": "DELETE", "path": f"{path}/y"},
            ]
            assert rest.send("POST", "/batch", json.dumps({"requests": entries})).status == 200
        for name, endpoint in rest.contract.endpoints.items():
            given = {"p": 1} if "p" in endpoint.arguments else {}
            rest.send("POST", f"/rpc/{name}", json.dumps(given))
        return {
            (definition.operation.value.capitalize(), selected.name.value)
            for request in rest.transport.requests
            for definition in parse(request.document.text).definitions
            if isinstance(definition, OperationDefinitionNode)
            for selected in definition.selection_set.selections
            if isinstance(selected, FieldNode)
        }


def fields_of_schema(text):
    """Returns all root fields of a built schema."""
    schema = read_built_schema(text)
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return {(root.name, field) for root in roots if root for field in root.fields}


@cache
def compiled(text, limit=INLINE_LIMIT, exclude=()):
    """Returns the grants for a built schema, less what is excluded."""
    schema = read_built_schema(text)
    contract = compile_schema(schema, RestSettings(frozenset(exclude))).contract
    return grants_for(contract, schema, limit, exclude)


def role_policies(template, **parameters):
    """Returns the identity policies of account B's role as CloudFormation makes them."""
    given = {"ApiId": API, "CallerRoleArn": f"arn:aws:iam::{A}:role/fn", **parameters}
    stack = Stack(read_template(template), given, Environment(B, REGION), lambda *_: "")
    role = stack.resolve(stack.resources["CrossAccountRole"]["Properties"])
    return [Policy.parse(each["PolicyDocument"], each["PolicyName"]) for each in role["Policies"]]


def allowed_fields(policies, fields):
    """Returns those of the fields that the policies let account B's role use."""
    return {
        (parent, name)
        for parent, name in fields
        if evaluate(
            AccessRequest(
                principal=f"arn:aws:sts::{B}:assumed-role/TodoCrossAccountRole/appsync-rest",
                action="appsync:GraphQL",
                resource=f"arn:aws:appsync:{REGION}:{B}:apis/{API}/types/{parent}/fields/{name}",
                resource_account=B,
            ),
            policies,
        ).allowed
    }


@pytest.mark.parametrize("schema", [SHIPPED, TWO_RESOURCES], ids=["shipped", "two resources"])
def test_account_b_allows_exactly_the_fields_of_the_gateways_documents(schema):
    """What the gateway sends is allowed, and every other field of the schema is not."""
    sent = fields_of_documents(schema)
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), compiled(schema))
    assert allowed_fields(role_policies(template), fields_of_schema(schema)) == sent
    assert len(sent) == (5 if schema == SHIPPED else 11)


def test_read_only_leaves_out_the_mutations():
    """With ReadOnly the same template allows the queries and nothing else."""
    policies = role_policies(TEMPLATE.read_text(encoding="utf-8"), ReadOnly="true")
    assert allowed_fields(policies, fields_of_schema(SHIPPED)) == {
        ("Query", "getTodo"),
        ("Query", "listTodos"),
    }


def test_account_b_allows_nothing_in_another_api():
    """The fields' names open them in the one API only."""
    (policy,) = role_policies(TEMPLATE.read_text(encoding="utf-8"))
    assert "*" not in json.dumps([each.document for each in policy.statements])


@pytest.mark.parametrize("stage", sorted(read_config(ROOT)["stages"]))
def test_account_a_may_assume_the_one_role_and_no_other(stage):
    """A stage's policy names its ASSUME_ROLE_ARN; neighbours of it stay closed."""
    declared = stages_of(read_config(ROOT))[stage]
    assert declared.policy_file is not None
    document = json.loads((ROOT / declared.policy_file).read_text(encoding="utf-8"))
    policy = Policy.parse(document, stage)
    role = declared.variables["ASSUME_ROLE_ARN"]
    neighbours = [f"{role}2", role[:-1], role.replace(B, A), f"arn:aws:iam::{B}:role/x/Todo", "*"]

    def may(action, resource):
        caller = f"arn:aws:sts::{A}:assumed-role/{declared.role_name}/{declared.function_name}"
        anyone = Policy.parse(
            {"Statement": {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:*"}}, "trust"
        )
        trust = anyone if action.startswith("sts:") else None
        account = A if trust is None else B
        return evaluate(AccessRequest(caller, action, resource, account), [policy], trust).allowed

    assert may("sts:AssumeRole", role)
    assert not any(may("sts:AssumeRole", neighbour) for neighbour in neighbours)
    assert not may("sts:TagSession", role)
    assert not may("iam:PassRole", role)
    log = f"arn:aws:logs:us-east-1:{A}:log-group:/aws/lambda/"
    assert may("logs:PutLogEvents", f"{log}{declared.function_name}:log-stream:2026")
    assert not may("logs:PutLogEvents", f"{log}another:log-stream:2026")


@pytest.mark.parametrize("arn", ["*", f"arn:aws:iam::{B}:role/*", f"arn:aws:iam::{B}:root", "x"])
def test_account_as_policy_takes_the_arn_of_one_role_only(arn):
    """A wildcard, an account or a bare name makes no policy."""
    stage = stages_of(read_config(ROOT))["prod"]
    with pytest.raises(ProjectError, match="stage prod: ASSUME_ROLE_ARN"):
        account_a_policy(stage, arn)


def many_resources(count, *, more_mutations=()):
    """Returns a built schema with so many resources, and further mutations."""
    names = [f"Resource{index:03}Of{'LongName' * 2}" for index in range(count)]
    types = "\n".join(
        f"type {name} {{ id: ID! text: String }}\n"
        f"type {name}Connection {{ items: [{name}]! nextToken: String }}\n"
        f"input Create{name}Input {{ id: ID text: String }}\n"
        f"input Update{name}Input {{ id: ID! text: String }}\n"
        f"input Delete{name}Input {{ id: ID! }}"
        for name in names
    )
    queries = "\n".join(
        f"get{name}(id: ID!): {name}\nlist{name}s(limit: Int, nextToken: String): {name}Connection"
        for name in names
    )
    mutations = "\n".join(
        f"{verb}{name}(input: {verb.capitalize()}{name}Input!): {name}"
        for name in names
        for verb in ("create", "update", "delete")
    )
    others = "\n".join(f"{name}(a: String): String" for name in more_mutations)
    return f"type Query {{ {queries} }} type Mutation {{ {mutations} {others} }} {types}"


@cache
def too_many():
    """Returns how many resources are the fewest that do not fit without a wildcard."""
    return next(n for n in range(1, 100) if compiled(many_resources(n)).notes)


def test_as_many_fields_as_fit_are_named_one_by_one():
    """Up to the limit there is no wildcard, and just above it there is one."""
    count = too_many()
    below, above = compiled(many_resources(count - 1)), compiled(many_resources(count))
    assert not any("*" in each for each in (*below.queries, *below.mutations))
    assert len(below.queries) == 2 * (count - 1)
    assert any("*" in each for each in (*above.queries, *above.mutations))
    assert count > 10


def test_above_the_limit_wildcards_stay_exact():
    """They match no field of the schema that the REST API does not reach, and a note tells."""
    names = ("createReport", "purge", "updateEverything")
    text = many_resources(60, more_mutations=names)
    excluded = tuple(f"Mutation.{name}" for name in names)
    grants = compiled(text, exclude=excluded)
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    allowed = allowed_fields(role_policies(template), fields_of_schema(text))
    assert allowed == fields_of_schema(text) - {("Mutation", name) for name in names}
    assert policy_size(grants) <= INLINE_LIMIT
    assert any("*" in each for each in (*grants.queries, *grants.mutations))
    assert all("/fields/" in each for each in (*grants.queries, *grants.mutations))
    assert all("uses wildcards" in note for note in grants.notes)
    assert grants.notes


def test_only_where_no_wildcard_is_left_the_type_is_opened_and_said_so():
    """The message names each field that is opened beside the REST API's own."""
    names = ("archiveResource000OfLongNameLongName", "purge")
    text = many_resources(1, more_mutations=names)
    grants = compiled(text, limit=400, exclude=tuple(f"Mutation.{name}" for name in names))
    assert grants.mutations == ("types/Mutation/*",)
    (note,) = [each for each in grants.notes if "types/Mutation/*" in each]
    assert "opens 2 fields" in note
    assert "archiveResource000OfLongNameLongName, purge" in note


def test_the_size_is_that_of_the_longest_values():
    """The counted size is the policy's own, made with the longest parameters."""
    grants = compiled(SHIPPED)
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    given = {"ApiId": "x" * 40, "CallerRoleArn": f"arn:aws:iam::{A}:role/fn"}
    environment = Environment(B, "ap-southeast-99")
    stack = Stack(read_template(template), given, environment, lambda *_: "")
    (policy,) = stack.resolve(stack.resources["CrossAccountRole"]["Properties"]["Policies"])
    text = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
    assert policy_size(grants) == len(text.replace("arn:aws:", "arn:aws-us-gov:"))


def test_compiling_twice_changes_nothing():
    """The region that is written is found again."""
    grants = compiled(SHIPPED)
    once = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    assert compiled_template(once, grants) == once


def test_a_template_without_the_place_for_the_policy_is_refused():
    """Nothing is written to a place that is only guessed."""
    text = re.sub(r"# End of what is compiled\.", "", TEMPLATE.read_text(encoding="utf-8"))
    with pytest.raises(CompileError, match="End of what is compiled"):
        compiled_template(text, compiled(SHIPPED))


NAMED_OTHERWISE = """
schema { query: RootQ mutation: RootM }
type RootQ { getPen(id: ID!): Pen listPens(limit: Int, nextToken: String): Pens echo: String }
type RootM { deletePen(input: DeletePenInput!): Pen }
type Pen { id: ID! ink: Ink maker: Maker secret: String }
type Ink { color: String }
type Pens { items: [Pen]! nextToken: String }
type Maker { name: String pens(limit: Int!): Pens }
input DeletePenInput { id: ID! }
"""


def test_other_root_types_are_named_as_the_schema_names_them():
    """AppSync's ARNs hold the type's own name."""
    grants = compiled(NAMED_OTHERWISE, exclude=("RootQ.echo",))
    assert grants.queries == ("types/RootQ/fields/getPen", "types/RootQ/fields/listPens")
    assert grants.mutations == ("types/RootM/fields/deletePen",)


def below_the_root(template, fields, **parameters):
    """Returns those of the fields below the root that the template's policies allow."""
    return allowed_fields(role_policies(template, **parameters), fields)


def test_the_types_of_results_are_granted_only_where_the_parameter_says_so():
    """All that a result holds: the items, their pages, their nested values; nothing else."""
    grants = compiled(NAMED_OTHERWISE, exclude=("RootQ.echo",))
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    reached = {
        ("Pen", "id"),
        ("Pen", "ink"),
        ("Ink", "color"),
        ("Pens", "items"),
        ("Maker", "name"),
    }
    fields = reached | {("RootQ", "echo"), ("Subscription", "onPen"), ("Box", "size")}
    assert below_the_root(template, fields) == set()
    assert below_the_root(template, fields, GrantTypes="true") == reached


def test_a_type_of_which_something_is_excluded_is_granted_field_by_field():
    """The excluded field stays closed, also to whoever uses the role without the gateway."""
    grants = compiled(NAMED_OTHERWISE, exclude=("Pen.secret",))
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    fields = {("Pen", "id"), ("Pen", "secret"), ("Ink", "color")}
    assert below_the_root(template, fields, GrantTypes="true") == {("Pen", "id"), ("Ink", "color")}


def test_an_excluded_root_field_is_granted_by_nothing():
    """Not even by a wildcard."""
    text = many_resources(60)
    name = min(name for _, name in fields_of_schema(text) if name.startswith("delete"))
    grants = compiled(text, exclude=(f"Mutation.{name}",))
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    allowed = allowed_fields(role_policies(template), fields_of_schema(text))
    assert fields_of_schema(text) - allowed == {("Mutation", name)}


def test_many_types_fit_beside_the_fields_by_wildcards_that_only_the_parameter_uses():
    """Without it every field is named; with it the policy fits, and opens nothing more."""
    text = many_resources(too_many() - 1)
    grants = compiled(text)
    assert grants.with_types is not None
    assert policy_size(grants.with_types) <= INLINE_LIMIT
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    fields = fields_of_schema(text) | {("Mutation", "purge"), ("Query", "everything")}
    for parameters in ({}, {"GrantTypes": "true"}):
        allowed = allowed_fields(role_policies(template, **parameters), fields)
        assert allowed == fields_of_schema(text)
    assert not any("*" in each for each in grants.roots)


def test_types_that_do_not_fit_at_all_are_not_granted_and_said_so():
    """The fields of the root stay as they are."""
    whole = compiled(NAMED_OTHERWISE)
    grants = compiled(NAMED_OTHERWISE, limit=policy_size(whole) + 10)
    assert grants.roots == whole.roots
    assert grants.with_types is None
    (note,) = grants.notes
    assert "GrantTypes grants nothing" in note
    template = compiled_template(TEMPLATE.read_text(encoding="utf-8"), grants)
    fields = {("Pen", "id"), ("RootQ", "getPen")}
    assert below_the_root(template, fields, GrantTypes="true") == {("RootQ", "getPen")}
