"""Format Date and Parse Date."""

import locale
import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns import datetext, registry
from patterns.datetext.forms import ALL_DIRECTIVES
from patterns.types import iso
from tests.patterns.nodes.calling import call

NOON = "2026-07-01T12:00:00Z"
MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("ISO", "2026-07-01T09:05:03.250000+02:00"),
        ("RFC 3339", "2026-07-01T09:05:03.250000+02:00"),
        ("RFC 2822", "Wed, 01 Jul 2026 09:05:03 +0200"),
        ("HTTP", "Wed, 01 Jul 2026 07:05:03 GMT"),
        ("Unix", "1782889503"),
        ("Unix Milliseconds", "1782889503250"),
        ("Date", "2026-07-01"),
        ("Time", "09:05:03"),
        ("Date Time", "2026-07-01 09:05:03"),
        ("Long", "Wednesday, 1 July 2026, 09:05"),
        ("Medium", "1 Jul 2026, 09:05"),
        ("Week Date", "2026-W27-3"),
        ("Ordinal Date", "2026-182"),
    ],
)
def test_format_date_knows_formats_by_name(name, result):
    for spelling in (name, name.lower(), name.upper(), name.replace(" ", "-"), name.replace(" ", "_")):
        assert call("FormatDate", "2026-07-01T09:05:03.25+02:00", spelling) == result
    assert name in registry.get("FormatDate").help


def test_every_name_of_a_format_is_tested_and_known():
    for name in datetext.NAMES:
        assert call("FormatDate", NOON, name)


DIRECTIVES = [
    ("%Y", "2026"),
    ("%y", "26"),
    ("%m", "03"),
    ("%-m", "3"),
    ("%d", "05"),
    ("%-d", "5"),
    ("%e", " 5"),
    ("%H", "15"),
    ("%I", "03"),
    ("%-I", "3"),
    ("%p", "PM"),
    ("%M", "07"),
    ("%S", "09"),
    ("%-S", "9"),
    ("%f", "012345"),
    ("%L", "012"),
    ("%A", "Thursday"),
    ("%a", "Thu"),
    ("%B", "March"),
    ("%b", "Mar"),
    ("%h", "Mar"),
    ("%j", "064"),
    ("%-j", "64"),
    ("%u", "4"),
    ("%w", "4"),
    ("%U", "09"),
    ("%W", "09"),
    ("%G", "2026"),
    ("%V", "10"),
    ("%z", "-0330"),
    ("%:z", "-03:30"),
    ("%Z", "-03:30"),
    ("%s", "1772735829"),
    ("%F", "2026-03-05"),
    ("%T", "15:07:09"),
    ("%R", "15:07"),
    ("%D", "03/05/26"),
    ("%n", "\n"),
    ("%t", "\t"),
    ("%%", "%"),
]


@pytest.mark.parametrize(("directive", "result"), DIRECTIVES)
def test_directive_of_a_format_writes_its_part(directive, result):
    assert call("FormatDate", "2026-03-05T15:07:09.012345-03:30", directive) == result
    assert call("FormatDate", "2026-03-05T15:07:09.012345-03:30", f"é{directive}{directive} 😀") == f"é{result * 2} 😀"


def test_every_directive_is_tested_and_no_letter_else_is_one():
    assert {directive for directive, _ in DIRECTIVES if "-" not in directive} == set(ALL_DIRECTIVES.split())
    for letter in {*string.ascii_letters, *string.digits, *string.punctuation, "é", "\x00", "\n"}:
        if f"%{letter}" not in ALL_DIRECTIVES.split():
            with pytest.raises(ValueError, match="Format has the unknown directive"):
                call("FormatDate", NOON, f"%{letter}")


@given(MOMENTS)
def test_directives_mean_what_they_mean_to_python(moment):
    form = "%m %d %e %H %I %M %S %f %A %a %B %b %j %u %w %U %W %V %p %z %y"
    assert call("FormatDate", iso(moment), form) == moment.strftime(form)


@pytest.mark.parametrize(
    ("hour", "result"), [(0, "12 AM"), (1, "01 AM"), (11, "11 AM"), (12, "12 PM"), (13, "01 PM"), (23, "11 PM")]
)
def test_hours_of_twelve_begin_with_twelve(hour, result):
    assert call("FormatDate", f"2026-07-01T{hour:02}:00Z", "%I %p") == result
    assert call("ParseDate", f"2026-07-01 {result}", "%Y-%m-%d %I %p") == f"2026-07-01T{hour:02}:00:00Z"


