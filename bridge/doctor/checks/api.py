"""The API itself: whether it is there, and takes callers that sign with IAM credentials."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from bridge.doctor import mending
from bridge.doctor.account_b import ApiFacts, CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Answer, Outcome

CHECK = "API"
_SOURCE = "https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html"
_PRIVATE_SOURCE = "https://docs.aws.amazon.com/appsync/latest/devguide/using-private-apis.html"
_DOMAIN_SOURCE = "https://docs.aws.amazon.com/appsync/latest/devguide/custom-domain-name.html"
_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_SERVER_ERROR = 500
_GEN_2 = (
    "Let the API take IAM: Gen 1 `amplify update api`, authorization modes; Gen 2 and the CDK"
    " construct `iamConfig: { enableIamAuthorizationMode: true }`; else its additional"
    " authorization providers."
)


def check(look: Look, earlier: Sequence[Finding]) -> Finding:
    """Returns whether the API answers IAM callers."""
    facts = look.api
    if facts is None:
        return Finding(
            CHECK,
            Status.BROKEN,
            "No API of account B has the address in APPSYNC_URL.",
            (look.made.appsync_url,),
            mending.right_url(look),
        )
    modes = facts.auth_modes if isinstance(facts, ApiFacts) else ()
    if modes and "AWS_IAM" not in modes:
        return _no_iam(look, (f"its authorization modes are {', '.join(modes)}",))
    if not look.asked:
        if modes:
            return Finding(CHECK, Status.OK, "It takes IAM callers.", (", ".join(modes),))
        if isinstance(facts, CannotLookError) and look.account_b is not None and not look.is_local:
            return Finding(CHECK, Status.UNKNOWN, "It cannot be looked at.", (str(facts),))
        return behind(CHECK)
    first = look.asked[0]
    if first.outcome is not Outcome.FAILED or first.status in (None, 200):
        if first.status is None:
            return _silent(first, earlier)
        return Finding(CHECK, Status.OK, "It answers IAM callers.", modes)
    return _failed(look, first, earlier)


def _silent(answer: Answer, earlier: Sequence[Finding]) -> Finding:
    if any(finding.status is Status.BROKEN for finding in earlier):
        return behind(CHECK)
    return Finding(
        CHECK,
        Status.BROKEN,
        "AppSync does not answer.",
        (answer.said,),
        Remedy("Try again; if it stays so, see https://health.aws.amazon.com."),
    )


def _failed(look: Look, answer: Answer, earlier: Sequence[Finding]) -> Finding:
    words = (answer.said,)
    message = answer.message
    if look.answered_in_html:
        return _html(look, answer)
    if "Signature expired" in message or "not yet current" in message:
        return behind(CHECK)
    if answer.error_type == "UnauthorizedException":
        return _no_iam(look, words)
    if "scoped" in message:
        return _wrong_region(look, words)
    if answer.error_type == "InvalidSignatureException":
        return Finding(
            CHECK,
            Status.BROKEN,
            "AppSync computes another signature: something on the way changes the request.",
            words,
            Remedy(
                "Look for a proxy that rewrites the Host header or the body. A custom domain goes"
                " into APPSYNC_URL and APPSYNC_ALLOWED_HOST as it is."
            ),
        )
    if answer.error_type in ("UnrecognizedClientException", "ExpiredTokenException"):
        return Finding(
            CHECK,
            Status.BROKEN,
            "AppSync does not know the session that STS has just given.",
            words,
            Remedy(
                "Something on the way drops X-Amz-Security-Token, or the role was deleted and made"
                " again meanwhile. Try again; then look at proxies."
            ),
            "https://github.com/aws-amplify/amplify-cli/issues/3380",
        )
    if answer.error_type.startswith("WAF"):
        return Finding(
            CHECK,
            Status.BROKEN,
            "AWS WAF in front of the API refuses the request.",
            words,
            _web_acl(look),
        )
    return _other(look, answer, earlier)


def _html(look: Look, answer: Answer) -> Finding:
    """Returns the finding for a page where JSON belongs: AppSync itself never sends one."""
    if answer.status == HTTPStatus.FORBIDDEN:
        return Finding(
            CHECK,
            Status.BROKEN,
            "A page of HTML refuses the request, as AWS WAF's custom responses and proxies do.",
            (answer.said,),
            _web_acl(look),
        )
    return Finding(
        CHECK,
        Status.BROKEN,
        f"What answers at {look.made.appsync_url} is not an AppSync API. It sends HTML.",
        (answer.said,),
        mending.right_url(look),
    )


def _web_acl(look: Look) -> Remedy:
    """Returns the remedy for a refusal of AWS WAF's, or of something like it."""
    return Remedy(
        "Account B's owner finds the rule by the sampled requests of the API's web ACL, and lets"
        " it count, or except the function's requests. If it refused none, a proxy on the way did.",
        (),
        (mending.show_web_acl(look),),
    )


