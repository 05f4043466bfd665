"""Every condition operator, with set operators, IfExists, negation and Null."""

import time

import pytest

from bridge.iam import AccessRequest, Policy, evaluate

B = "222222222222"


def holds(operator, wanted, present, *, version="2012-10-17", **context):
    """Tells whether one condition on the key `k` lets a request through."""
    request = AccessRequest(
        principal=f"arn:aws:iam::{B}:user/ann",
        action="appsync:GraphQL",
        resource=f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/Query/fields/getTodo",
        resource_account=B,
        context=context if present is None else {"k": present, **context},
    )
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {operator: {"K": wanted}},
    }
    return evaluate(request, [Policy.parse({"Version": version, "Statement": statement})]).allowed


# operator, the policy's value(s), the request's value, whether they fit
FITS = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", ["x", "a"], "a", True),
    ("StringEquals", "${aws:username}", "ann", True),
    ("StringEquals", "a${*}", "a*", True),
    ("stringequals", "a", "a", True),
    ("StringEqualsIgnoreCase", "Ab", "aB", True),
    ("StringEqualsIgnoreCase", "Ab", "ac", False),
    ("StringLike", "a*", "abc", True),
    ("StringLike", "a?c", "abc", True),
    ("StringLike", "a*", "Abc", False),
    ("StringLike", "*", "", True),
    ("StringLike", "a${*}", "abc", False),
    ("StringLike", "${aws:username}/*", "ann/x", True),
    ("StringLike", "${aws:nothing}*", "abc", False),
    ("StringLike", "a.c", "abc", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "10", True),
    ("NumericEquals", "10", "ten", False),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "9", "10", True),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericGreaterThanEquals", "10", "NaN", False),
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", True),
    ("DateEquals", "2026-01-01", "1767225600", True),
    ("DateEquals", "2026", "2026-01-01T00:00:00.000Z", True),
    ("DateEquals", "2026-02", "2026-02-01T00:00Z", True),
    ("DateEquals", "2026-13-01", "2026-13-01", False),
    ("DateLessThan", "2026-01-02", "2026-01-01T23:59:59Z", True),
    ("DateLessThan", "2026-01-01", "2026-01-01", False),
    ("DateLessThanEquals", "2026-01-01", "2026-01-01", True),
    ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:01Z", True),
    ("DateGreaterThan", "2026-01-01", "not a date", False),
    ("DateGreaterThanEquals", "1767225600", "2026-01-01", True),
    ("Bool", "true", "true", True),
    ("Bool", True, "True", True),
    ("Bool", "false", "true", False),
    ("Bool", False, "false", True),
    ("Bool", "yes", "yes", False),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", "QmluYXJ5", "qmluYXJ5", False),
    ("BinaryEquals", "not base 64", "not base 64", False),
    ("BinaryEquals", "QmluYXJ5!", "QmluYXJ5", False),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5!", False),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
    ("IpAddress", "10.1.2.3", "10.1.2.3", True),
    ("IpAddress", "10.1.2.3/8", "10.9.9.9", True),
    ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
    ("IpAddress", "10.0.0.0/8", "11.1.2.3", False),
    ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
    ("IpAddress", "10.0.0.0/8", "somewhere", False),
    ("ArnEquals", "arn:aws:sns:*:111111111111:t?", "arn:aws:sns:eu-west-1:111111111111:t1", True),
    ("ArnLike", "arn:aws:iam::*:role/${aws:username}", f"arn:aws:iam::{B}:role/ann", True),
    ("ArnLike", "arn:aws:iam::*:role/Fn", f"arn:aws:iam::{B}:role/fn", False),
    ("ArnLike", "arn:aws:sns:*", "arn:aws:sns:eu-west-1:111111111111:t", False),
    ("ArnLike", "arn:aws:sns:*:*:a:?", "arn:aws:sns:eu-west-1:111111111111:a:b", True),
    ("ArnLike", "*", "not an arn", False),
]
NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
}


@pytest.mark.parametrize(("operator", "wanted", "present", "fits"), FITS)
def test_an_operator_compares_as_documented(operator, wanted, present, fits):
    """Each operator fits the values that the User Guide says it fits."""
    assert holds(operator, wanted, present) is fits
    assert holds(f"{operator}IfExists", wanted, present) is fits


@pytest.mark.parametrize(
    ("operator", "wanted", "present", "fits"), [row for row in FITS if row[0] in NEGATIONS]
)
def test_a_negated_operator_is_the_opposite(operator, wanted, present, fits):
    """A Not operator holds exactly where its positive form does not."""
    assert holds(NEGATIONS[operator], wanted, present) is not fits


def test_a_date_without_a_zone_is_utc(monkeypatch):
    """The machine's own time zone has no say in a policy's date."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        equal = holds("DateEquals", "2026-01-01", "2026-01-01T00:00:00Z")
    time.tzset()
    assert equal


def test_an_arn_operator_compares_each_segment():
    """The User Guide's example: StringLike crosses colons, ArnLike does not."""
    pattern = "arn:aws:someservice:*:111122223333:finance/*"
    value = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
    assert holds("StringLike", pattern, value)
    assert not holds("ArnLike", pattern, value)