def test_names_are_english_whatever_the_locale():
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            assert call("FormatDate", NOON, "%A %B") == "Wednesday July"
            assert call("ParseDate", "Wednesday 1 July 2026", "%A %d %B %Y") == "2026-07-01T00:00:00Z"
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("", "Format '' is neither one of ISO, RFC 3339"),
        ("yyyy-MM-dd", "Format 'yyyy-MM-dd' is neither one of ISO, .* nor a text with directives such as %Y-%m-%d"),
        ("%", "Format has the unknown directive '%'; there are %a"),
        ("%Y-%", "Format has the unknown directive '%'"),
        ("%-", "Format has the unknown directive '%-'"),
        ("%-A", "Format has the unknown directive '%-A'"),
        ("%c", "Format has the unknown directive '%c'"),
        ("%Q", "Format has the unknown directive '%Q'"),
        pytest.param("%d" * 501, "Format has more than 1,000 characters", id="many"),
        pytest.param("x" * 10_000_000, "Format has more than 1,000 characters", id="huge"),
        ("\ud800\x00", "Format .* is neither one of"),
    ],
)
def test_format_date_refuses_what_is_no_format(form, message):
    with pytest.raises(ValueError, match=message) as refused:
        call("FormatDate", NOON, form)
    assert len(str(refused.value)) < 500


def test_an_offset_with_seconds_is_written_in_utc_where_the_format_has_no_place_for_it():
    moment = "1892-07-01T00:53:28+00:53:28"
    assert call("FormatDate", moment, "ISO") == moment
    assert call("FormatDate", moment, "RFC 3339") == "1892-07-01T00:00:00Z"
    assert call("FormatDate", moment, "RFC 2822") == "Fri, 01 Jul 1892 00:00:00 +0000"
    assert call("FormatDate", moment, "%z %:z") == "+005328 +00:53:28"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        # ISO 8601 (the whole table is in test_iso8601.py)
        ("2026-07-01", "2026-07-01T00:00:00Z"),
        ("2026-07-01T09:30:00+02:00", "2026-07-01T09:30:00+02:00"),
        ("2026-W27-3", "2026-07-01T00:00:00Z"),
        ("20260701", "2026-07-01T00:00:00Z"),
        # RFC 2822 and 5322, the examples of its appendix A among them
        ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        ("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-13T23:32:54-03:30"),
        ("Wed, 1 Jul 2026 09:30:00 +0200 (CEST)", "2026-07-01T09:30:00+02:00"),
        ("1 Jul 2026 09:30 +0000", "2026-07-01T09:30:00Z"),
        ("01 Jul 2026 09:30:00 -0000", "2026-07-01T09:30:00Z"),
        ("wed, 01 jul 2026 09:30:00 gmt", "2026-07-01T09:30:00Z"),
        ("Wed, 01 Jul 2026 09:30:00 EST", "2026-07-01T09:30:00-05:00"),
        ("Wed, 01 Jul 2026 09:30:00 PDT", "2026-07-01T09:30:00-07:00"),
        # RFC 9110, section 5.6.7
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
        # Unix time
        ("1782898200", "2026-07-01T09:30:00Z"),
        ("1782898200.25", "2026-07-01T09:30:00.250000Z"),
        ("1782898200250", "2026-07-01T09:30:00.250000Z"),
        ("  2026-07-01\t", "2026-07-01T00:00:00Z"),
    ],
)
def test_parse_date_reads_without_a_format_what_means_one_moment(text, result):
    assert call("ParseDate", text) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "null",
        "tomorrow",
        "01/07/2026",
        "1.7.2026",
        "01-07-2026",
        "2026/07/01",
        "July 1, 2026",
        "Jul 1 2026 09:30",
        "1 Jul 26 09:30:00 +0000",
        "1 Jul 2026",
        "Wed, 32 Jul 2026 09:30:00 +0000",
        "Wed, 1 Jul 2026 25:30:00 +0000",
        "Wed, 1 Jul 2026 09:30:00 +9999",
        "Wed, 1 Jul 2026 09:30:00 +0200 (" + "(" * 60,
        "Thu, 01 Jan 0099 09:30:00 GMT",
        "Thu Jan  1 09:30:00 0099",
        "09:30",
        "2026",
        "0",
        "178289820",
        "20260701093000",
        "178289820025012",
        "1782898200.",
        "17828982,00",
        "-1782898200x",
        "１７８２８９８２００",
        "2026-07-01T09:30:00[Europe/Berlin]",
        "2026-07-01\x00",
        "\ud800",
        "😀",
        pytest.param("9" * 10_000_000, id="digits"),
        pytest.param("1 Jul 2026 " * 100_000, id="dates"),
    ],
)
def test_parse_date_guesses_nothing(text):
    with pytest.raises(ValueError, match=r"^Text .* is not a date that can be read without a Format") as refused:
        call("ParseDate", text)
    assert len(str(refused.value)) < 200


