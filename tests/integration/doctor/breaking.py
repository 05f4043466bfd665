"""Deliberate faults, each in a copy of the real files, in the environment or in the sandbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bridge.source_credentials import write_source_credentials
from tests.integration.doctor.patient import (
    CUSTOM_ROLES,
    POLICY,
    SCHEMA,
    Patient,
    write_built_schema,
)
from tests.support.ports import reserved_port

A, B = "111111111111", "222222222222"
FUNCTION = "appsync-rest-local"
CALLER_ROLE = f"{FUNCTION}-api_handler"
ROLE = "TodoCrossAccountRole"
FIELDS = "types/Mutation/fields"
ALLOW_ALL = {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": "*"}

Act = Callable[[Patient], None]


@dataclass(frozen=True)
class Chain:
    """One broken chain.

    Attributes:
        name: What is broken.
        break_it: Breaks it.
        check: The one link that must be named.
        summary: The cause, in the doctor's words.
        settings: What the sandbox starts with.
    """

    name: str
    break_it: Act
    check: str
    summary: str
    settings: Mapping[str, Any] | None = None


def variable(name: str, value: str | None) -> Act:
    """Returns what sets a variable of the stage."""
    return lambda patient: patient.set_variable(name, value)


def environment(**changed: str | None) -> Act:
    """Returns what changes the environment beside the stage's variables."""
    return lambda patient: patient.wire(**changed)


def both(*acts: Act) -> Act:
    """Returns what breaks in several ways."""

    def act(patient: Patient) -> None:
        for each in acts:
            each(patient)

    return act


def unwired(patient: Patient) -> None:
    """Leaves this shell without variables, so that the doctor finds the sandbox by itself."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    patient.wire(**dict.fromkeys((*names, "APPSYNC_URL", "AWS_ENDPOINT_URL_STS")))


def another_token_in_the_file(patient: Patient) -> None:
    """Writes another session token into the file that the sandbox leaves to account A."""
    unwired(patient)
    held = patient.sandbox.source_credentials
    changed = replace(held, session_token="of-another-key")
    write_source_credentials(patient.sandbox.state, changed)


def a_variable_of_this_shell(patient: Patient) -> None:
    """Sets a variable in the shell that no stage has, with a value that it must not have."""
    unwired(patient)
    patient.set_environment("EXTERNAL_ID", "not agreed")


def two_wires(patient: Patient) -> None:
    """Lets this shell's variables lead to the sandbox, but for a slip in STS's address."""
    patient.wire(AWS_ENDPOINT_URL_STS="http//127.0.0.1")


def written(file: str, content: str | bytes) -> Act:
    """Returns what writes a file of the project anew."""
    data = content if isinstance(content, bytes) else content.encode()

    def act(patient: Patient) -> None:
        (patient.sandbox.root / file).write_bytes(data)

    return act


def without(file: str) -> Act:
    """Returns what deletes a file of the project."""
    return lambda patient: (patient.sandbox.root / file).unlink()


def fault(**described: Any) -> Act:
    """Returns what puts a fault in force."""
    return lambda patient: patient.sandbox.set_faults(described)


def policy_statement(**changed: Any) -> Act:
    """Returns what changes the statement of account A's policy that allows AssumeRole."""
    return lambda patient: patient.sandbox.edit_json(
        POLICY, lambda policy: policy["Statement"][0].update(changed)
    )


def without_statement(patient: Patient) -> None:
    """Takes the statement that allows AssumeRole out of account A's policy."""
    patient.sandbox.edit_json(POLICY, lambda policy: policy["Statement"].pop(0))


def denied_in_a(patient: Patient) -> None:
    """Lets account A's policy deny what it allows."""
    deny = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
    patient.sandbox.edit_json(POLICY, lambda policy: policy["Statement"].append(deny))


def parameter(name: str, value: str) -> Act:
    """Returns what sets a parameter of account B's template."""
    return lambda patient: patient.set_parameter(name, value)


def trust(**changed: Any) -> Act:
    """Returns what changes the statement of the trust policy."""
    return lambda patient: patient.edit_trust(lambda statement: statement.update(changed))


def trust_without_statement(patient: Patient) -> None:
    """Takes the trust policy's one statement out."""
    patient.edit_role(lambda role: role["AssumeRolePolicyDocument"].update(Statement=[]))


