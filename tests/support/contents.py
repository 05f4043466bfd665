"""Texts of each format that the document speaks of, within the limits that it names."""

from collections.abc import Mapping
from datetime import timedelta, timezone

from hypothesis import strategies as st

_OFFSETS = st.integers(-18 * 60, 18 * 60).map(lambda each: timezone(timedelta(minutes=each)))
_LABELS = st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True)
_DOMAINS = st.lists(_LABELS, min_size=2, max_size=4).map(lambda each: ".".join([*each, "com"]))
# A year is four digits, a `time` has its offset.
_INSTANTS = st.datetimes(timezones=_OFFSETS).map(lambda each: each.isoformat())

FORMATTED: Mapping[str, st.SearchStrategy[str]] = {
    "date": st.dates().map(str),
    "date-time": _INSTANTS,
    "time": _INSTANTS.map(lambda each: each.partition("T")[2]),
    "email": st.tuples(_LABELS, _DOMAINS).map("@".join),
    "uri": st.tuples(_DOMAINS, st.lists(_LABELS, max_size=3)).map(
        lambda each: f"https://{each[0]}/{'/'.join(each[1])}"
    ),
    "ip-address": st.ip_addresses().map(str),
}
