"""Small stand-ins of APIs of AWS that the sandbox has not: each enforces what it lets change.

The AWS CLI asks them and reads their replies by botocore's models. Who may ask is not looked at.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from bridge.doctor.denials import PolicyKind
from bridge.iam import AccessRequest, Policy, Reason, evaluate
from tests.integration.doctor.aws_names import API_HOST, host_of
from tests.integration.doctor.breaking import A, B
from tests.integration.doctor.recorded import sts_error
from tests.support.scripted_server import reply

Answered = tuple[bytes | None, bytes]

_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALL: dict[str, Any] = {"Version": "2012-10-17", "Statement": [_EVERYTHING]}
# A resource's policy names principals, and so does a VPC endpoint's.
TO_ALL: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{**_EVERYTHING, "Principal": "*"}]}
FUNCTION = "appsync-rest-prod"
_ORGANISATIONS = "arn:aws:organizations::999999999999:policy"
_ARNS = {
    PolicyKind.BOUNDARY: f"arn:aws:iam::{A}:policy/Bounds",
    PolicyKind.SERVICE_CONTROL: f"{_ORGANISATIONS}/o-1/service_control_policy/p-1",
    PolicyKind.RESOURCE_CONTROL: f"{_ORGANISATIONS}/o-2/resource_control_policy/p-2",
}


def asked(request: bytes) -> tuple[str, dict[str, Any]]:
    """Returns a request's action and what it is given, of the Query and the JSON protocol."""
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"x-amz-target":
            return value.decode().strip().rpartition(".")[2], json.loads(body)
    given = dict(parse_qsl(body.decode("utf-8", "replace")))
    return given.pop("Action", ""), given