def denied_by_trust(patient: Patient) -> None:
    """Lets the trust policy deny beside what it allows."""
    deny = {"Effect": "Deny", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
    patient.edit_role(lambda role: role["AssumeRolePolicyDocument"]["Statement"].append(deny))


def another_external_id(patient: Patient) -> None:
    """Lets account A send another ExternalId than account B asks for."""
    patient.set_parameter("ExternalId", "agreed-between-us")
    patient.set_variable("EXTERNAL_ID", "another")


def made_again(patient: Patient) -> None:
    """Deletes the function's role and makes it again: IAM trusts the deleted one."""
    patient.sandbox.assume_role()
    config = patient.sandbox.root / ".chalice/config.json"
    kept = config.read_text()
    config.write_text(kept.replace('"app_name": "appsync-rest"', '"app_name": "another"'))
    patient.start()
    patient.sandbox.sts().get_caller_identity()
    config.write_text(kept)
    patient.start()


def role_property(name: str, value: Any) -> Act:
    """Returns what sets a property of account B's role."""
    return lambda patient: patient.edit_role(lambda role: role.update({name: value}))


def in_template(old: str, new: str) -> Act:
    """Returns what replaces a text in account B's template."""
    return lambda patient: patient.sandbox.edit("account_b/template.yaml", old, new)


def api_resources(replace: Callable[[str], str]) -> Act:
    """Returns what changes every resource of the role's identity policy."""

    def change(role: Any) -> None:
        allowed, *conditional = role["Policies"][0]["PolicyDocument"]["Statement"]
        for statement in (allowed, *(each["Fn::If"][1] for each in conditional)):
            statement["Resource"] = [
                {"Fn::Sub": replace(each["Fn::Sub"])} for each in statement["Resource"]
            ]

    return lambda patient: patient.edit_role(change)


def denied_in_b(patient: Patient) -> None:
    """Lets the role's identity policy deny one field that it allows."""
    deny = {
        "Effect": "Deny",
        "Action": "appsync:GraphQL",
        "Resource": f"arn:aws:appsync:*:*:apis/*/{FIELDS}/deleteTodo",
    }
    patient.edit_role(lambda role: role["Policies"][0]["PolicyDocument"]["Statement"].append(deny))


def listed(*names: str) -> Act:
    """Returns what makes these the entries of custom-roles.json."""
    return lambda patient: patient.sandbox.edit_json(
        CUSTOM_ROLES, lambda document: document.update(adminRoleNames=list(names))
    )


def listed_as_text(patient: Patient) -> None:
    """Writes a text where the list belongs."""
    patient.sandbox.edit(CUSTOM_ROLES, f'["{ROLE}"]', f'"{ROLE}"')


def no_list(patient: Patient) -> None:
    """Leaves custom-roles.json without its list."""
    patient.sandbox.edit_json(CUSTOM_ROLES, lambda document: document.clear())


def torn(patient: Patient) -> None:
    """Leaves half of custom-roles.json."""
    patient.sandbox.edit(CUSTOM_ROLES, "]", "")


def schema_changed(old: str, new: str) -> Act:
    """Returns what changes the API's schema, and not the contract."""

    def change(patient: Patient) -> None:
        patient.stop()
        root = patient.folder / "root"
        text = (root / SCHEMA).read_text()
        assert old in text
        write_built_schema(root, text.replace(old, new))
        patient.start()

    return change


def closed_port(patient: Patient) -> None:
    """Lets APPSYNC_URL lead to where nobody listens."""
    port = patient.keep(reserved_port())
    patient.set_variable("APPSYNC_URL", f"http://127.0.0.1:{port}/graphql")


def no_such_name(patient: Patient) -> None:
    """Lets APPSYNC_URL name a host that has no address (RFC 2606 keeps .invalid free)."""
    patient.set_variable("APPSYNC_ALLOWED_HOST", "api.example.invalid")
    patient.set_variable("APPSYNC_URL", "https://api.example.invalid/graphql")


def wrong_path(patient: Patient) -> None:
    """Lets APPSYNC_URL name a path that the API does not have."""
    patient.set_variable("APPSYNC_URL", f"{patient.sandbox.url}/graphiql")
