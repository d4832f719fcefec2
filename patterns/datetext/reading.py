"""Reading a text as a moment."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache

from django.utils.http import parse_http_date

from patterns import iso8601
from patterns.datetext.forms import (
    ALL_DIRECTIVES,
    DIRECTIVE,
    MONTHS,
    PATTERNS,
    SHORTHANDS,
    WEEKDAYS,
    BadFormat,
    NotADate,
    check,
    from_unix_time,
    plain,
    unknown_directive,
    unknown_name,
)

MAX_TEXT = 200
_RFC_2822 = re.compile(
    rf"(?:({'|'.join(day[:3] for day in WEEKDAYS)}),?\s+)?\d{{1,2}}\s+({'|'.join(month[:3] for month in MONTHS)})\s+"
    r"\d{4}\s+\d\d:\d\d(:\d\d)?\s+([+-](?:[01]\d|2[0-3])[0-5]\d|UTC?|GMT|[ECMP][SD]T|Z)(\s+\([^()]*\))?",
    re.ASCII | re.IGNORECASE,
)
_FIRST_CENTURY = re.compile(r"\s00[0-9]{2}(\s|$)")  # taken for a year of two digits by those who read mail and HTTP


def read(text: str, form: str) -> datetime:
    """The moment of a text in the format, without a time zone where the text has none.

    Without a format the text may be ISO 8601, RFC 2822, an HTTP date, or a Unix time of ten (seconds) or thirteen
    (milliseconds) digits: no two of them read the same text differently. Raises BadFormat and NotADate.
    """
    check(form)
    if len(text := text.strip()) > MAX_TEXT:
        raise NotADate("it is too long")
    if not form.strip():
        return _read_free(text)
    if named := _READ.get(plain(form)):
        return named(text)
    pattern = PATTERNS.get(plain(form), form)
    if "%" not in pattern:
        raise unknown_name(form)
    found = _reader(pattern).fullmatch(" ".join(text.split()))
    if not found:
        raise NotADate
    return _built({name: value for name, value in found.groupdict().items() if value is not None})


def _read_iso(text: str) -> datetime:
    try:
        return iso8601.parse(text)
    except iso8601.NotIso as error:
        raise NotADate(*error.args) from None


def _read_mail(text: str) -> datetime:
    if not _RFC_2822.fullmatch(text) or _FIRST_CENTURY.search(text):
        raise NotADate
    try:
        moment = parsedate_to_datetime(text)
    except ValueError as error:
        raise NotADate(str(error)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # -0000 says UTC of an unknown place


def _read_http(text: str) -> datetime:
    if _FIRST_CENTURY.search(text):
        raise NotADate
    try:
        return from_unix_time(parse_http_date(text), timedelta(seconds=1))
    except ValueError:
        raise NotADate from None


def _read_unix(unit: timedelta, digits: str) -> Callable[[str], datetime]:
    form = re.compile(rf"-?[0-9]{digits}(\.[0-9]{{1,9}})?")

    def read_unix(text: str) -> datetime:
        if not form.fullmatch(text):
            raise NotADate
        whole, _, fraction = text.partition(".")
        part = iso8601.microseconds(fraction) * unit / 1_000_000
        try:
            moment = from_unix_time(int(whole), unit)
            return moment - part if text.startswith("-") else moment + part
        except OverflowError:
            raise NotADate("it is outside of the years 1 to 9999") from None

    return read_unix


_FREE: tuple[Callable[[str], datetime], ...] = (
    _read_iso,
    _read_mail,
    _read_http,
    _read_unix(timedelta(seconds=1), "{10}"),
    _read_unix(timedelta(milliseconds=1), "{13}"),
)


def _read_free(text: str) -> datetime:
    reason = NotADate()
    for reader in _FREE:
        try:
            return reader(text)
        except NotADate as error:
            reason = error if error.args else reason
    raise reason


_READ: Mapping[str, Callable[[str], datetime]] = {
    "iso": _read_iso,
    "rfc3339": _read_iso,
    "rfc2822": _read_mail,
    "http": _read_http,
    "unix": _read_unix(timedelta(seconds=1), "{1,18}"),
    "unixmilliseconds": _read_unix(timedelta(milliseconds=1), "{1,18}"),
}
_READABLE = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "j": "[0-9]{1,3}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,12}",
    "L": "[0-9]{3}",
    "p": "[AaPp][Mm]",
    "A": "|".join(WEEKDAYS),
    "a": "|".join(day[:3] for day in WEEKDAYS),
    "B": "|".join(MONTHS),
    "b": "|".join(month[:3] for month in MONTHS),
    "z": "[Zz]|[+-][0-9]{2}(?::?[0-9]{2}){0,2}",
    "Z": "UTC|GMT|Z",
    "G": "[0-9]{4}",
    "V": "[0-9]{1,2}",
    "u": "[1-7]",
}


@lru_cache(maxsize=256)
def _reader(form: str) -> re.Pattern[str]:
    """The regular expression of a format. Each directive may occur once, so that it ends soon on every text."""
    long_form = DIRECTIVE.sub(lambda found: SHORTHANDS.get(found[2], found[0]) if not found[1] else found[0], form)
    parts: list[str] = []
    seen: set[str] = set()
    end = 0
    for found in DIRECTIVE.finditer(long_form):
        parts += [_literal(long_form[end : found.start()]), _readable(found, seen)]
        end = found.end()
    _check_date(seen)
    return re.compile("".join([*parts, _literal(long_form[end:])]).strip(), re.ASCII | re.IGNORECASE)


def _literal(text: str) -> str:
    """White space in the format stands for any, of which the text keeps one blank."""
    return "".join(" " if not part.strip() else re.escape(part) for part in re.findall(r"\s+|\S+", text))


def _readable(found: re.Match[str], seen: set[str]) -> str:
    letter = {"e": "d", ":z": "z"}.get(found[2], found[2])
    if letter == "%":
        return "%"
    if letter not in _READABLE:
        if f"%{letter}" in ALL_DIRECTIVES.split():
            raise BadFormat(f"has {found[0]!r}, which can be written but not read")
        raise unknown_directive(found[0])
    if letter in seen:
        raise BadFormat(f"has {found[0]!r} twice")
    seen.add(letter)
    blank = " ?" if found[2] == "e" else ""
    return f"{blank}(?P<{letter}>{_READABLE[letter]})"


def _check_date(seen: set[str]) -> None:
    """Refuse what says too little of the day, or says the same in two ways that may differ."""
    if not seen & set("YyG"):
        raise BadFormat("has no year, such as %Y")
    if "G" in seen and not {"V", "u"} <= seen:
        raise BadFormat("has %G without both %V and %u")
    for one, other in ("Yy", "mB", "mb", "Bb", "HI", "fL", "GY", "Gy", "jd", "jm"):
        if one in seen and other in seen:
            raise BadFormat(f"has both %{one} and %{other}")
    if ("I" in seen) != ("p" in seen):
        raise BadFormat("needs %I and %p together")


def _built(parts: dict[str, str]) -> datetime:
    try:
        day = _day(parts)
        minute, second = (int(parts.get(part, 0)) for part in "MS")
        moment = datetime(day.year, day.month, day.day, _hour(parts), minute, second)
    except ValueError as error:
        raise NotADate(str(error)) from None
    fraction = iso8601.microseconds(parts.get("f") or parts.get("L") or "")
    return moment.replace(microsecond=fraction, tzinfo=_zone(parts))


def _day(parts: dict[str, str]) -> date:
    if "G" in parts:
        return date.fromisocalendar(*(int(parts[part]) for part in "GVu"))
    year = int(parts["Y"]) if "Y" in parts else _century(int(parts["y"]))
    if "j" in parts:
        return iso8601.ordinal(year, int(parts["j"]))
    return date(year, _month(parts), int(parts.get("d", 1)))


def _century(year: int) -> int:
    """The year of two digits, as POSIX has it: 69 to 99 are in the twentieth century."""
    return year + (1900 if year >= 69 else 2000)


def _month(parts: dict[str, str]) -> int:
    name = (parts.get("B") or parts.get("b") or "").title()
    return next((n for n, month in enumerate(MONTHS, 1) if name and month.startswith(name)), int(parts.get("m", 1)))


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H", 0))
    hour = int(parts["I"])
    if not 1 <= hour <= 12:
        raise ValueError("hour must be in 1..12 with AM or PM")
    return hour % 12 + (12 if parts["p"].lower() == "pm" else 0)


def _zone(parts: dict[str, str]) -> tzinfo | None:
    if "z" not in parts:
        return UTC if "Z" in parts else None
    try:
        return iso8601.offset(parts["z"])
    except iso8601.NotIso as error:
        raise NotADate(*error.args) from None