@dataclass
class PolicyAbove:
    """A policy above both accounts' own, which AssumeRole has to pass.

    Attributes:
        kind: Which.
        document: As it is in force.
        told_by: Who says which policy denied: "STS", "simulator", or "nobody".
    """

    kind: PolicyKind
    document: Any
    told_by: str = "STS"

    def __call__(self, request: bytes) -> Answered:
        """Answers what is asked about the policy, and refuses what it does not let pass."""
        action, given = asked(request)
        if action == "AssumeRole":
            return self._refusal(given["RoleArn"]), request
        answered = self._by_iam(action, given) or self._by_ec2(action, given)
        return answered or self._by_organizations(action, given), request

    def _reason(self, role: str) -> Reason:
        request = AccessRequest(
            principal=f"arn:aws:sts::{A}:assumed-role/{FUNCTION}-api_handler/{FUNCTION}",
            action="sts:AssumeRole",
            resource=role,
            resource_account=B,
        )
        names_principals = self.kind in (PolicyKind.RESOURCE_CONTROL, PolicyKind.VPC_ENDPOINT)
        own = Policy.parse(self.document, self.kind)
        if names_principals:
            return evaluate(request, [Policy.parse(ALL, "all")], own).reason
        return evaluate(request, [own], Policy.parse(TO_ALL, "all")).reason

    def _refusal(self, role: str) -> bytes | None:
        reason = self._reason(role)
        if reason is Reason.ALLOWED:
            return None
        text = (
            f"User: arn:aws:sts::{A}:assumed-role/{FUNCTION}-api_handler/{FUNCTION} is not"
            f" authorized to perform: sts:AssumeRole on resource: {role}"
        )
        if self.told_by == "STS" and reason is Reason.EXPLICIT_DENY:
            text += f" with an explicit deny in a {self.kind}: {_ARNS[self.kind]}"
        elif self.told_by == "STS":
            text += f" because no {self.kind} allows the sts:AssumeRole action"
        status, body = sts_error(403, "AccessDenied", text)
        return reply(f"{status} -", body.encode())

    def _by_iam(self, action: str, given: dict[str, Any]) -> bytes | None:
        arn = _ARNS.get(self.kind, "")
        policy = f"<Arn>{arn}</Arn><DefaultVersionId>v1</DefaultVersionId>"
        bounds = f"<PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn>"
        bounds = f"<PermissionsBoundary>{bounds}</PermissionsBoundary>"
        document = f"<Document>{escape(json.dumps(self.document))}</Document>"
        match action:
            case "SimulatePrincipalPolicy":
                return self._simulated(given["ResourceArns.member.1"])
            case "GetRole" if given["RoleName"] == f"{FUNCTION}-api_handler":
                has_bounds = self.kind is PolicyKind.BOUNDARY
                result = f"<Role><Path>/</Path>{bounds if has_bounds else ''}</Role>"
            case _ if self.kind is not PolicyKind.BOUNDARY:
                return None
            case "GetPolicy":
                result = f"<Policy>{policy}</Policy>"
            case "GetPolicyVersion":
                assert (given["PolicyArn"], given["VersionId"]) == (arn, "v1")
                result = f"<PolicyVersion>{document}</PolicyVersion>"
            case "CreatePolicyVersion":
                assert (given["PolicyArn"], given["SetAsDefault"]) == (arn, "true")
                self.document = json.loads(given["PolicyDocument"])
                result = "<PolicyVersion><VersionId>v2</VersionId></PolicyVersion>"
            case _:
                return None
        return _result(action, result)

    def _simulated(self, role: str) -> bytes | None:
        if self.told_by != "simulator" or self._reason(role) is Reason.ALLOWED:
            return None
        below = "<AllowedByOrganizations>false</AllowedByOrganizations>"
        above = f"<OrganizationsDecisionDetail>{below}</OrganizationsDecisionDetail>"
        if self.kind is PolicyKind.BOUNDARY:
            below = "<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
            above = (
                f"<PermissionsBoundaryDecisionDetail>{below}</PermissionsBoundaryDecisionDetail>"
            )
        result = (
            "<EvalActionName>sts:AssumeRole</EvalActionName>"
            f"<EvalDecision>implicitDeny</EvalDecision>{above}"
        )
        whole = f"<EvaluationResults><member>{result}</member></EvaluationResults>"
        return _result("SimulatePrincipalPolicy", whole)

    def _by_organizations(self, action: str, given: dict[str, Any]) -> bytes | None:
        if self.kind not in (PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL):
            is_list = action == "ListPoliciesForTarget"
            return reply("200 -", b'{"Policies": []}') if is_list else None
        of_a = self.kind is PolicyKind.SERVICE_CONTROL
        arn = _ARNS[self.kind]
        kind = "SERVICE_CONTROL_POLICY" if of_a else "RESOURCE_CONTROL_POLICY"
        summary = {"Id": arn.rpartition("/")[2], "Arn": arn, "Name": "Guard", "Type": kind}
        document: dict[str, Any]
        match action:
            case "ListPoliciesForTarget":
                attached = given == {"TargetId": A if of_a else B, "Filter": kind}
                document = {"Policies": [summary] if attached else []}
            case "DescribePolicy" | "UpdatePolicy":
                assert given["PolicyId"] == summary["Id"]
                self.document = json.loads(given.get("Content", json.dumps(self.document)))
                content = json.dumps(self.document)
                document = {"Policy": {"PolicySummary": summary, "Content": content}}
            case _:
                return None
        return reply("200 -", json.dumps(document).encode())

    def _by_ec2(self, action: str, given: dict[str, Any]) -> bytes | None:
        if self.kind is not PolicyKind.VPC_ENDPOINT:
            return None
        service = "com.amazonaws.us-east-1.sts"
        match action:
            case "DescribeVpcEndpoints":
                assert (given["Filter.1.Name"], given["Filter.1.Value.1"]) == (
                    "service-name",
                    service,
                )
                document = escape(json.dumps(self.document))
                result = (
                    "<vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId>"
                    f"<serviceName>{service}</serviceName>"
                    f"<policyDocument>{document}</policyDocument></item></vpcEndpointSet>"
                )
            case "ModifyVpcEndpoint":
                assert given["VpcEndpointId"] == "vpce-1"
                self.document = json.loads(given["PolicyDocument"])
                result = "<return>true</return>"
            case _:
                return None
        return reply("200 -", f"<{action}Response>{result}</{action}Response>".encode())


def _result(action: str, result: str) -> bytes:
    text = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
    return reply("200 -", text.encode())


_PAGE = "<html>Blocked</html>"
_SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True}


