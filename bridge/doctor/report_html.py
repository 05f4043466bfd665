"""The report as one HTML file that needs no network: both accounts, and the broken link."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from html import escape

from bridge.doctor.chain import STATIONS, Station
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.picture import of_station, status_of, verdict

_MARKS = {
    Status.OK: "✓",
    Status.WARNING: "!",
    Status.BROKEN: "✗",
    Status.BEHIND: "·",
    Status.UNKNOWN: "?",
    Status.SKIPPED: "○",
}
_WORDS = {
    Status.OK: "holds",
    Status.WARNING: "warning",
    Status.BROKEN: "broken",
    Status.BEHIND: "not reached",
    Status.UNKNOWN: "not known",
    Status.SKIPPED: "not looked at",
}
# What needs no reading unless something is wrong with it.
_QUIET = (Status.OK, Status.BEHIND, Status.SKIPPED)
# Copies a text, and opens what is folded where a station leads into it.
_SCRIPT = """
document.addEventListener("click", async (event) => {
  if (!event.target.matches(".code button")) return;
  const code = event.target.nextElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
    event.target.textContent = "copied";
  }
  catch { getSelection().selectAllChildren(code); event.target.textContent = "selected"; }
});
const unfold = () => {
  const found = document.getElementById(location.hash.slice(1));
  if (found?.closest("details")) { found.closest("details").open = true; found.scrollIntoView(); }
};
addEventListener("hashchange", unfold);
unfold();
"""
_SCRIPT_HASH = "sha256-" + b64encode(sha256(_SCRIPT.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_SCRIPT_HASH}'"
_WIDTH, _HEIGHT, _GAP, _TOP = 132, 74, 30, 64
_CSS = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5c6675; --paper: #fbfbfd;
  --card: #ffffff; --line: #d8dde6; --ok: #1a7f4b; --warning: #9a6700; --broken: #c62828;
  --unknown: #7b3fb5; --behind: #666f7d; --skipped: #666f7d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b3; --paper: #12161d;
  --card: #1a202a; --line: #333c4a; --ok: #4cc38a; --warning: #e2b341; --broken: #ff6b66;
  --unknown: #c08bf0; --behind: #8b95a5; --skipped: #8b95a5; } }
* { box-sizing: border-box; } a { color: inherit; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } .verdict { color: var(--soft); margin: .25rem 0 1.5rem; }
.picture { display: flex; flex-wrap: wrap; gap: .25rem 0; margin: 0 0 1rem; }
svg { display: block; flex: 1 1 22rem; min-width: 0; max-width: 33rem; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; text-anchor: middle; }
svg .account { fill: none; stroke: var(--line); stroke-dasharray: 5 4; }
svg .title { fill: var(--soft); text-anchor: start; }
svg .box { fill: var(--card); stroke-width: 2; } svg .link { stroke-width: 3; fill: none; }
/* An account drawn smaller than it is, so its words are larger. */
@media (max-width: 30rem) { svg text { font-size: 17px; } }
svg a:focus-visible .box { stroke-width: 4; }
article { background: var(--card); border: 1px solid var(--line); border-left: 5px solid;
  border-radius: 6px; padding: .7rem 1rem; margin: .6rem 0; overflow-wrap: anywhere; }
article h2 { font-size: 1rem; margin: 0; } article p { margin: .3rem 0; }
.status { font-weight: 600; } ul { margin: .3rem 0; padding-left: 1.2rem; }
li, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 4px; margin: .3rem 0;
  padding: .5rem 4.5rem .5rem .7rem; white-space: pre-wrap; } .code { position: relative; }
.code button { position: absolute; top: .35rem; right: .35rem; font: 12px system-ui, sans-serif; }
summary { cursor: pointer; margin: 1rem 0; color: var(--soft); }
.soft { color: var(--soft); font-size: .875rem; }
""" + "\n".join(
    f".{status} {{ border-left-color: var(--{status}); }} .{status} .status,"
    f" svg .mark.{status} {{ color: var(--{status}); fill: var(--{status}); }}"
    f" svg .box.{status}, svg .link.{status} {{ stroke: var(--{status}); }}"
    for status in Status
)


def html_report(stage: str, findings: Sequence[Finding], made_at: datetime, version: str) -> str:
    """Returns the report as an HTML document.

    Args:
        stage: Which was examined.
        findings: What was found.
        made_at: When, as aware UTC.
        version: The doctor's.
    """
    title = f"The chain of stage {escape(stage)}"
    ordered = _worst_first(findings)
    articles = "\n".join(_article(each) for each in ordered if each.status not in _QUIET)
    quiet = [each for each in ordered if each.status in _QUIET]
    folded = "\n".join(_article(each) for each in quiet)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<style>{_CSS}</style>
