"""How many examples a test tries that does not try as many as most."""

from hypothesis import settings

SHORT = 30


def examples(short: int) -> int:
    """Returns how many the profile in force tries, where the short one tries so many."""
    chosen = settings.default
    assert chosen is not None
    return max(1, short * chosen.max_examples // SHORT)
