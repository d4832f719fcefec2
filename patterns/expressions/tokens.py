"""The tokens of expressions: enough of their grammar to find where one ends, what it names, and what it multiplies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import minijinja

MAX_CHARACTERS = 4_000
MAX_TOKENS = 1_000  # the parser behind calls itself for each, on a stack that a few times as many would exhaust
MAX_JOINS = 50  # signs that may join texts or lists

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>\*\*|//|==|!=|<=|>=|{%|%}|{\#|[-+*/%~<>=!.,:|()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_OPENING = {"(": ")", "[": "]", "{": "}"}
_ENVIRONMENT = minijinja.Environment()  # which knows what the escapes in a text stand for
_CLOSING = frozenset(_OPENING.values())
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"})


class BadExpression(ValueError):
    """What stands between {{ and }} is no expression; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.kind == "name" and self.text in _WORDS


def scan(text: str, start: int = 0) -> tuple[list[Token], int]:
    """The tokens of the expression that begins at `start`, without space, and where it ends: at `}}` or with the text.

    Raises BadExpression.
    """
    found: list[Token] = []
    open_signs: list[str] = []
    for token in _tokens(text, start):
        if token.text == "}" and text.startswith("}}", token.start):
            if not open_signs:
                return found, token.start
            if open_signs[-1] != "}":
                break
        _match(token, open_signs)
        found.append(token)
        if token.end - start > MAX_CHARACTERS or len(found) > MAX_TOKENS:
            raise BadExpression(
                f"an expression may have {MAX_CHARACTERS:,} characters and {MAX_TOKENS:,} words, not more"
            )
    if open_signs:
        raise BadExpression(f"“{open_signs[-1]}” is missing")
    return found, len(text)


def _tokens(text: str, start: int) -> Iterator[Token]:
    position = start
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise BadExpression(f"{text[position : position + 20]!r} is not understood")
        position = match.end()
        kind = match.lastgroup or ""
        if match[0] in ("{%", "%}", "{#"):
            raise BadExpression(f"there are no statements such as {match[0]}, only expressions")
        if kind != "space":
            yield Token(kind, match[0], match.start(), match.end())


def _match(token: Token, open_signs: list[str]) -> None:
    if token.text in _OPENING and token.kind == "sign":
        open_signs.append(_OPENING[token.text])
    elif token.text in _CLOSING and token.kind == "sign" and (not open_signs or open_signs.pop() != token.text):
        raise BadExpression(f"“{token.text}” closes nothing")


def string_value(token: Token) -> str:
    """What a text in quotation marks stands for. Raises BadExpression."""
    try:
        return str(_ENVIRONMENT.eval_expr(token.text))
    except Exception:
        raise BadExpression(f"{token.text[:40]} is not a text") from None


def path(tokens: list[Token], position: int) -> tuple[list[str | int], int]:
    """The steps that follow the name at `position` (`.a["b"][0]`), and the position behind them."""
    steps: list[str | int] = []
    position += 1
    while position < len(tokens):
        texts = [token.text for token in tokens[position : position + 3]]
        kinds = [token.kind for token in tokens[position : position + 3]]
        if texts[0] == "." and kinds[1:2] == ["name"]:
            steps.append(texts[1])
            position += 2
        elif texts[0] == "[" and texts[2:] == ["]"] and kinds[1] == "string":
            steps.append(string_value(tokens[position + 1]))
            position += 3
        elif texts[0] == "[" and texts[2:] == ["]"] and texts[1].isdecimal() and len(texts[1]) < 10:
            steps.append(int(texts[1]))
            position += 3
        else:
            break
    return steps, position


def roots(tokens: list[Token]) -> Iterator[int]:
    """The positions of the names with which values begin: neither keys, filters, tests nor arguments' names."""
    for position, token in enumerate(tokens):
        before = tokens[position - 1].text if position else ""
        after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        is_test = before == "is" or (before == "not" and position > 1 and tokens[position - 2].text == "is")
        if token.kind == "name" and not token.is_word and before not in (".", "|") and not is_test and after != "=":
            yield position


