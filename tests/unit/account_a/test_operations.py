"""What operators see: log line, metrics, alarms and docs/operations.md, held against each other."""

import json
import re
from collections.abc import Iterator
from functools import cache, partial
from typing import Any, NoReturn

import pytest

from bridge.cloudformation import Environment, Stack, read_template
from chalicelib import readiness
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import Contract
from chalicelib.errors import ConfigurationError, UpstreamThrottled
from chalicelib.gateway import Gateway, Options, RequestLog
from chalicelib.log import NAMESPACE, log_line
from chalicelib.readiness import Chain
from chalicelib.rest.messages import RestRequest
from chalicelib.rest.problems import INTERNAL, NOT_READY, PROBLEMS
from tests.support.account_b import Fault, Rest, rest_client
from tests.support.todo import PROJECT
from tests.unit.account_a.asking import an_error

STACK = "appsync-rest-prod"
PAGE = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
TOPIC = "arn:aws:sns:us-east-1:111111111111:ops"
TYPES = {each.slug: each.status for each in (*PROBLEMS.values(), INTERNAL, NOT_READY)}
ORIGIN = {"origin": "https://elsewhere.example", "x-amzn-trace-id": "Root=1-5f-2"}
# A metric as CloudWatch keeps it: its namespace, its name, its dimensions.
Metric = tuple[str, str, frozenset[tuple[str, str]]]


def answered(rest: Rest) -> Iterator[RequestLog]:
    """Gives the log entries of requests that end in each problem type, and of some that succeed."""
    rest.send("POST", "/todos", '{"id": "a", "name": "milk"}', headers=ORIGIN)
    rest.send("GET", "/todos")
    for cls in PROBLEMS:
        rest.transport.faults.extend(Fault(an_error(cls, "x")) for _ in range(10))
        rest.send("GET", "/todos/a")
        rest.transport.faults.clear()
    rest.transport.before = lambda _: 1 / 0  # type: ignore[assignment] # it raises
    rest.send("GET", "/todos/a")
    yield from rest.logged
    yield from _not_ready(rest.contract)


def _not_ready(contract: Contract) -> list[RequestLog]:
    def no_chain() -> Chain:
        raise ConfigurationError(["REGION is missing"])

    def no_upstream() -> NoReturn:
        raise AssertionError

    logged: list[RequestLog] = []
    ready = partial(readiness.respond, no_chain, contract)
    gateway = Gateway(contract, no_upstream, Options, {"/ready": ready}, logged.append)
    gateway.handle(RestRequest("GET", "/ready", CallContext("r", Deadline.after(9))))
    return logged


@cache
def lines() -> tuple[dict[str, Any], ...]:
    """Returns real log lines, one at least of each problem type."""
    with rest_client() as rest:
        entries = list(answered(rest))
    entries[0].request.context.tally.credential_age_seconds = 4.2
    return tuple(json.loads(log_line(each, service=STACK, cold_start=False)) for each in entries)


def metrics_of(line: dict[str, Any]) -> Iterator[tuple[Metric, float, str]]:
    """Gives what CloudWatch takes from a line: each metric, its value and its unit.

    Source: CloudWatch user guide, "Specification: Embedded metric format".
    """
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, line[name]) for name in names)
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                assert isinstance(value, int | float)
                yield (directive["Namespace"], metric["Name"], dimensions), value, metric["Unit"]


@cache
def emitted() -> dict[Metric, float]:
    """Returns the greatest value of each metric that the lines hold."""
    found: dict[Metric, float] = {}
    for line in lines():
        for metric, value, _ in metrics_of(line):
            found[metric] = max(value, found.get(metric, 0))
    return found