@pytest.mark.parametrize("operator", sorted({row[0] for row in FITS}))
def test_an_absent_key_fails_an_operator_but_not_ifexists(operator):
    """Without the key a condition is false, and with IfExists true."""
    wanted = next(row[1] for row in FITS if row[0] == operator)
    assert not holds(operator, wanted, None)
    assert holds(f"{operator}IfExists", wanted, None)


@pytest.mark.parametrize("operator", NEGATIONS.values())
def test_an_absent_key_meets_a_negated_operator(operator):
    """Without the key a Not operator is true, with and without IfExists."""
    assert holds(operator, "x", None)
    assert holds(f"{operator}IfExists", "x", None)


def test_a_negated_operator_excludes_every_value_of_the_policy():
    """Several values of a Not operator are a NOR."""
    assert holds("StringNotEquals", ["a", "b"], "c")
    assert not holds("StringNotEquals", ["a", "b"], "b")


def test_a_variable_without_value_is_equal_to_nothing():
    """A null variable fails an operator and meets its negation."""
    assert not holds("StringEquals", "${aws:nothing}", "a")
    assert holds("StringNotEquals", "${aws:nothing}", "a")
    assert holds("StringEquals", "${aws:nothing, 'a'}", "a")


def test_an_old_policys_variables_are_literal():
    """Version 2008-10-17 compares `${aws:username}` as it stands."""
    assert not holds("StringEquals", "${aws:username}", "ann", version="2008-10-17")
    assert holds("StringEquals", "${aws:username}", "${aws:username}", version="2008-10-17")


@pytest.mark.parametrize(
    ("wanted", "present", "fits"),
    [
        ("true", None, True),
        ("true", "x", False),
        ("false", "x", True),
        ("false", None, False),
        (True, None, True),
        (["true", "false"], "x", True),
        ("false", [], False),
        ("false", "", False),
    ],
)
def test_null_asks_whether_a_key_is_there(wanted, present, fits):
    """Null true wants no key, false wants one with a value."""
    assert holds("Null", wanted, present) is fits


# From the User Guide's tables under "Multivalued context key examples", and their edges.
@pytest.mark.parametrize(
    ("operator", "wanted", "present", "fits"),
    [
        ("ForAllValues:StringNotLike", "key1*", ["key1:legal"], False),
        ("ForAllValues:StringNotLike", "key1*", ["key1:hr", "key1:personnel"], False),
        ("ForAllValues:StringNotLike", "key1*", ["key2:audit"], True),
        ("ForAllValues:StringNotLike", "key1*", None, True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a", "b"], [], True),
        ("ForAllValues:StringEquals", ["a", "b"], "", True),
        ("ForAllValues:StringEquals", ["a", "b"], None, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c"], False),
        ("ForAnyValue:StringEquals", ["a", "b"], [], False),
        ("ForAnyValue:StringEquals", ["a", "b"], None, False),
        ("ForAnyValue:StringEqualsIfExists", ["a", "b"], None, True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], None, False),
        ("ForAnyValue:StringLike", "o-1/*", ["o-1/r/ou-1/"], True),
        ("forAnyValue:StringLike", "o-1/*", ["o-2/r/ou-1/"], False),
        ("ForAllValues:NumericLessThan", "10", ["1", "2"], True),
        ("StringEquals", "a", ["a"], True),
        ("StringNotEquals", "a", ["a", "b"], False),
    ],
)
def test_set_operators_take_several_values_together(operator, wanted, present, fits):
    """ForAllValues wants all, and an empty set will do; ForAnyValue wants one."""
    assert holds(operator, wanted, present) is fits


def test_keys_and_operators_are_anded():
    """A statement applies only when each of its conditions holds."""
    request = AccessRequest(
        principal=f"arn:aws:iam::{B}:user/ann",
        action="sts:TagSession",
        resource="arn:aws:s3:::x",
        resource_account=B,
        context={"a": "1", "b": "2"},
    )

    def allowed(conditions):
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions}
        return evaluate(request, [Policy.parse({"Statement": statement})]).allowed

    assert allowed({"StringEquals": {"a": "1", "b": "2"}, "NumericLessThan": {"b": "3"}})
    assert not allowed({"StringEquals": {"a": "1", "b": "3"}})
    assert not allowed({"StringEquals": {"a": "1"}, "NumericLessThan": {"b": "2"}})


@pytest.mark.parametrize(
    ("caller", "absent"),
    [(f"arn:aws:iam::{B}:user/ann", False), (f"arn:aws:sts::{B}:assumed-role/peer/ann", True)],
)
def test_a_key_that_a_caller_has_not_is_absent(caller, absent):
    """Only a user has a name: `Null` and `IfExists` can tell an absent key from an empty one."""
    request = AccessRequest(
        principal=caller,
        action="appsync:GraphQL",
        resource=f"arn:aws:appsync:eu-west-1:{B}:apis/abc/types/Query/fields/getTodo",
        resource_account=B,
    )
    for operator, wanted, fits in (
        ("Null", "true", absent),
        ("Null", "false", not absent),
        ("StringEqualsIfExists", "eve", absent),
    ):
        condition = {operator: {"aws:username": wanted}}
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
        policy = Policy.parse({"Version": "2012-10-17", "Statement": statement})
        assert evaluate(request, [policy]).allowed is fits, operator
