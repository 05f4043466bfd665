"""Account B's role as commands of the AWS CLI."""

import json
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from bridge.compiler.role_forms.role import ACCOUNT, PARTITION, REGION, Role

_HEAD = """\
#!/bin/sh
# Account B's role, compiled from the contract by `python -m bridge compile --format cli`, with its
# parameters filled in. For account B's terminal, with the credentials of its owner.
#
# A role that there is already is left as it is: `aws iam update-assume-role-policy` and the last
# command below change it.
set -eu
REGION=${AWS_REGION:?must be the Region of the AppSync API}
CALLER=$(aws sts get-caller-identity --query Arn --output text)
PARTITION=$(printf %s "$CALLER" | cut -d: -f2)
ACCOUNT=$(printf %s "$CALLER" | cut -d: -f5)
"""
_VARIABLES = {ACCOUNT: "${ACCOUNT}", PARTITION: "${PARTITION}", REGION: "${REGION}"}


def commands_text(role: Role) -> str:
    """Returns the text of a shell script."""
    return "\n".join([_HEAD, *_commands(role), ""])


def _commands(role: Role) -> Iterator[str]:
    words = [
        f"--role-name {quote(role.name)}",
        f"--path {quote(role.path)}",
        f"--description {quote(role.description)}",
        f"--max-session-duration {role.max_session_seconds}",
    ]
    if role.boundary is not None:
        words.append(f"--permissions-boundary {quote(role.boundary)}")
    if role.tags:
        tags = [{"Key": key, "Value": value} for key, value in role.tags.items()]
        words.append(f"--tags {quote(json.dumps(tags))}")
    words.append(f"--assume-role-policy-document {_document(role.trust)}")
    yield _command("create-role", words)
    for name, policy in role.policies.items():
        yield _command(
            "put-role-policy",
            [
                f"--role-name {quote(role.name)}",
                f"--policy-name {quote(name)}",
                f"--policy-document {_document(policy)}",
            ],
        )


def _command(verb: str, words: list[str]) -> str:
    return " \\\n  ".join([f"aws iam {verb}", *words])


def _document(policy: Mapping[str, Any]) -> str:
    """Returns a document as a word of the shell, with the account's own values in it."""
    text = json.dumps(policy, indent=2)
    for special in "\\$`":
        text = text.replace(special, f"\\{special}")
    for placeholder, variable in _VARIABLES.items():
        text = text.replace(placeholder, variable)
    return f'"$(cat <<EOF\n{text}\nEOF\n)"'
