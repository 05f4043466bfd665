"""The reports: the terminal's, the page's and the document's."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from bridge.doctor.chain import CHAIN, STATIONS
from bridge.doctor.checks import admin_roles, trust_policy
from bridge.doctor.findings import (
    Edit,
    Finding,
    Remedy,
    Status,
    as_json,
    behind,
    exit_code,
    settled,
)
from bridge.doctor.picture import status_of, verdict
from bridge.doctor.report_html import html_report
from bridge.doctor.report_terminal import print_report

COMMAND = f"aws iam update-assume-role-policy --policy-document '{'x' * 200}'"
REMEDY = Remedy(
    "Do <this> & that.",
    (Edit("account_b/template.yaml", "/Resources/R", {"Principal": "<script>"}),),
    (COMMAND,),
)
NAMES = tuple(check.name for check in CHAIN)


def findings(**statuses):
    """Returns a finding for every link; those named by an index have that status."""
    chosen = {int(index[1:]): status for index, status in statuses.items()}
    return tuple(
        Finding(name, chosen.get(index, Status.OK), f"summary of {name}", ("<b>evidence</b>",))
        for index, name in enumerate(NAMES)
    )


def broken(name=trust_policy.CHECK):
    """Returns a report with one broken link, which has a remedy."""
    return tuple(
        Finding(name, Status.BROKEN, "It trusts <b>somebody else</b>.", ("seen",), REMEDY, "http:x")
        if each.check == name
        else each
        for each in findings()
    )


def printed(report):
    """Returns the terminal's report as text."""
    stream = io.StringIO()
    print_report("prod", report, Console(file=stream, width=80))
    return stream.getvalue()


_LOADING = ("src", "srcset", "data", "poster")


class Links(HTMLParser):
    """Gathers the addresses that a page loads or leads to."""

    def __init__(self):
        """Begins without any."""
        super().__init__()
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.targets: set[str] = set()

    def handle_starttag(self, tag, attrs):
        """Notes what a tag loads, is called and leads to."""
        values = dict(attrs)
        self.loaded += [str(values[name]) for name in _LOADING if name in values]
        if tag == "link":
            self.loaded.append(str(values.get("href")))
        self.ids |= {values["id"]} if "id" in values else set()
        if (values.get("href") or "").startswith("#"):
            self.targets.add(values["href"][1:])


def test_every_link_belongs_to_one_station():
    """The picture leaves nothing out and shows nothing twice."""
    drawn = [each.name for station in STATIONS for each in CHAIN if each.station is station]
    assert sorted(drawn) == sorted(NAMES)


def test_a_station_is_as_bad_as_the_worst_of_its_links():
    """A broken link is not hidden by those that hold."""
    station = next(each.station for each in CHAIN if each.name == trust_policy.CHECK)
    assert status_of(station, broken()) is Status.BROKEN
    assert status_of(STATIONS[-1], findings()) is Status.OK


@pytest.mark.parametrize(
    ("statuses", "code", "words"),
    [
        ({}, 0, "The chain holds"),
        ({"n1": Status.WARNING, "n2": Status.SKIPPED}, 0, "The chain holds, with 1 to think about"),
        ({"n3": Status.UNKNOWN}, 2, "Not everything could be looked at: STS"),
        ({"n3": Status.UNKNOWN, "n0": Status.BROKEN}, 1, "This link is broken: settings"),
        (
            {"n0": Status.BROKEN, "n1": Status.BROKEN},
            1,
            "2 links are broken: settings, authorizer",
        ),
    ],
)
def test_the_exit_code_and_the_verdict_agree(statuses, code, words):
    """0 it holds, 1 a link is broken, 2 it could not be looked at."""
    report = findings(**statuses)
    assert exit_code(report) == code
    assert verdict(report) == words


def test_what_is_behind_a_broken_link_names_it():
    """And where nothing is broken, what was not reached is not known."""
    first = Finding("a", Status.BROKEN, "gone")
    assert settled([behind("b"), first])[0].summary == "Not reached, for this is broken: a."
    assert settled([behind("b")])[0].status is Status.UNKNOWN


def test_the_terminal_shows_the_chain_the_cause_and_what_to_paste():
    """What is to be copied stands unbroken on its own line."""
    text = printed(broken())
    assert "━✘━▶ ✘ role" in text
    assert "It trusts <b>somebody else</b>." in text
    assert f"\n{COMMAND}\n" in text
    assert "in account_b/template.yaml, at /Resources/R:" in text
    pasted = text[text.index("{\n") : text.index("}\n") + 1]
    assert json.loads(pasted) == {"Principal": "<script>"}
    assert text.rstrip().endswith("This link is broken: trust policy.")


def test_the_terminal_says_little_of_a_chain_that_holds():
    """One line a link, and no details."""
    text = printed(findings())
    assert "evidence" not in text
    assert all(name in text for name in NAMES)
    assert "✘" not in text


def test_the_page_escapes_whatever_it_shows():
    """Evidence may hold what a stranger's server said."""
    page = html_report("<prod>", broken())
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "It trusts &lt;b&gt;somebody else&lt;/b&gt;." in page
    assert "&lt;prod&gt;" in page


def test_the_page_loads_nothing():
    """One file: no script, no address that is fetched, and a policy that would bar it."""
    page = html_report("prod", broken())
    links = Links()
    links.feed(page)
    assert links.loaded == []
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert links.targets <= links.ids
    assert len(links.targets) == len(STATIONS)


def test_the_page_begins_with_what_is_broken():
    """Its article comes first, with its remedy."""
    page = html_report("prod", broken(admin_roles.CHECK))
    first = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert first is not None
    assert 'class="broken"' in first[0]
    assert "Do &lt;this&gt; &amp; that." in first[0]
    assert page.count('class="link broken"') == 2  # the line, and the cross over it


def test_the_document_holds_what_the_remedy_is_to_paste():
    """A program can apply it: file, JSON pointer, value."""
    document = json.loads(as_json("prod", broken()))
    (found,) = [each for each in document["findings"] if each["status"] == "broken"]
    assert found["remedy"] == {
        "action": "Do <this> & that.",
        "edits": [
            {
                "file": "account_b/template.yaml",
                "place": "/Resources/R",
                "paste": {"Principal": "<script>"},
            }
        ],
        "commands": [COMMAND],
        "then": "",
    }
    assert document["exit_code"] == 1
