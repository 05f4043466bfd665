"""What a policy document may look like: IAM refuses the rest when it is saved."""

import re

import pytest

from bridge.iam import Effect, Policy, PolicyError

ALLOW = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def test_a_single_statement_needs_no_list():
    """A Statement may be one object."""
    policy = Policy.parse({"Version": "2012-10-17", "Id": "a", "Statement": ALLOW}, "identity")
    assert [(item.index, item.effect) for item in policy.statements] == [(0, Effect.ALLOW)]


def test_a_policy_without_a_version_has_the_old_one():
    """The default Version is 2008-10-17, which knows no variables."""
    assert not Policy.parse({"Statement": []}).has_variables
    assert Policy.parse({"Version": "2012-10-17", "Statement": []}).has_variables


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"Effect": "allow"}, "p.Statement[0].Effect"),
        ({"Effect": ["Allow"]}, "p.Statement[0].Effect"),
        ({"Action": "AssumeRole"}, "p.Statement[0].Action"),
        ({"Action": []}, "p.Statement[0].Action"),
        ({"NotAction": "sts:*"}, "p.Statement[0]"),
        ({"Resource": "role/peer"}, "p.Statement[0].Resource"),
        ({"NotResource": "*"}, "p.Statement[0]"),
        ({"Resource": 7}, "p.Statement[0].Resource"),
        ({"Sid": 1}, "p.Statement[0].Sid"),
        ({"Actions": "sts:*"}, "p.Statement[0]"),
        ({"Condition": []}, "p.Statement[0].Condition"),
        ({"Condition": {"Bool": "true"}}, "p.Statement[0].Condition.Bool"),
        ({"Condition": {"StringMatches": {"k": "v"}}}, "p.Statement[0].Condition.StringMatches"),
        ({"Condition": {"NullIfExists": {"k": "true"}}}, "p.Statement[0].Condition.NullIfExists"),
        ({"Condition": {"ForSome:Bool": {"k": "true"}}}, "p.Statement[0].Condition.ForSome:Bool"),
        ({"Condition": {"Bool": {"k": {}}}}, "p.Statement[0].Condition.Bool.k"),
    ],
)
def test_a_faulty_statement_is_refused_with_its_place(change, place):
    """The error names the element that AWS would refuse."""
    with pytest.raises(PolicyError) as refused:
        Policy.parse({"Statement": [ALLOW | change]}, "p")
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], "p"),
        ({"Version": "2012-10-18", "Statement": []}, "p.Version"),
        ({"Version": "2012-10-17"}, "p.Statement"),
        ({"Statement": ["x"]}, "p.Statement[0]"),
        ({"Statement": [], "Rules": []}, "p"),
        ({"Statement": [ALLOW | {"Sid": "A"}, ALLOW | {"Sid": "A"}]}, "p.Statement"),
        ({"Statement": [{"Effect": "Allow", "Resource": "*"}]}, "p.Statement[0]"),
        ({"Statement": [TRUST]}, "p.Statement[0]"),
    ],
)
def test_a_faulty_document_is_refused_with_its_place(document, place):
    """The error names the document or the statement that AWS would refuse."""
    with pytest.raises(PolicyError, match=f"^{re.escape(place)}: ") as refused:
        Policy.parse(document, "p")
    assert refused.value.place == place


@pytest.mark.parametrize("document", [[], {"Statement": ["Sid"]}])
def test_what_is_no_object_is_told_as_such(document):
    """Rather than by what it lacks."""
    with pytest.raises(PolicyError, match=r"^policy.*: must be an object"):
        Policy.parse(document)


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::111111111111:role/fn",
        {"AWS": "arn:aws:sts::111111111111:assumed-role/fn/*"},
        {"AWS": "arn:aws:sts::111111111111:assumed-role/fn"},
        {"AWS": "arn:aws:iam::111111111111:role/*"},
        {"AWS": "arn:aws:iam::*:root"},
        {"AWS": "arn:aws:iam::111111111111:role/f?"},
        {"AWS": "arn:aws:iam::11111111111:root"},
        {"AWS": "arn:aws:iam::111111111111:group/g"},
        {"AWS": "11111111111"},
        {"AWS": "fn"},
        {"AWS": ""},
        {"AWS": 111111111111},
        {"Role": "fn"},
    ],
)
def test_a_principal_that_aws_refuses_is_refused(principal):
    """A wildcard in an ARN, a group or half an ARN is an invalid principal."""
    with pytest.raises(PolicyError) as refused:
        Policy.parse({"Statement": [TRUST | {"Principal": principal}]}, "trust")
    assert refused.value.place.startswith("trust.Statement[0].Principal")
    is_pattern = "*" in str(principal) or "?" in str(principal)
    assert ("a wildcard stands alone" in refused.value.fault) is is_pattern


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": ["*", "111111111111"]},
        {"AWS": "arn:aws:iam::111111111111:root"},
        {"AWS": "arn:aws-cn:iam::111111111111:role/service-role/fn"},
        {"AWS": "arn:aws:iam::111111111111:user/team/ann"},
        {"AWS": "arn:aws:sts::111111111111:assumed-role/fn/a.session@b"},
        {"AWS": "arn:aws:sts::111111111111:federated-user/ann"},
        {"AWS": "AROAEXAMPLEEXAMPLE123"},
        {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
    ],
)
def test_a_principal_that_aws_takes_is_taken(principal):
    """Every documented form of a principal can be saved."""
    policy = Policy.parse({"Statement": [TRUST | {"Principal": principal}]})
    element = policy.statements[0].principal
    assert element
    assert element.principals


def test_a_policys_document_has_the_version_whose_meaning_it_has():
    """One without a Version, or of the old one, must not become one of variables."""
    for given, version in (
        ({}, "2008-10-17"),
        ({"Version": "2008-10-17"}, "2008-10-17"),
        ({"Version": "2012-10-17"}, "2012-10-17"),
    ):
        document = Policy.parse({**given, "Statement": ALLOW}).document
        assert document == {"Version": version, "Statement": [ALLOW]}