@dataclass
class WebAcl:
    """AWS WAF in front of the API, with one rule: a text that no body may hold.

    Attributes:
        text: The text.
        has_page: Whether the rule answers with a page of its own.
        refused: How many requests it has refused.
    """

    text: str
    has_page: bool = False
    refused: int = 0
    acl: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Makes the web ACL, as its API has it."""
        own = {"CustomResponse": {"ResponseCode": 403, "CustomResponseBodyKey": "page"}}
        contains = {
            "SearchString": base64.b64encode(self.text.encode()).decode(),
            "FieldToMatch": {"Body": {}},
            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
            "PositionalConstraint": "CONTAINS",
        }
        rule = {
            "Name": "NoSuchText",
            "Priority": 0,
            "Statement": {"ByteMatchStatement": contains},
            "Action": {"Block": own if self.has_page else {}},
            "VisibilityConfig": {**_SEEN, "MetricName": "no-such-text"},
        }
        self.acl = {
            "Name": "guard",
            "Id": "0" * 36,
            "ARN": f"arn:aws:wafv2:us-east-1:{B}:regional/webacl/guard/{'0' * 36}",
            "DefaultAction": {"Allow": {}},
            "Rules": [rule],
            "VisibilityConfig": {**_SEEN, "MetricName": "guard"},
            "CustomResponseBodies": {"page": {"ContentType": "TEXT_HTML", "Content": _PAGE}},
        }

    def __call__(self, request: bytes) -> Answered:
        """Answers what is asked about the web ACL, and refuses what its rule blocks."""
        if host_of(request) == API_HOST:
            return self._refusal(request.partition(b"\r\n\r\n")[2]), request
        action, given = asked(request)
        document: dict[str, Any]
        match action:
            case "GetWebACLForResource":
                api = f"arn:aws:appsync:us-east-1:{B}:apis/sandboxsandboxsandboxsandb"
                assert given["ResourceArn"] == api
                document = {"WebACL": self.acl}
            case "GetWebACL":
                document = {"WebACL": self.acl, "LockToken": "1" * 36}
            case "GetSampledRequests":
                document = {"SampledRequests": self._sampled(given)}
            case "UpdateWebACL":
                assert (given["Id"], given["LockToken"]) == (self.acl["Id"], "1" * 36)
                self.acl["Rules"] = given["Rules"]
                document = {"NextLockToken": "2" * 36}
            case _:
                return None, request
        return reply("200 -", json.dumps(document).encode()), request

    def _refusal(self, body: bytes) -> bytes | None:
        for rule in self.acl["Rules"]:
            text = base64.b64decode(rule["Statement"]["ByteMatchStatement"]["SearchString"])
            if text in body and "Block" in rule["Action"]:
                self.refused += 1
                if rule["Action"]["Block"]:
                    return reply("403 -", _PAGE.encode(), "Content-Type: text/html")
                error = {"errorType": "WAFForbiddenException", "message": "403 Forbidden"}
                return reply("403 -", json.dumps({"errors": [error]}).encode())
        return None

    def _sampled(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        assert given["WebAclArn"] == self.acl["ARN"]
        if given["RuleMetricName"] != "no-such-text":
            return []
        seen = {"ClientIP": "127.0.0.1", "URI": "/graphql", "Method": "POST"}
        return [{"Request": seen, "Weight": 1, "Action": "BLOCK"}] * min(self.refused, 3)


@dataclass
class Domain:
    """A custom domain, and which API it leads to.

    Attributes:
        name: The domain.
        leads_to: Told the domain once it is associated with the API.
        api_id: The API's id.
    """

    name: str
    api_id: str
    leads_to: set[str]

    def __call__(self, request: bytes) -> Answered:
        """Answers what is asked about the domain."""
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        path = f"/v1/domainnames/{self.name}"
        document: dict[str, Any]
        if (method, target) == ("GET", path):
            aws = f"{self.name.partition('.')[0]}.appsync.cloudfront.example"
            document = {"domainNameConfig": {"domainName": self.name, "appsyncDomainName": aws}}
        elif (method, target) == ("POST", f"{path}/apiassociation"):
            given = json.loads(request.partition(b"\r\n\r\n")[2])
            assert given == {"apiId": self.api_id}
            self.leads_to.add(self.name)
            document = {"apiAssociation": {**given, "associationStatus": "SUCCESS"}}
        else:
            return None, request
        return reply("200 -", json.dumps(document).encode()), request
