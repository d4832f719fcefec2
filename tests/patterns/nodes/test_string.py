import time

import pytest

from patterns import registry
from tests.patterns.nodes.calling import call

HUGE = 10**400


@pytest.mark.parametrize(
    ("type_name", "inputs", "result"),
    [
        ("Concat", ("drag", "ops"), "dragops"),
        ("Concat", ("", ""), ""),
        ("StringLength", ("hello",), 5),
        ("StringLength", ("👍é",), 2),
        ("Split", ("a,b,c", ","), ["a", "b", "c"]),
        ("Split", ("a,,c,", ","), ["a", "", "c", ""]),
        ("Split", ("", ","), [""]),
        ("Split", ("añ👍", ""), ["a", "ñ", "👍"]),
        ("Join", (["a", "b", 3],), "a, b, 3"),
        ("Join", ([], "-"), ""),
        ("Join", ([None, True, 1.0, 2.5], "-"), "-true-1-2.5"),
        ("Replace", ("a-b-c", "-", "+"), "a+b+c"),
        ("Replace", ("aaa", "aa", "b"), "ba"),
        ("Replace", ("abc", "", "-"), "abc"),
        ("Replace", ("a.b", ".", "\\1"), "a\\1b"),
        ("Substring", ("dragops", 4, 3), "ops"),
        ("Substring", ("dragops", -3, 2), "op"),
        ("Substring", ("dragops", -30, 2), "dr"),
        ("Substring", ("dragops", 99, 2), ""),
        ("Substring", ("dragops", 4, HUGE), "ops"),
        ("UpperCase", ("Straße",), "STRASSE"),
        ("LowerCase", ("ÀB",), "àb"),
        ("TitleCase", ("don't  PANIC\nñandú",), "Don't  Panic\nÑandú"),
        ("Trim", ("  hi \n",), "hi"),
        ("Trim", ("--hi-", "-", "start"), "hi-"),
        ("Trim", ("--hi-", "-", "end"), "--hi"),
        ("Pad", ("7", 3, "0"), "007"),
        ("Pad", ("7", 4, "ab", "end"), "7aba"),
        ("Pad", ("7", 4, "-", "both"), "-7--"),
        ("Pad", ("long", 2), "long"),
        ("Pad", ("long", -HUGE, ""), "long"),
        ("Repeat", ("ab", 3), "ababab"),
        ("Repeat", ("ab", 0), ""),
        ("Repeat", ("", HUGE), ""),
        ("Reverse", ("abc",), "cba"),
        ("Contains", ("dragops", "ops"), True),
        ("Contains", ("dragops", ""), True),
        ("Contains", ("Straße", "STRASSE", True), True),
        ("StartsWith", ("refs/heads/main", "refs/"), True),
        ("StartsWith", ("refs", "REFS"), False),
        ("EndsWith", ("report.PDF", ".pdf", True), True),
        ("IndexOf", ("dragops", "ops"), 4),
        ("IndexOf", ("dragops", "x"), -1),
        ("Slugify", ("Crème brûlée, 2 pieces!",), "creme-brulee-2-pieces"),
        ("Slugify", ("Straße in Łódź",), "strasse-in-lodz"),
        ("Slugify", ("Привет мир",), ""),
        ("Slugify", ("Привет мир", True), "привет-мир"),
        ("Truncate", ("A long story", 7), "A long…"),
        ("Truncate", ("short", 7), "short"),
        ("Truncate", ("A long story", 2, "..."), ".."),
        ("Truncate", ("abc", 0), ""),
        ("Lines", ("a\r\nb\rc\n",), ["a", "b", "c"]),
        ("Lines", ("a\n\n b\u2028c", True), ["a", " b\u2028c"]),
        ("Lines", ("",), []),
    ],
)
def test_string_gives(type_name, inputs, result):
    assert call(type_name, *inputs) == result