def test_parse_date_says_why_a_date_of_a_known_form_is_none():
    with pytest.raises(ValueError, match=r"Text '2026-02-29' is not a date .*: day"):
        call("ParseDate", "2026-02-29")
    with pytest.raises(ValueError, match=r"Text '31\.02\.2026' is not in the Format '%d\.%m\.%Y': day"):
        call("ParseDate", "31.02.2026", "%d.%m.%Y")


@pytest.mark.parametrize(
    ("text", "form", "result"),
    [
        ("01.07.2026", "%d.%m.%Y", "2026-07-01T00:00:00Z"),
        ("1.7.2026", "%d.%m.%Y", "2026-07-01T00:00:00Z"),
        ("1.7.2026", "%-d.%-m.%Y", "2026-07-01T00:00:00Z"),
        ("07/01/26", "%D", "2026-07-01T00:00:00Z"),
        ("31/12/68", "%d/%m/%y", "2068-12-31T00:00:00Z"),
        ("31/12/69", "%d/%m/%y", "1969-12-31T00:00:00Z"),
        ("2026", "%Y", "2026-01-01T00:00:00Z"),
        ("July 1, 2026 9:30 pm", "%B %d, %Y %I:%M %p", "2026-07-01T21:30:00Z"),
        ("1 SEP 2026", "%d %b %Y", "2026-09-01T00:00:00Z"),
        ("Wednesday,  1   July\n2026", "%A, %d %B %Y", "2026-07-01T00:00:00Z"),
        ("20260701093015", "%Y%m%d%H%M%S", "2026-07-01T09:30:15Z"),
        ("2026-07-01 09:30:15.123456789 +0530", "%F %T.%f %z", "2026-07-01T09:30:15.123456+05:30"),
        ("2026-07-01 09:30:15.5", "%F %T.%f", "2026-07-01T09:30:15.500000Z"),
        ("2026-07-01 09:30:15.123", "%F %T.%L", "2026-07-01T09:30:15.123000Z"),
        ("2026-07-01 09:30 -08:00", "%F %R %:z", "2026-07-01T09:30:00-08:00"),
        ("2026-07-01 09:30 Z", "%F %R %z", "2026-07-01T09:30:00Z"),
        ("2026-07-01 09:30 GMT", "%F %R %Z", "2026-07-01T09:30:00Z"),
        ("2026-W27-3", "%G-W%V-%u", "2026-07-01T00:00:00Z"),
        ("2024 366", "%Y %j", "2024-12-31T00:00:00Z"),
        ("100% 2026", "100%% %Y", "2026-01-01T00:00:00Z"),
        ("(2026)[07]+01", "(%Y)[%m]+%d", "2026-07-01T00:00:00Z"),
        ("01.07.2026", "%Y-%m-%d | %d.%m.%Y", "2026-07-01T00:00:00Z"),
        ("2026-07-01", "%d.%m.%Y | ISO", "2026-07-01T00:00:00Z"),
        ("2026-07-01 09:30:15", "Date Time", "2026-07-01T09:30:15Z"),
        ("Wednesday, 1 July 2026, 09:05", "long", "2026-07-01T09:05:00Z"),
        ("0", "Unix", "1970-01-01T00:00:00Z"),
        ("-1", "Unix", "1969-12-31T23:59:59Z"),
        ("-0.5", "Unix", "1969-12-31T23:59:59.500000Z"),
        ("1500", "Unix Milliseconds", "1970-01-01T00:00:01.500000Z"),
        ("1500.25", "Unix Milliseconds", "1970-01-01T00:00:01.500250Z"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "HTTP", "1994-11-06T08:49:37Z"),
        ("1985-04-12T23:20:50.52Z", "RFC 3339", "1985-04-12T23:20:50.520000Z"),
        ("Tue, 1 Jul 2003 10:52:37 +0200", "rfc2822", "2003-07-01T10:52:37+02:00"),
    ],
)
def test_parse_date_reads_by_a_format(text, form, result):
    assert call("ParseDate", text, form) == result


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "%Y"),
        ("2026-07-01", "%d.%m.%Y"),
        ("2026-07-01 extra", "%Y-%m-%d"),
        ("x2026-07-01", "%Y-%m-%d"),
        ("2026-13-01", "%Y-%m-%d"),
        ("2026-366", "%Y-%j"),
        ("0000-01-01", "%Y-%m-%d"),
        ("2026-07-01 24:00", "%F %R"),
        ("2026-07-01 13:00 PM", "%F %I:%M %p"),
        ("2026-07-01 00:00 PM", "%F %I:%M %p"),
        ("2026-07-01 09:30:60", "%F %T"),
        ("2026-07-01 09:30 +24:00", "%F %R %z"),
        ("2026-07-01 09:30 CEST", "%F %R %Z"),
        ("2026-W54-1", "%G-W%V-%u"),
        ("1. juillet 2026", "%d. %B %Y"),
        ("٢٠٢٦", "%Y"),
        ("tomorrow", "ISO"),
        ("99999999999999", "Unix"),
        ("1e9", "Unix"),
        ("2026-07-01", "%d.%m.%Y | %m/%d/%Y"),
        pytest.param("1" * 10_000_000, "%Y", id="digits"),
    ],
)
def test_parse_date_refuses_a_text_in_another_format(text, form):
    with pytest.raises(ValueError, match=r"^Text .* is not in the Format '") as refused:
        call("ParseDate", text, form)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("%m-%d", "Format has no year, such as %Y"),
        ("Time", "Format has no year, such as %Y"),
        ("%H:%M", "Format has no year, such as %Y"),
        ("%Y-%m-%m", "Format has '%m' twice"),
        ("%F %Y", "Format has '%Y' twice"),
        ("%Y %b %m", "Format has both %m and %b"),
        ("%Y %j %d", "Format has both %j and %d"),
        ("%G-%V", "Format has %G without both %V and %u"),
        ("%F %I:%M", "Format needs %I and %p together"),
        ("%F %H:%M %p", "Format needs %I and %p together"),
        ("%Y %s", "Format has '%s', which can be written but not read"),
        ("%Y %U", "Format has '%U', which can be written but not read"),
        ("%Y %q", "Format has the unknown directive '%q'"),
        ("dd.MM.yyyy", "Format 'dd.MM.yyyy' is neither one of ISO"),
        pytest.param("%Y" * 501, "Format has more than 1,000 characters", id="many"),
    ],
)
def test_parse_date_refuses_a_format_that_tells_no_date(form, message):
    with pytest.raises(ValueError, match=message):
        call("ParseDate", "2026-07-01", form)


