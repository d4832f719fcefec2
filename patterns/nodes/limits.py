"""What the nodes of texts in other formats share: bounds on what they read, and a file that does not grow past one."""

import io
import re

from patterns.values import MAX_TEXT, check_length

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class LimitedText(io.TextIOBase):
    """A file to write to that refuses to grow past the limit of texts, with ValueError."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0

    def write(self, piece: str) -> int:
        self.length += len(piece)
        check_length(self.length)
        self.pieces.append(piece)
        return len(piece)

    def text(self) -> str:
        return "".join(self.pieces)


def check_text(text: str, pin: str, limit: int = MAX_TEXT) -> None:
    """Refuse a text that a parser should not be given: too long, or with half a character in it. Raises ValueError."""
    if len(text) > limit:
        raise ValueError(f"{pin} has {len(text):,} characters; the limit is {limit:,}")
    if _LONE_SURROGATE.search(text):
        raise ValueError(f"{pin} holds half a character (a lone surrogate), which no text file can hold")


def check_indent(indent: int, least: int, most: int) -> None:
    """Refuse an Indent that is out of bounds. Raises ValueError."""
    if not least <= indent <= most:
        raise ValueError(f"Indent must be between {least} and {most}")
