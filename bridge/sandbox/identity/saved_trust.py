"""A trust policy as IAM keeps it: a role that it names stands in it by its unique id.

So a role that was deleted and made again since the policy was saved is not the one that it trusts.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

STATE_FILE = "iam.sqlite3"


def as_saved(trust: Mapping[str, Any], former: Callable[[str], str | None]) -> dict[str, Any]:
    """Returns a trust policy with each role that was made again since as its former id.

    Args:
        trust: The policy as it was written.
        former: Returns the id that a role had when the policy was saved; None where it still has
            it, or had none.
    """

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(each) for key, each in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return (former(value) if isinstance(value, str) else None) or value

    listed = trust.get("Statement", [])
    statements = listed if isinstance(listed, list) else [listed]
    return {
        **trust,
        "Statement": [
            {
                key: replaced(value) if key in ("Principal", "NotPrincipal") else value
                for key, value in statement.items()
            }
            for statement in statements
        ],
    }


def former_ids(state: Path) -> Mapping[str, str]:
    """Returns the ids of roles that were made again since trust was saved, by their ARNs.

    Args:
        state: The sandbox's state folder, which is only read.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    path = state / STATE_FILE
    if not path.exists():
        return {}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        saved = dict(connection.execute("SELECT arn, unique_id FROM trust").fetchall())
        now = dict(connection.execute("SELECT arn, unique_id FROM roles").fetchall())
    return {arn: unique_id for arn, unique_id in saved.items() if unique_id != now.get(arn)}
