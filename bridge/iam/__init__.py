"""IAM evaluation by AWS's documented rules. Pure: no I/O."""

from bridge.iam.errors import PolicyError
from bridge.iam.evaluation import (
    ConsideredStatement,
    Decision,
    Mismatch,
    Part,
    Reason,
    Source,
    StatementMatch,
    evaluate,
)
from bridge.iam.policy import Effect, Policy
from bridge.iam.principals import Reach
from bridge.iam.request import AccessRequest

__all__ = [
    "AccessRequest",
    "ConsideredStatement",
    "Decision",
    "Effect",
    "Mismatch",
    "Part",
    "Policy",
    "PolicyError",
    "Reach",
    "Reason",
    "Source",
    "StatementMatch",
    "evaluate",
]