@pytest.mark.parametrize("form", ["%y%m%d%H%M%S%f!", "%Y%j%H%M%S%f%u!", "%G%V%u%H%M%S%f!" + " " * 900])
def test_parse_date_ends_soon_on_a_text_that_fits_its_format_almost(form):
    for length in range(10, 40):
        with pytest.raises(ValueError, match="is not in the Format"):
            call("ParseDate", "1" * length, form)


def test_parse_date_refuses_a_moment_outside_of_the_calendar():
    with pytest.raises(ValueError, match="Text leads outside of the years 1 to 9999"):
        call("ParseDate", "0001-01-01 00:00 +0100", "%F %R %z")
    with pytest.raises(ValueError, match="Text leads outside of the years 1 to 9999"):
        call("ParseDate", "0001-01-01", "", "+01:00")


@given(MOMENTS, st.integers(min_value=-1439, max_value=1439))
def test_a_date_that_was_formatted_is_parsed_as_the_same_moment(moment, offset_minutes):
    place = timezone(timedelta(minutes=offset_minutes))
    text = iso(moment.astimezone(place))
    forms = ("ISO", "RFC 3339", "%Y-%m-%d %H:%M:%S.%f%z", "%A, %e %B %Y %I:%M:%S.%f %p %:z", "%G-W%V-%u %T.%f %z")
    for form in forms:
        assert call("ParseDate", call("FormatDate", text, form), form) == text
    whole = iso(moment.astimezone(place).replace(microsecond=0))
    for form in ("Unix", "%Y %j %T %z", *(("RFC 2822", "HTTP") if moment.year > 100 else ())):
        read = call("ParseDate", call("FormatDate", whole, form), form)
        assert not call("IsBefore", read, whole)
        assert not call("IsAfter", read, whole)


@given(st.text(max_size=50), st.text(alphabet="%YmdHMSzpIjGVu-:| ", max_size=20))
def test_any_text_in_any_format_is_read_or_refused_by_the_name_of_a_pin(text, form):
    try:
        call("ParseDate", text, form)
    except ValueError as error:
        assert str(error).startswith(("Text ", "Format "))
