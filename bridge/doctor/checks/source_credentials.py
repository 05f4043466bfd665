"""The source credentials, those before AssumeRole, and whose they are."""

from bridge.doctor import mending
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Identity, Look
from bridge.doctor.wire import StsError
from chalicelib.aws.credentials import Credentials
from chalicelib.errors import CredentialError

CHECK = "source credentials"
_TEMPORARY = "ASIA"
_REFRESH = (
    "In Lambda they come from the function's role. On this machine take new ones: export all three"
    " variables of one set, or sign in again (`aws sso login` where they come from IAM Identity"
    " Center). The command then says whose they are."
)


def check(look: Look) -> Finding:
    """Returns whose the source credentials are."""
    source, identity = look.source, look.identity
    if isinstance(source, CredentialError):
        return _broken(look, "There are no source credentials.", (str(source),))
    if isinstance(identity, Identity):
        return Finding(
            CHECK,
            Status.OK,
            f"They are {identity.arn}.",
            (f"access key {masked(source)}", f"account {identity.account}"),
        )
    if not isinstance(identity, StsError):
        return behind(CHECK)
    return _refused(look, source, identity)


def masked(credentials: Credentials) -> str:
    """Returns the access key's id with its middle left out."""
    key = credentials.access_key_id
    return f"{key[:4]}…{key[-4:]}"


def _refused(look: Look, source: Credentials, error: StsError) -> Finding:
    words = (f"{error.code}: {error.message}", f"access key {masked(source)}")
    temporary = source.access_key_id.startswith(_TEMPORARY)
    match error.code:
        case "ExpiredToken" | "ExpiredTokenException":
            summary = "The source credentials have expired."
        case "InvalidClientTokenId" if temporary and source.session_token is None:
            summary = "AWS_SESSION_TOKEN is missing beside a temporary access key."
        case "InvalidClientTokenId" if temporary:
            summary = (
                "STS does not know the source credentials: the token belongs to another key, or"
                " the role that they came from was deleted."
            )
        case "InvalidClientTokenId":
            summary = "STS does not know the access key: it was deleted or deactivated."
        case "SignatureDoesNotMatch" if (
            "Signature expired" not in error.message
            and "not yet current" not in error.message
            and "scoped" not in error.message
        ):
            summary = "The secret access key does not belong to the access key."
        case _:
            return behind(CHECK)
    return _broken(look, summary, words)


def _broken(look: Look, summary: str, evidence: tuple[str, ...]) -> Finding:
    if look.is_local:
        kept = "The sandbox keeps the function's credentials in its state folder."
        remedy = mending.rewired(look, kept)
    else:
        remedy = Remedy(_REFRESH, (), ("aws sts get-caller-identity",))
    return Finding(
        CHECK,
        Status.BROKEN,
        summary,
        evidence,
        remedy,
        "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
    )