@cache
def made() -> dict[str, dict[str, Any]]:
    """Returns the stack's resources of production.yaml, with everything switched on."""
    template = read_template((PROJECT / ".chalice/production.yaml").read_text(encoding="utf-8"))
    given = {"AlarmTopicArn": TOPIC, "Dashboard": "true", "Tracing": "true"}
    stack = Stack(
        template, given, Environment("111111111111", "us-east-1", STACK), lambda _, name, __: name
    )
    return {
        name: {**resource, "Properties": stack.resolve(resource.get("Properties", {}))}
        for name, resource in stack.resources.items()
        if stack.is_made(resource)
    }


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Returns the properties of the resources of a type, by their names."""
    found = ((name, each) for name, each in made().items() if each.get("Type") == kind)
    return {name: each["Properties"] for name, each in found}


ALARMS = of_type("AWS::CloudWatch::Alarm")
OWN_ALARMS = {name: each for name, each in ALARMS.items() if each["Namespace"] == NAMESPACE}


def test_there_are_lines_of_every_problem_type() -> None:
    """So that what follows is about all of them."""
    assert {line["problem"] for line in lines() if "problem" in line} == set(TYPES)


@pytest.mark.parametrize("name", OWN_ALARMS)
def test_each_alarms_metric_is_in_real_log_lines(name: str) -> None:
    """By namespace, name and exactly its dimensions, with a value that is not nothing."""
    alarm = OWN_ALARMS[name]
    dimensions = frozenset((each["Name"], each["Value"]) for each in alarm["Dimensions"])
    assert emitted()[alarm["Namespace"], alarm["MetricName"], dimensions] > 0


def test_each_problem_type_of_5xx_has_an_alarm_and_no_other_has() -> None:
    """Named after it; a 4xx is nobody's alarm."""
    found = {
        dimension["Value"]: name
        for name, alarm in OWN_ALARMS.items()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "problem"
    }
    assert set(found) == {slug for slug, status in TYPES.items() if status >= 500}
    for slug, name in found.items():
        assert name == f"{slug.title().replace('-', '')}Alarm"
        assert OWN_ALARMS[name]["MetricName"] == "serverErrors"
    others = {alarm["MetricName"] for alarm in ALARMS.values()} - {"serverErrors"}
    assert others == {"throttles", "milliseconds", "Errors", "Throttles", "ConcurrentExecutions"}


def test_alarms_go_to_the_topic_and_are_off_without_it() -> None:
    """Both when they start and when they end."""
    for alarm in ALARMS.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    assert {each["Condition"] for name, each in made().items() if name in ALARMS} == {"HasAlarms"}
    template = read_template((PROJECT / ".chalice/production.yaml").read_text(encoding="utf-8"))
    off = Stack(template, {}, Environment("111111111111", "us-east-1", STACK), lambda *_: "")
    new = [
        name for name, each in off.resources.items() if off.is_made(each) and "Condition" in each
    ]
    assert new == []


def test_a_line_counts_4xx_and_5xx_apart() -> None:
    """By its status, once, and only where it has a problem."""
    for line in lines():
        counted = {name for name in ("clientErrors", "serverErrors") if name in line}
        wanted = {400: {"clientErrors"}, 500: {"serverErrors"}}.get(
            line["status"] // 100 * 100, set()
        )
        assert counted == wanted
        assert "errors" not in line


def test_the_dashboard_shows_only_metrics_that_there_are() -> None:
    """Each graph of the system's own metrics, and each search."""
    ((_, dashboard),) = of_type("AWS::CloudWatch::Dashboard").items()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = [row for each in widgets for row in each["properties"].get("metrics", [])]
    names = {(name, frozenset(key for key, _ in pairs)) for _, name, pairs in emitted()}
    assert len(shown) > 10
    for row in shown:
        if isinstance(row[0], dict):
            found = re.fullmatch(
                rf"SEARCH\('\{{{NAMESPACE},([\w,]+)\}} MetricName=\"(\w+)\" service=\"{STACK}\"'"
                r", 'Sum', 300\)",
                row[0]["expression"],
            )
            assert found, row
            assert (found[2], frozenset(found[1].split(","))) in names
        elif row[0] == NAMESPACE:
            words = [each for each in row if isinstance(each, str)]
            pairs = frozenset(zip(words[2::2], words[3::2], strict=True))
            assert (NAMESPACE, words[1], pairs) in emitted()


