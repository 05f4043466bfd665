"""Account B's facts and account A's simulator, asked of AWS through boto3."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from bridge.doctor.account_b import (
    AdminRoles,
    ApiFacts,
    CannotLookError,
    Document,
    RoleFacts,
    Simulation,
)
from chalicelib.aws.credentials import Credentials
from chalicelib.config import LOOPBACK

T = TypeVar("T")
# The sandbox's own: one of account B's files cannot be read.
_SANDBOX_FILE = "SandboxFileFault"
_NOT_FOUND = frozenset({"NoSuchEntity", "NoSuchEntityException", "NotFoundException"})
# How the resolvers that Amplify writes hold the list: set in the template itself, or put into the
# stash by the pipeline's own.
# Source: aws-amplify/amplify-category-api, pull request 1919.
_ADMIN_ROLES = re.compile(r"(?:\$adminRoles\s*=\s*|\"adminRoles\",\s*)\[(?P<names>[^\]]*)\]")
_APPSYNC_HOST = re.compile(r"[a-z0-9]+\.appsync-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


class AwsAccountB:
    """Asks IAM and AppSync of account B, with the credentials of a profile there."""

    def __init__(self, account: str, sts: Any, iam: Any, appsync: Any) -> None:
        """Takes the account that is expected, and boto3's clients."""
        self._account = account
        self._sts = sts
        self._iam = iam
        self._appsync = appsync

    @classmethod
    def of_profile(
        cls,
        profile: str | None,
        account: str,
        region: str,
        endpoints: Mapping[str, str] | None = None,
        **credentials: str,
    ) -> "AwsAccountB":
        """Returns the account that a profile of the AWS configuration leads to.

        Args:
            profile: None for the credentials that boto3 finds by itself, or for those given.
            account: The account that is expected.
            region: The AppSync API's Region.
            endpoints: Where "sts", "iam" and "appsync" are, if it is not AWS, and in which
                "region" the first two.
            credentials: As boto3's Session takes them.

        Raises:
            CannotLookError: There is no such profile.
        """
        import boto3  # noqa: PLC0415 - 500 ms that only those pay who ask AWS
        from botocore.config import Config  # noqa: PLC0415 - as above

        config = Config(retries={"mode": "standard", "total_max_attempts": 2})
        urls = endpoints or {}
        try:
            session = boto3.Session(profile_name=profile, region_name=region, **credentials)
            clients = [
                session.client(
                    # The sandbox's Region is its own, whatever REGION says of the API.
                    name,
                    region_name=region if name == "appsync" else urls.get("region"),
                    endpoint_url=urls.get(name),
                    config=config,
                )
                for name in ("sts", "iam", "appsync")
            ]
        except BotoCoreError as error:
            raise CannotLookError(str(error)) from error
        return cls(account, *clients)

    def role(self, arn: str) -> RoleFacts | None:
        """Returns the role with all its policies."""
        return _asked("iam:GetRole and the role's policies", lambda: self._role(arn))

    def role_names(self) -> tuple[str, ...]:
        """Returns the ARNs of the account's roles, without those of AWS's services."""

        def listed() -> tuple[str, ...]:
            pages = self._iam.get_paginator("list_roles").paginate()
            roles = [role for page in pages for role in page["Roles"]]
            return tuple(
                role["Arn"] for role in roles if not role["Path"].startswith("/aws-service-role/")
            )

        return _asked("iam:ListRoles", listed) or ()

    def api(self, url: str) -> ApiFacts | None:
        """Returns the API whose endpoint this is, by its own or by a custom domain."""
        return _asked("appsync:ListGraphqlApis", lambda: self._api(url))

    def admin_roles(self, api: ApiFacts, field_name: str) -> AdminRoles | None:
        """Returns the list in the resolver's own templates."""
        return _asked("appsync:GetResolver", lambda: self._admin_roles(api.api_id, field_name))

    def trust_under(self, arn: str, parameters: Mapping[str, str]) -> Document | None:
        """Returns None: only a deployment can tell."""

    def policies_compiled(self, arn: str) -> Mapping[str, Document] | None:
        """Returns None, as above."""

    def caller(self) -> str:
        """Returns whose the credentials are."""
        asked = _asked("sts:GetCallerIdentity", lambda: self._sts.get_caller_identity()["Arn"])
        return str(asked)

    def schema(self, api: ApiFacts) -> str:
        """Returns the schema that is deployed."""

        def read() -> str:
            reply = self._appsync.get_introspection_schema(apiId=api.api_id, format="SDL")
            text: str = reply["schema"].read().decode()
            return text

        return _asked("appsync:GetIntrospectionSchema", read) or ""

    def conflict_handler(self, api: ApiFacts, parent: str, field_name: str) -> str | None:
        """Returns what the resolver's own or one of its functions' syncConfig says."""

        def read() -> str | None:
            resolver = self._resolver(api.api_id, parent, field_name)
            functions = self._functions(api.api_id, resolver)
            for config in (each.get("syncConfig", {}) for each in (resolver, *functions)):
                if config.get("conflictDetection") == "VERSION":
                    return str(config.get("conflictHandler"))
            return None

        return _asked("appsync:GetResolver", read)

    def _role(self, arn: str) -> RoleFacts | None:
        caller = self._sts.get_caller_identity()["Account"]
        if caller != self._account:
            raise CannotLookError(f"the credentials are of account {caller}, not {self._account}")
        role = self._iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
        if role["Arn"] != arn:
            return None
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return RoleFacts(
            arn=arn,
            trust=role["AssumeRolePolicyDocument"],
            max_session_seconds=role.get("MaxSessionDuration", 3600),
            policies=dict(self._policies(role["RoleName"])),
            boundary=self._managed(boundary) if boundary else None,
        )

    def _policies(self, name: str) -> Iterator[tuple[str, Document]]:
        for page in self._iam.get_paginator("list_role_policies").paginate(RoleName=name):
            for policy in page["PolicyNames"]:
                found = self._iam.get_role_policy(RoleName=name, PolicyName=policy)
                yield policy, found["PolicyDocument"]
        for page in self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
            for attached in page["AttachedPolicies"]:
                yield attached["PolicyName"], self._managed(attached["PolicyArn"])

    def _managed(self, arn: str) -> Document:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)
        document: Document = found["PolicyVersion"]["Document"]
        return document

    def _api(self, url: str) -> ApiFacts | None:
        host = urlsplit(url).hostname or ""
        if not (_APPSYNC_HOST.fullmatch(host) or host in LOOPBACK):
            association = self._appsync.get_api_association(domainName=host)["apiAssociation"]
            found = self._appsync.get_graphql_api(apiId=association["apiId"])["graphqlApi"]
            return _api_facts(found)
        for page in self._appsync.get_paginator("list_graphql_apis").paginate():
            for api in page["graphqlApis"]:
                if api.get("uris", {}).get("GRAPHQL") == url:
                    return _api_facts(api)
        return None

    def _admin_roles(self, api_id: str, field_name: str) -> AdminRoles | None:
        resolver = self._resolver(api_id, "Query", field_name)
        where = f"the resolver of Query.{field_name}"
        for made in (resolver, *self._functions(api_id, resolver)):
            if listed := _ADMIN_ROLES.search(made.get("requestMappingTemplate", "")):
                return AdminRoles(tuple(re.findall(r'"([^"]*)"', listed["names"])), where)
        return None

    def _resolver(self, api_id: str, parent: str, field_name: str) -> Mapping[str, Any]:
        asked = {"apiId": api_id, "typeName": parent, "fieldName": field_name}
        resolver: Mapping[str, Any] = self._appsync.get_resolver(**asked)["resolver"]
        return resolver

    def _functions(self, api_id: str, resolver: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for function in resolver.get("pipelineConfig", {}).get("functions", []):
            found = self._appsync.get_function(apiId=api_id, functionId=function)
            yield found["functionConfiguration"]


class AwsPolicySimulator:
    """IAM's simulator in account A."""

    def __init__(self, iam: Any) -> None:
        """Takes boto3's client."""
        self._iam = iam

    @classmethod
    def of_credentials(cls, credentials: Credentials) -> "AwsPolicySimulator":
        """Returns the simulator of the account that the credentials belong to."""
        import boto3  # noqa: PLC0415 - as above

        client = boto3.client(
            "iam",
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )
        return cls(client)

    def simulate(
        self, role_arn: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Simulation:
        """Returns what a role's own policies say, and the organisation's."""
        entries = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in context.items()
        ]
        reply = _asked(
            "iam:SimulatePrincipalPolicy",
            lambda: self._iam.simulate_principal_policy(
                PolicySourceArn=role_arn,
                ActionNames=[action],
                ResourceArns=[resource],
                ContextEntries=entries,
            ),
        )
        if reply is None:
            raise CannotLookError(f"there is no role {role_arn}")
        result = reply["EvaluationResults"][0]
        organisation = result.get("OrganizationsDecisionDetail", {})
        boundary = result.get("PermissionsBoundaryDecisionDetail", {})
        return Simulation(
            allowed=result["EvalDecision"] == "allowed",
            explicit_deny=result["EvalDecision"] == "explicitDeny",
            by_organisation=organisation.get("AllowedByOrganizations") is False,
            by_boundary=boundary.get("AllowedByPermissionsBoundary") is False,
        )


def _asked(what: str, ask: Callable[[], T]) -> T | None:
    """Returns AWS's answer, or None where what is asked about does not exist.

    Raises:
        CannotLookError: AWS does not answer.
    """
    try:
        return ask()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _NOT_FOUND:
            return None
        said = f" {error.response['Error'].get('Message')}" if code == _SANDBOX_FILE else ""
        raise CannotLookError(f"{what}: {code}{said}") from error
    except BotoCoreError as error:
        raise CannotLookError(f"{what}: {type(error).__name__}") from error


def _api_facts(api: Mapping[str, Any]) -> ApiFacts:
    more = api.get("additionalAuthenticationProviders") or []
    modes = [api["authenticationType"], *(each["authenticationType"] for each in more)]
    return ApiFacts(api["apiId"], tuple(modes), api.get("introspectionConfig") != "DISABLED")
