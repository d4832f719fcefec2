"""When two error messages tell of the same: what differs from run to run is left out of them. Plain Python."""

import re

LONGEST = 300  # characters of a message that are compared

# In this order: the longer forms first, for they hold the shorter ones.
_VARIABLE = (
    (re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE), "<url>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"), "<time>"),
    (re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|`[^`]*`"), "<text>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "<n>"),
)


def likeness(message: str) -> str:
    """What messages of the same kind have in common: without addresses, ids, times, quoted texts and numbers."""
    text = message[:LONGEST]
    for pattern, word in _VARIABLE:
        text = pattern.sub(word, text)
    return " ".join(text.split())