@pytest.mark.parametrize(
    ("type_name", "inputs", "words"),
    [
        ("Concat", ("x" * 6_000_000, "y" * 6_000_000), "10,000,000 characters"),
        ("Split", ("," * 2_000_000, ","), "1,000,000 items"),
        ("Split", ("x" * 2_000_000, ""), "1,000,000 items"),
        ("Join", (["a", {"b": 1}],), "item 1:"),
        ("Join", (["x" * 1000] * 20_000,), "10,000,000 characters"),
        ("Join", ([""] * 100_000, "x" * 1000), "10,000,000 characters"),
        ("Replace", ("x" * 1_000_000, "x", "y" * 1000), "10,000,000 characters"),
        ("Substring", ("abc", 0, -1), "Length is negative"),
        ("Trim", ("abc", "", "left"), "not start, end or both"),
        ("Pad", ("7", HUGE, "0"), "10,000,000 characters"),
        ("Pad", ("7", 3, ""), "Fill is empty"),
        ("Pad", ("7", 3, "0", "middle"), "not start, end or both"),
        ("Repeat", ("ab", -1), "Times is negative"),
        ("Repeat", ("ab", HUGE), "10,000,000 characters"),
        ("Truncate", ("abc", -1), "Length is negative"),
        ("Lines", ("\n" * 2_000_000,), "1,000,000 items"),
    ],
)
def test_string_fails_clearly(type_name, inputs, words):
    with pytest.raises(ValueError, match=words):
        call(type_name, *inputs)


def formatted(template, *numbered, values=None):
    """Format, with the pins that its template gives it."""
    node_type = registry.get("Format")
    pins = node_type.pins({"template": template}, {}).inputs
    names = tuple(pin.name for pin in pins[2:])
    return node_type.function(template, values or {}, *numbered, names=names)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{0} and {1}", ["0", "1"]),
        ("{1} {0} {1}", ["0", "1"]),
        ("{ 2 } {10}", ["2", "10"]),
        ("{name} {{0}}", []),
        ("", []),
        (None, []),
        ("Dear {{ trigger.body.name }}, {0}", ["0"]),
    ],
)
def test_format_has_one_pin_for_each_number_in_its_template(template, names):
    pins = registry.get("Format").pins({"template": template}, {}).inputs
    assert [pin.name for pin in pins] == ["template", "values", *names]
    assert [pin.label for pin in pins[2:]] == names


@pytest.mark.parametrize(
    ("template", "numbered", "values", "result"),
    [
        ("{0} is {age}", ("Ada",), {"age": 36}, "Ada is 36"),
        ("{1}{0}{1}", ("a", "b"), {}, "bab"),
        ("{{0}} {0}", ("x",), {}, "{0} x"),
        ("{0}{{", ("x",), {}, "x{"),
        ("{user.tags[0]}", (), {"user": {"tags": ["x"]}}, "x"),
        ("{a.b}", (), {"a.b": "dotted"}, "dotted"),
        ("{0} {1} {2}", (None, True, 1.0), {}, " true 1"),
        ("{0}", ({"a": [1]},), {}, '{"a":[1]}'),
        ("{0}", ("{1} {name}",), {}, "{1} {name}"),
        ("ünï {0} 👍", ("é",), {}, "ünï é 👍"),
        ("{null}", (), {"null": None}, ""),
    ],
)
def test_format_fills_its_template(template, numbered, values, result):
    assert formatted(template, *numbered, values=values) == result


@pytest.mark.parametrize(
    "template", ["{0.__class__}", "{0[0]}", "{values.__class__}", "{name!r}", "{name:>10}", "{__init__.__globals__}"]
)
def test_format_reaches_no_attribute(template):
    with pytest.raises(ValueError, match=r"has no value|is not a path"):
        formatted(template, values={"name": "Ada"})


@pytest.mark.parametrize("template", ["{", "}", "{0", "0}", "{{0}", "{}", "{ }", "{0}}", "{a{0}}"])
def test_format_names_a_broken_template(template):
    with pytest.raises(ValueError, match=r"lone|empty placeholder"):
        registry.get("Format").pins({"template": template}, {})


def test_format_refuses_too_many_placeholders_and_too_long_results():
    with pytest.raises(ValueError, match="the limit is 100"):
        registry.get("Format").pins({"template": "".join(f"{{{n}}}" for n in range(101))}, {})
    with pytest.raises(ValueError, match="10,000,000 characters"):
        formatted("{0}" * 11, "x" * 1_000_000)


def test_format_names_a_number_without_a_pin():
    with pytest.raises(ValueError, match=r"\{1\}.*has no value"):
        registry.get("Format").function("{0} {1}", {}, "a", names=("0",))


def test_format_reads_a_hostile_template_in_linear_time():
    start = time.process_time()
    assert formatted("{{" * 1_000_000) == "{" * 1_000_000
    with pytest.raises(ValueError, match="lone"):
        formatted("{" + "a" * 1_000_000)
    assert time.process_time() - start < 5