QUERIES = {
    each["Name"].partition("/")[2]: each["QueryString"]
    for each in of_type("AWS::Logs::QueryDefinition").values()
}
# The words of the query language that the saved queries use.
_LANGUAGE = {
    *("fields", "filter", "stats", "sort", "limit", "desc", "by", "as", "ispresent"),
    *("count", "max", "avg", "sum", "pct"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_each_saved_query_asks_for_fields_that_there_are(name: str) -> None:
    """Or for those that it makes itself."""
    query = QUERIES[name]
    own = set(re.findall(r"\bas (\w+)", query))
    words = set(re.findall(r"(?<![@\w])[A-Za-z]\w*", query)) - own - _LANGUAGE
    assert words
    assert words <= {field for line in lines() for field in line}
    assert f"`{name}`" in PAGE


def table(head: str) -> list[list[str]]:
    """Returns the rows of the page's table that begins so, as lists of cells."""
    rows = PAGE[PAGE.index(f"| {head} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def names_in(cell: str) -> list[str]:
    """Returns what stands in a cell as code."""
    return re.findall(r"`([\w-]+)`", cell)


def test_the_page_has_every_field_of_the_log_line_and_no_other() -> None:
    """Those that only some requests have, too."""
    told = [name for row in table("field") for name in names_in(row[0])]
    with_origin = RequestLog(**{**vars_of_first(), "refused_origin": "https://elsewhere.example"})
    line = json.loads(log_line(with_origin, service=STACK, cold_start=False))
    real = {field for each in (*lines(), line) for field in each}
    assert set(told) == real
    assert len(told) == len(real)


def vars_of_first() -> dict[str, Any]:
    """Returns the parts of a log entry."""
    with rest_client() as rest:
        rest.send("GET", "/todos", caller="arn:aws:iam::111111111111:role/client")
        entry = rest.logged[0]
    return entry._asdict()


def test_the_page_has_every_metric_with_its_unit_and_dimensions() -> None:
    """As the lines have them."""
    told = {
        (name, unit, frozenset(names_in(dimensions)))
        for row in table("metric")
        for name, unit in zip(names_in(row[0]), row[1].split(", "), strict=True)
        for dimensions in row[2].split(";")
    }
    real = {
        (name, unit, frozenset(key for key, _ in pairs))
        for line in lines()
        for (_, name, pairs), _, unit in metrics_of(line)
    }
    assert told == real


def test_the_runbook_has_every_problem_type_once() -> None:
    """And says of each what to look at and what to do."""
    rows = table("type")
    told = [name for row in rows for name in names_in(row[0])]
    assert sorted(told) == sorted(TYPES)
    assert all(len(row) == 3 and row[1] and row[2] for row in rows)


def test_the_page_has_every_alarm_and_every_parameter() -> None:
    """Those of problem types stand together, under the runbook's rows."""
    told = {name for row in table("alarm") for name in names_in(row[0])}
    by_type = {name for name, alarm in OWN_ALARMS.items() if alarm["MetricName"] == "serverErrors"}
    assert told - by_type == set(ALARMS) - by_type
    parameters = {name for row in table("parameter") for name in names_in(row[0])}
    assert parameters == {
        "AlarmTopicArn",
        "AlarmLatencyMilliseconds",
        "AlarmConcurrency",
        "Dashboard",
        "Tracing",
    }


def test_a_throttled_answer_is_counted_where_it_was_repeated_unseen() -> None:
    """So the alarm tells of a limit before clients do."""
    with rest_client() as rest:
        rest.transport.faults.append(Fault(UpstreamThrottled("AppSync", "429")))
        assert rest.send("GET", "/todos").status == 200
        line = json.loads(log_line(rest.logged[0], service=STACK, cold_start=False))
    values = {name: value for (_, name, _), value, _ in metrics_of(line)}
    assert (values["throttles"], values["requests"]) == (1, 1)
    assert not {"clientErrors", "serverErrors"} & set(values)
