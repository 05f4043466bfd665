"""What account B's owner sees with her own credentials alone: nobody's role is assumed."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from bridge.doctor.account_b import ApiFacts, CannotLookError, OwnersView, RoleFacts
from bridge.doctor.look import Function, Look
from bridge.doctor.probes import Answer
from bridge.project import Project, Stage
from chalicelib.aws.credentials import Credentials
from chalicelib.contract.model import Contract
from chalicelib.errors import CredentialError, GatewayError

_ACCOUNT_OF_ARN = re.compile(r"arn:[^:]*:(?:iam|sts)::(\d{12}):")
_ACCOUNT = re.compile(r"\d{12}")
T = TypeVar("T")


class OwnersLook(Look):
    """The owner's view of her side of the chain."""

    by = "B"

    def __init__(
        self,
        project: Project,
        stage: Stage,
        environ: Mapping[str, str],
        contract: Contract,
        view: OwnersView,
        account_a: str | None = None,
        *,
        is_local: bool = False,
    ) -> None:
        """Takes where to look, as Look does.

        Args:
            project: The project's files.
            stage: The stage that calls.
            environ: What the function would find in its environment.
            contract: The REST API.
            view: What the owner's credentials let her see.
            account_a: Account A's id; None to take the one that the trust policy names.
            is_local: Whether account B is the sandbox.
        """
        super().__init__(project, stage, environ, contract, view, is_local=is_local)
        self._view = view
        self._account_a = account_a

    @property
    def caller(self) -> str | CannotLookError:
        """Whose the credentials are."""
        return self._seen(self._view.caller)

    def conflict_handler(
        self, api: ApiFacts, parent: str, field_name: str
    ) -> str | CannotLookError | None:
        """Returns what a mutation's resolver does about conflicts."""
        return self._seen(lambda: self._view.conflict_handler(api, parent, field_name))

    @property
    def schema_text(self) -> str | CannotLookError:
        """The schema that is deployed."""
        api = self.api
        if not isinstance(api, ApiFacts):
            return api or CannotLookError("there is no such API")
        return self._seen(lambda: self._view.schema(api))

    @cached_property
    def assumed(self) -> Credentials | GatewayError:
        """Nothing: account A's role is not hers to call with."""
        return CredentialError("account B's owner does not assume the role")

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """None: nothing is asked as the role."""
        return ()

    @property
    def function(self) -> Function | None:
        """Account A's function, in the account that was named or that alone is trusted."""
        account = self._account_a or self._trusted_account()
        own = self.stage.role_arn
        if own is None and account is None:
            return None
        partition = self.made.assume_role_arn.split(":")[1]
        role_arn = own or f"arn:{partition}:iam::{account}:role/{self.stage.role_name}"
        session = (
            f"arn:{partition}:sts::{role_arn.split(':')[4]}:assumed-role/"
            f"{self.stage.role_name}/{self.stage.function_name}"
        )
        return Function(role_arn, session, None, calls=False)

    def _trusted_account(self) -> str | None:
        role = self.role
        if not isinstance(role, RoleFacts):
            return None
        named = set(_accounts(role.trust.get("Statement")))
        return named.pop() if len(named) == 1 else None

    def _seen(self, question: Callable[[], T]) -> T | CannotLookError:
        try:
            return question()
        except CannotLookError as error:
            return error


def _accounts(value: Any) -> Iterator[str]:
    """Gives each account that a part of a policy names, in whatever element."""
    if isinstance(value, str):
        found = _ACCOUNT_OF_ARN.match(value)
        if found:
            yield found[1]
        elif _ACCOUNT.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _accounts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _accounts(each)
