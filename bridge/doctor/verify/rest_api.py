"""The REST API as its clients reach it, signed where its authorizer is IAM."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from bridge.doctor.look import SECONDS, Look
from bridge.errors import KnownError
from chalicelib.aws.credentials import Credentials
from chalicelib.aws.sigv4 import signer


class CannotAskError(KnownError):
    """The REST API cannot be asked; the message says what is needed."""


@dataclass(frozen=True)
class Answered:
    """An answer of the REST API.

    Attributes:
        status: The HTTP status.
        headers: By case-insensitive names.
        text: The body.
    """

    status: int
    headers: Mapping[str, str]
    text: str

    def member(self, name: str) -> Any:
        """Returns a member of the JSON object that the body is; None where it is none."""
        try:
            document = json.loads(self.text)
        except ValueError:
            return None
        return document.get(name) if isinstance(document, dict) else None


class RestApi:
    """The REST API at an address."""

    def __init__(self, url: str, look: Look) -> None:
        """Takes its address, with the stage's path, and whose authorizer and credentials count.

        Raises:
            CannotAskError: Its authorizer asks for what the doctor has not.
        """
        self.url = url.rstrip("/")
        self.is_api_gateway = not look.is_local
        self._auth: Any = None
        authorizer = look.made.authorizer
        if authorizer == "cognito":
            raise CannotAskError("it needs an authorizer that is iam or none, for want of a token")
        if authorizer == "iam" and self.is_api_gateway:
            if not isinstance(look.source, Credentials):
                raise CannotAskError("it needs source credentials to sign with")
            self._auth = signer(look.source, look.made.sts_region, "execute-api")

    def send(self, method: str, path: str, body: Any = None, *, signed: bool = True) -> Answered:
        """Returns the answer to a request.

        Args:
            method: In upper case.
            path: As it is to be sent, encoded.
            body: Sent as JSON; None for none.
            signed: Whether it says who asks, where the authorizer wants to know.

        Raises:
            CannotAskError: No answer came.
        """
        headers = {"Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            reply = requests.request(
                method,
                f"{self.url}{path}",
                data=None if body is None else json.dumps(body),
                headers=headers,
                auth=self._auth if signed else None,
                timeout=SECONDS * 3,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            said = type(error).__name__
            raise CannotAskError(
                f"it needs the REST API to answer at {self.url}: {said}"
            ) from error
        return Answered(reply.status_code, reply.headers, reply.text)
