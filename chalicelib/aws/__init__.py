"""Account B's services, STS and AppSync, over HTTP.

requests imports charset_normalizer to guess what charset a text is in. No text is asked of it here,
and the guesser would be a fifteenth of the start, so requests is imported without it, as it can be.
"""

import sys
import warnings

if "requests" not in sys.modules and "charset_normalizer" not in sys.modules:
    sys.modules["charset_normalizer"] = None  # type: ignore[assignment]  # its import fails
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # requests says that it found no guesser
        import requests  # noqa: F401 - now it is there for all who import it
    del sys.modules["charset_normalizer"]