</head>
<body>
<h1>{title}</h1>
<p class="verdict">{escape(verdict(findings))}.</p>
<p class="soft">Examined {made_at:%Y-%m-%d %H:%M} UTC by bridge {escape(version)}.</p>
<div class="picture">{_account("A", findings)}{_account("B", findings)}</div>
<main>
{articles}
<details><summary>{len(quiet)} more: what holds, and what was not reached</summary>
{folded}
</details>
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = (Status.BROKEN, Status.UNKNOWN, Status.WARNING)
    return sorted(
        findings, key=lambda each: order.index(each.status) if each.status in order else len(order)
    )


def _account(name: str, findings: Sequence[Finding]) -> str:
    """Returns an account as SVG with its part of the chain; side by side they are the whole."""
    stations = [station for station in STATIONS if station.account == name]
    width = _left(len(stations))
    height = _TOP + _HEIGHT + 34
    parts = "".join(
        part
        for index, station in enumerate(stations)
        for part in _station(index, station, findings)
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="account {name}">'
        f'<rect class="account" x="{_GAP / 2}" y="14" width="{width - _GAP}"'
        f' height="{_TOP + _HEIGHT + 4}" rx="10"/>'
        f'<text class="title" x="{_GAP / 2 + 12}" y="38">account {name}</text>{parts}</svg>'
    )


def _left(index: int) -> int:
    return _GAP + index * (_WIDTH + _GAP)


def _station(index: int, station: Station, findings: Sequence[Finding]) -> Iterator[str]:
    """Yields a station and the link that leads to it."""
    status = status_of(station, findings)
    left, middle = _left(index), _TOP + _HEIGHT / 2
    centre = left + _WIDTH / 2
    is_first = station is STATIONS[0]
    following = STATIONS[STATIONS.index(station) + 1 :]
    if following and following[0].account != station.account:
        # The way out of this account has the next station's colour, like the way into that one.
        leads = status_of(following[0], findings)
        yield f'<path class="link {leads}" d="M{left + _WIDTH} {middle}h{_GAP}"/>'
    if not is_first:
        yield f'<path class="link {status}" d="M{left - _GAP} {middle}H{left}"/>'
    if not is_first and status is Status.BROKEN:
        cross = left - _GAP / 2
        yield (f'<path class="link {status}" d="M{cross - 8} {middle - 8}l16 16m0 -16l-16 16"/>')
    drawn = (
        f'<rect class="box {status}" x="{left}" y="{_TOP}"'
        f' width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>'
        f'<text x="{centre}" y="{middle - 6}">{escape(station.name)}</text>'
        f'<text class="mark {status}" x="{centre}" y="{middle + 18}">'
        f"{_MARKS[status]} {_WORDS[status]}</text>"
    )
    # An owner's report passes by the stations that are not hers.
    worst = [each for each in of_station(station, findings) if each.status is status]
    yield f'<a href="#{_anchor(worst[0])}">{drawn}</a>' if worst else drawn


def _article(finding: Finding) -> str:
    evidence = "".join(f"<li>{escape(line)}</li>" for line in finding.evidence)
    listed = f"<ul>{evidence}</ul>" if evidence else ""
    remedy = _remedy(finding.remedy) if finding.remedy else ""
    source = (
        f'<p class="soft">Source: <a href="{escape(finding.source)}" rel="noreferrer">'
        f"{escape(finding.source)}</a></p>"
        if finding.source
        else ""
    )
    return (
        f'<article id="{_anchor(finding)}" class="{finding.status}"><h2>'
        f'<span class="status">{_MARKS[finding.status]} {_WORDS[finding.status]}</span>'
        f" · {escape(finding.check)}</h2><p>{escape(finding.summary)}</p>"
        f"{listed}{remedy}{source}</article>"
    )


def _remedy(remedy: Remedy) -> str:
    edits = "".join(
        f'<p class="soft">in {escape(edit.file)}, at {escape(edit.place or "/")}:</p>'
        f"{_code(edit.text)}"
        for edit in remedy.edits
    )
    commands = "".join(map(_code, remedy.commands))
    then = f"<p>{escape(remedy.then)}</p>" if remedy.then else ""
    return (
        f'<section class="remedy"><p>{escape(remedy.action)}</p>{edits}{commands}{then}</section>'
    )


def _code(text: str) -> str:
    """Returns a text to be copied, with the button that does it."""
    return f'<div class="code"><button>copy</button><pre><code>{escape(text)}</code></pre></div>'


def _anchor(finding: Finding) -> str:
    return "".join(each if each.isalnum() else "-" for each in finding.check)
