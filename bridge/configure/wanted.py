"""What `configure` was asked for, and everything that is wrong with it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from bridge.project import Stage
from bridge.variables import VARIABLES
from chalicelib.config import LOOPBACK, Settings, user_pool_arns_from_environ
from chalicelib.errors import ConfigurationError

Trust = Literal["role", "session", "account"]

MAX_NAME = 64  # characters of a role's and of a function's name
_STAGE_NAME = re.compile(r"[A-Za-z0-9-]+")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_TAG = re.compile(r"(?!aws:)[\w .:/+@-]{1,128}=[\w .:/=+@-]{0,256}")
_BOUNDARY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", re.ASCII)
_ROLE_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):iam::(?P<account>\d{12}):role/(?P<name>.+)")


@dataclass(frozen=True)
class Wanted:
    """The values that `configure` was given.

    Attributes:
        stage: The stage's name.
        role_arn: The role in account B.
        appsync_url: The AppSync API's GraphQL endpoint.
        region: The AppSync API's Region.
        external_id: None where account B asks for none.
        read_only: Whether the role may only read.
        grant_types: Whether the role is granted the types of results too.
        trust: What account B trusts: the caller's role, its one session, or its ARN in account A.
        account_a: Account A's id; None where it is not known yet.
        same_account: Whether both may be one account.
        offered: Further variables of the stage, by their names.
        tag: KEY=VALUE of both accounts' resources.
        boundary_a: The policy that bounds the function's role, where account A asks for one.
        boundary_b: The policy that bounds account B's role, where account B asks for one.
    """

    stage: str
    role_arn: str
    appsync_url: str
    region: str
    external_id: str | None = None
    read_only: bool = False
    grant_types: bool = False
    trust: Trust = "role"
    account_a: str | None = None
    same_account: bool = False
    offered: Mapping[str, str] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    boundary_a: str | None = None
    boundary_b: str | None = None

    @property
    def account_b(self) -> str:
        """Account B's id."""
        return self.role_arn.split(":")[4]

    @property
    def role_name(self) -> str:
        """The name of the role in account B."""
        return self.role_arn.rpartition("/")[2]

    @property
    def role_path(self) -> str:
        """The path of the role in account B, with both slashes."""
        return self.role_arn.partition(":role")[2].removesuffix(self.role_name)

    @property
    def partition(self) -> str:
        """The partition of both accounts, such as `aws`."""
        return self.role_arn.split(":")[1]


def faults_of(wanted: Wanted, stage: Stage) -> tuple[str, ...]:
    """Returns everything that is wrong with the values, a line each.

    Args:
        wanted: The values.
        stage: The stage as it will stand in config.json.
    """
    return (*_faults_at_run_time(stage), *_more_faults(wanted, stage))


def _faults_at_run_time(stage: Stage) -> Iterator[str]:
    """Gives what the function itself would refuse, in the words of the options."""
    reads: list[Callable[[Mapping[str, str]], object]] = [Settings.from_environ]
    if stage.variables.get("API_AUTHORIZER") == "cognito":
        reads.append(user_pool_arns_from_environ)
    for read in reads:
        try:
            read(stage.variables)
        except ConfigurationError as error:
            for fault in error.faults:
                yield _in_words_of_options(fault)


def _in_words_of_options(fault: str) -> str:
    """Returns a fault of a variable as one of its option, with the form that is accepted."""
    known = VARIABLES.get(fault.partition(" ")[0])
    said = re.sub(
        r"[A-Z_]{4,}",
        lambda found: VARIABLES[found[0]].option if found[0] in VARIABLES else found[0],
        fault,
    )
    return f"{said} ({known.form})" if known else said


def _more_faults(wanted: Wanted, stage: Stage) -> Iterator[str]:
    if not _STAGE_NAME.fullmatch(wanted.stage):
        yield "--stage is malformed: letters, digits and -"
    elif max(len(stage.role_name), len(stage.function_name)) > MAX_NAME:
        yield f"--stage is too long: {stage.role_name} is over {MAX_NAME} characters"
    if _is_loopback(wanted.appsync_url):
        yield "--appsync-url is malformed: no Lambda function reaches a loopback address"
    yield from _more_options(wanted)
    yield from _account_faults(wanted, stage)
    role = _ROLE_ARN.fullmatch(wanted.role_arn)
    if role is None:
        return
    if role["partition"] != _partition(wanted.region):
        yield "--role-arn is of another partition than --region"


def _more_options(wanted: Wanted) -> Iterator[str]:
    for tag in wanted.tag:
        if not _TAG.fullmatch(tag):
            yield "--tag is malformed (KEY=VALUE, KEY not of aws:)"
    for option, arn in (("a", wanted.boundary_a), ("b", wanted.boundary_b)):
        if arn and not _BOUNDARY.fullmatch(arn):
            yield f"--boundary-{option} is malformed (arn:aws:iam::123456789012:policy/NAME)"


def _account_faults(wanted: Wanted, stage: Stage) -> Iterator[str]:
    own = stage.role_arn.split(":")[4] if stage.role_arn else None
    account_a = wanted.account_a or own
    if account_a is not None and not _ACCOUNT.fullmatch(account_a):
        yield "--account-a is malformed: 12 digits"
    elif own is not None and account_a != own:
        yield "--account-a is not the account of the stage's iam_role_arn"
    role = _ROLE_ARN.fullmatch(wanted.role_arn)
    if role is not None and role["account"] == account_a and not wanted.same_account:
        yield "--role-arn is in account A itself; say --same-account if that is meant"


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