def after(tokens: list[Token], sign: str) -> Iterator[str]:
    """The words that follow `|` or `is`."""
    for position, token in enumerate(tokens[1:], 1):
        before = tokens[position - 1].text
        if sign == "is" and before == "not" and position > 1:
            before = tokens[position - 2].text
        if before == sign and token.kind == "name" and token.text != "not":
            yield token.text


def calls(tokens: list[Token]) -> Iterator[str]:
    """The names of functions and methods that are called."""
    for position, token in enumerate(tokens[1:], 1):
        before = tokens[position - 1]
        if token.text != "(" or token.kind != "sign" or before.is_word:
            continue
        is_callable = before.kind == "name" or before.text in (")", "]")
        if is_callable and not _is_filter(tokens, position - 1):
            yield before.text


def _is_filter(tokens: list[Token], position: int) -> bool:
    """Whether the name at `position` is that of a filter or test."""
    before = [token.text for token in tokens[max(0, position - 2) : position]]
    return before[-1:] in (["|"], ["is"]) or before == ["is", "not"]


def compares_object(tokens: list[Token]) -> bool:
    """Whether == or != has an Object that is written out on one of its sides, be it within an Array."""
    for position, token in enumerate(tokens):
        if token.kind == "sign" and token.text in ("==", "!="):
            following = tokens[position + 1 : _operand_end(tokens, position + 1)]
            if _is_written_object(following) or _is_written_object(_group_before(tokens, position)):
                return True
    return False


def _is_written_object(operand: list[Token]) -> bool:
    """Whether an operand is a literal with braces in it."""
    begins = bool(operand) and operand[0].text in ("{", "[") and operand[-1].text in _CLOSING
    return begins and any(token.kind == "sign" and token.text == "{" for token in operand)


def _group_before(tokens: list[Token], position: int) -> list[Token]:
    """The bracketed group that ends before `position`, unless it belongs to what stands before it."""
    depth, start = 0, position
    while start > 0:
        start -= 1
        text = tokens[start].text if tokens[start].kind == "sign" else ""
        depth += (text in _CLOSING) - (text in _OPENING)
        if depth <= 0:
            break
    is_literal = start == 0 or tokens[start - 1].is_word or tokens[start - 1].text in ("(", ",", "[", "{", ":")
    return tokens[start:position] if is_literal else []


def numeric(tokens: list[Token]) -> list[Token]:
    """The same, with both sides of each `*` passed through the filter `number`.

    Or the sign would also repeat texts and lists, a hundred million times.
    """
    times = [at for at, token in enumerate(tokens) if token.kind == "sign" and token.text == "*"]
    marks = {place for at in times for place in (at, _operand_end(tokens, at + 1))}
    mark = [Token("sign", "|", 0, 0), Token("name", "number", 0, 0)]
    return [token for at in range(len(tokens) + 1) for token in (mark if at in marks else []) + tokens[at : at + 1]]


def _operand_end(tokens: list[Token], position: int) -> int:
    """The position behind the operand that begins at `position`, with all that is bound to it."""
    while position < len(tokens) and tokens[position].text in ("-", "+"):
        position += 1
    position = _group_end(tokens, position)
    while position < len(tokens) and tokens[position].text in (".", "|", "(", "["):
        step = 2 if tokens[position].text in (".", "|") else 0
        position = position + step if step else _group_end(tokens, position)
    if position < len(tokens) and tokens[position].text == "is":
        raise BadExpression("what “is” tests behind a * needs brackets of its own")
    return position


def _group_end(tokens: list[Token], position: int) -> int:
    depth = 0
    while position < len(tokens):
        text = tokens[position].text if tokens[position].kind == "sign" else ""
        depth += (text in _OPENING) - (text in _CLOSING)
        position += 1
        if depth <= 0:
            break
    return position
