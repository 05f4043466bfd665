"""What both accounts remember between two runs: unique ids of roles, saved trust, sessions."""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS roles (arn TEXT PRIMARY KEY, unique_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trust (arn TEXT PRIMARY KEY, unique_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS saved (one INTEGER PRIMARY KEY CHECK (one = 1), version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    access_key_id TEXT PRIMARY KEY,
    secret_access_key TEXT NOT NULL,
    session_token TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    role_id TEXT NOT NULL,
    session_name TEXT NOT NULL,
    issued_at REAL NOT NULL,
    expires_at REAL,
    policy TEXT,
    tags TEXT NOT NULL,
    source_identity TEXT
);
"""
# An expired session is remembered this long, to be told apart from one that never was.
_MEMORY = timedelta(days=1)
_ID_LETTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Session:
    """Temporary credentials and whose they are.

    Attributes:
        role_id: The role's unique id when the session was made.
        expires_at: None for the function's own session, which Lambda renews by itself.
        policy: The session policy's JSON.
        tags: Session tags.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    role_arn: str
    role_id: str
    session_name: str
    issued_at: datetime
    expires_at: datetime | None
    policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None


_COLUMNS = tuple(column.name for column in fields(Session))


class State:
    """The file behind both accounts' IAM. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Opens the file, and makes it when it is missing."""
        # The connection is opened by the thread that builds the sandbox and used by the server's.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._ids = self._pairs("SELECT arn, unique_id FROM roles")
        self._trusted_ids = self._pairs("SELECT arn, unique_id FROM trust")
        saved = self._connection.execute("SELECT version FROM saved").fetchone()
        self._version: str | None = saved[0] if saved else None

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def role_id(self, arn: str) -> str | None:
        """Returns the unique id (AROA…) of an existing role."""
        return self._ids.get(arn)

    def trusted_id(self, arn: str) -> str | None:
        """Returns the unique id that a role had when the trust policies were last saved."""
        return self._trusted_ids.get(arn)

    def set_roles(self, arns: Iterable[str]) -> None:
        """Makes these the roles that exist: a new one gets an id, a removed one loses its own."""
        existing = {arn: self._ids.get(arn) or random_id("AROA") for arn in arns}
        if existing.keys() != self._ids.keys():
            self._replace("roles", existing)
            self._ids = existing

    def save_trust(self, version: str) -> None:
        """Turns role ARNs into the ids they have now, if this version was not saved before.

        Source: IAM User Guide, "AWS JSON policy elements: Principal": a role's ARN in a trust
        policy becomes the role's unique id when the policy is saved.
        """
        if version == self._version:
            return
        self._replace("trust", self._ids)
        self._connection.execute("INSERT OR REPLACE INTO saved VALUES (1, ?)", (version,))
        self._trusted_ids = dict(self._ids)
        self._version = version

    def add_session(self, session: Session) -> None:
        """Remembers a session, and forgets those that expired long ago."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(
            "DELETE FROM sessions WHERE expires_at < ?",
            ((session.issued_at - _MEMORY).timestamp(),),
        )
        self._connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session.access_key_id,
                session.secret_access_key,
                session.session_token,
                session.role_arn,
                session.role_id,
                session.session_name,
                session.issued_at.timestamp(),
                session.expires_at.timestamp() if session.expires_at else None,
                session.policy,
                json.dumps(dict(session.tags)),
                session.source_identity,
            ),
        )
        self._connection.execute("COMMIT")

    def session(self, access_key_id: str) -> Session | None:
        """Returns the session of an access key, expired or not."""
        row = self._connection.execute(
            "SELECT * FROM sessions WHERE access_key_id = ?", (access_key_id,)
        ).fetchone()
        if row is None:
            return None
        columns = dict(zip(_COLUMNS, row, strict=True))
        ends = columns["expires_at"]
        columns |= {
            "issued_at": datetime.fromtimestamp(columns["issued_at"], UTC),
            "expires_at": None if ends is None else datetime.fromtimestamp(ends, UTC),
            "tags": json.loads(columns["tags"]),
        }
        return Session(**columns)

    def _pairs(self, query: str) -> dict[str, str]:
        return dict(self._connection.execute(query).fetchall())

    def _replace(self, table: str, pairs: Mapping[str, str]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of our own two
        self._connection.executemany(
            f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 - as above
            pairs.items(),
        )
        self._connection.execute("COMMIT")


def random_id(prefix: str) -> str:
    """Returns a new id of AWS's shape: the prefix tells its kind (AROA a role, ASIA a key)."""
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(16))


def random_secret() -> tuple[str, str]:
    """Returns a new secret access key and session token."""
    return secrets.token_urlsafe(30), secrets.token_urlsafe(270)