def _other(look: Look, answer: Answer, earlier: Sequence[Finding]) -> Finding:
    status = answer.status or 0
    if status >= _SERVER_ERROR:
        if any(finding.status is Status.BROKEN for finding in earlier):
            return behind(CHECK)
        return Finding(
            CHECK,
            Status.BROKEN,
            f"AppSync fails with status {status}.",
            (answer.said,),
            Remedy("Try again; if it stays so, see https://health.aws.amazon.com."),
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Finding(
            CHECK,
            Status.UNKNOWN,
            "AppSync is throttling.",
            (answer.said,),
            Remedy("Try again in a minute; the API's request tokens a second can be raised."),
        )
    return _not_the_api(look, answer)


def _not_the_api(look: Look, answer: Answer) -> Finding:
    """Returns the finding for an address behind which the API is not, by the kind of its host."""
    host = urlsplit(look.made.appsync_url).hostname or ""
    if look.made.appsync_host is not None:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"The VPC endpoint knows no private API of the name {look.made.appsync_host}.",
            (answer.said, f"asked by {host}"),
            Remedy(
                "APPSYNC_HOST is the API's own host, and the endpoint one for appsync-api in the"
                " API's account and Region; a public API is not reached through it.",
                (),
                (mending.list_apis(look),),
            ),
            _PRIVATE_SOURCE,
        )
    if not look.is_local and not host.endswith(_AWS):
        return Finding(
            CHECK,
            Status.BROKEN,
            f"The custom domain {host} leads to no AppSync API.",
            (answer.said,),
            Remedy(
                "The domain's DNS names the appsyncDomainName that the first command prints, and"
                " account B's owner associates the domain with the API.",
                (),
                tuple(
                    f"aws appsync {what} --region {look.made.region} --domain-name {host}"
                    for what in (
                        "get-domain-name",
                        f"associate-api --api-id {mending.api_id(look)}",
                    )
                ),
            ),
            _DOMAIN_SOURCE,
        )
    return Finding(
        CHECK,
        Status.BROKEN,
        f"What answers at {look.made.appsync_url} is not an AppSync API.",
        (answer.said,),
        mending.right_url(look),
    )


def _no_iam(look: Look, evidence: tuple[str, ...]) -> Finding:
    return Finding(
        CHECK,
        Status.BROKEN,
        "The API does not take IAM callers.",
        evidence,
        mending.without_settings(look, "`iam_authorization` false")
        if look.is_local
        else Remedy(_GEN_2, (), (mending.show_api(look),)),
        _SOURCE,
    )


def _wrong_region(look: Look, words: tuple[str, ...]) -> Finding:
    right = look.environ.get("AWS_REGION") if look.is_local else None
    edits = (mending.variable(look, "REGION", right),) if right else ()
    return Finding(
        CHECK,
        Status.BROKEN,
        f"The API is not in {look.made.region}, which REGION names.",
        words,
        mending.redeployed(look, "REGION is the API's Region, not the function's.", *edits),
    )
