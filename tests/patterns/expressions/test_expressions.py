"""What expressions read, what they come to, and how they fail."""

import pytest

from patterns.expressions import BadExpression, Undefined, expression, formula, is_key_path, parse

BODY = {
    "name": "Ada",
    "items": [{"n": 1, "price": 2.5}, {"n": 2, "price": 1}],
    "keys": 3,
    "none": None,
    "tags": ["b", "a", "b"],
    "flag": True,
    'odd "key"': "found",
    "": "empty",
    "😀": "smile",
}
NAMES = {"trigger": {"body": BODY}, "vars": {"total": 21, "list": [3, 1, 2]}, "item": {"price": 12}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no expression", "no expression"),
        ("{{ trigger.body.name }}", "Ada"),
        ("Hello {{ trigger.body.name | upper }}!", "Hello ADA!"),
        ("{{ vars.total }}", 21),
        ("{{vars.total}}", 21),
        (" {{ vars.total }}", " 21"),
        ("{{ vars.total }}{{ vars.total }}", "2121"),
        ("{{ trigger.body.items }}", BODY["items"]),
        ("Items: {{ trigger.body.items }}", 'Items: [{"n":1,"price":2.5},{"n":2,"price":1}]'),
        ("{{ trigger.body.none }}", None),
        ("a{{ trigger.body.none }}b", "ab"),
        ("{{ trigger.body.flag }}!", "true!"),
        ("{{ trigger.body.keys }}", 3),  # a key, though Python's objects have a method of that name
        ("{{ trigger.body['odd \"key\"'] }}", "found"),
        ("{{ trigger.body.items[1].n }}", 2),
        ("{{ vars.list[0] + vars.list[-1] }}", 5),
        ("{{ vars.list[1:] }}", [1, 2]),
        ("{{ vars.total * 2 }}", 42),
        ("{{ -vars.total * -2 }}", 42),
        ("{{ 2 * (1 + 2) * vars.list | length }}", 18),
        ("{{ 2 ** 3 * 2 }}", 16),
        ("{{ 7 // 2 }}", 3),
        ("{{ 7 / 2 }}", 3.5),
        ("{{ 7 % 4 }}", 3),
        ("{{ item.price > 10 }}", True),
        ("{{ item.price > 10 and 'yes' or 'no' }}", "yes"),
        ("{{ 'dear' if item.price > 10 else 'cheap' }}", "dear"),
        ("{{ not item.price }}", False),
        ("{{ trigger.body.name ~ ' ' ~ vars.total }}", "Ada 21"),
        ("{{ {'a': {'b': vars.total}} }}", {"a": {"b": 21}}),
        ("{{ [vars.list, 1] }}", [[3, 1, 2], 1]),
        ("{{ vars.list == [3, 1, 2] }}", True),
        ("{{ vars.missing is defined }}", False),
        ("{{ vars.missing | default('none') }}", "none"),
        ("{{ trigger.body.none is none }}", True),
        ("{{ trigger.body.none == null }}", True),
        ("{{ 3 in vars.list }}", True),
        ("{{ 'name' in trigger.body }}", True),
        ('{{ "}}" }}', "}}"),
        ('{{ "{{" }}', "{{"),
        ("{{ 'it\\'s' }}", "it's"),
        ("{{ range(3) }}", [0, 1, 2]),
        ('{{{"a": {"b": 1}}}}', {"a": {"b": 1}}),
        ('{{ {"a": 1}}}', {"a": 1}),
        ("{{ 1 }}}", "1}"),
        ("{{ trigger.body['\\ud83d\\ude00'] }}", "smile"),
        ("{{ 2 * (3 if true else 4) ~ '' }}", "6"),
        ("a { b } c", "a { b } c"),
    ],
)
def test_expression_in_a_text_comes_to(text, value):
    found = parse(text).fill(NAMES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'Ä' | lower", "ä"),
        ("'hello world' | title", "Hello World"),
        ("'hELLO' | capitalize", "Hello"),
        ("' a ' | trim", "a"),
        ("'xax' | trim('x')", "a"),
        ("'a-b' | replace('-', '+')", "a+b"),
        ("'abc' | replace('', '+')", "abc"),
        ("'abcdef' | truncate(4)", "abc…"),
        ("'a,b' | split(',')", ["a", "b"]),
        ("'a b' | split", ["a", "b"]),
        ("'a\\nb' | lines", ["a", "b"]),
        ("'a b&c' | urlencode", "a%20b%26c"),
        ("'<b>' | escape", "&lt;b&gt;"),
        ("{'a': [1]} | tojson", '{"a":[1]}'),
        ("'[1, 2]' | fromjson", [1, 2]),
        ("[3, 1, 2] | sort", [1, 2, 3]),
        ("['b', '', 'a'] | sort", ["", "a", "b"]),
        ("['b', none, 'a', none] | sort", ["a", "b", None, None]),
        ("['b', 'a'] | sort(reverse=true)", ["b", "a"]),
        ("trigger.body.items | sort('price') | map('n')", [2, 1]),
        ("trigger.body.items | map(attribute='n')", [1, 2]),
        ("trigger.body.items | sum('price')", 3.5),
        ("trigger.body.items | sum(attribute='n')", 3),
        ("trigger.body.items | min('price')", 1),
        ("trigger.body.items | max('price')", 2.5),
        ("[] | max", None),
        ("trigger.body.tags | unique", ["b", "a"]),
        ("trigger.body.tags | join('/')", "b/a/b"),
        ("trigger.body.tags | length", 3),
        ("trigger.body.tags | count", 3),
        ("trigger.body.tags | first", "b"),
        ("trigger.body.tags | last", "b"),
        ("[] | first", None),
        ("'abc' | reverse", "cba"),
        ("[1, 2] | reverse", [2, 1]),
        ("[[1], 2, [3, 4]] | flatten", [1, 2, 3, 4]),
        ("trigger.body.items | selectattr('price', '>', 2) | map('n')", [1]),
        ("trigger.body.items | rejectattr('n', 'eq', 1) | map('n')", [2]),
        ("{'b': 1, 'a': 2} | keys", ["b", "a"]),
        ("{'b': 1} | values", [1]),
        ("{'b': 1} | items", [["b", 1]]),
        ("2.345 | round(2)", 2.35),
        ("2.5 | round", 3),
        ("-2.5 | round", -3),
        ("'7' | int", 7),
        ("7.9 | int", 7),
        ("'7.5' | float", 7.5),
        ("-7 | abs", 7),
        ("'yes' | bool", True),
        ("12 | string", "12"),
        ("[1] | type", "Array"),
    ],
)
def test_filter_comes_to(source, value):
    assert expression(source).evaluate(NAMES) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ vars.total", "}}"),
        ("{{ }}", "empty"),
        ("{{ 1 + }}", "unexpected end"),
        ("{{ (1 }}", "“)” is missing"),
        ("{{ 1) }}", "closes nothing"),
        ("{{ {% if x %} }}", "statements"),
        ("{{ 1 $ 2 }}", "not understood"),
        ("{{ foo | batch(2) }}", "there is no filter “batch”"),
        ("{{ vars.list.append(1) }}", "there is no function “append”"),
        ("{{ open('x') }}", "there is no function “open”"),
        ("{{ range }}", "range(5)"),
        ("{{ 1 is prime }}", "there is no test “prime”"),
        ("{{ 'a" + "a" * 5_000 + "' }}", "4,000 characters"),
        ("{{ " + "-" * 1_100 + "1 }}", "1,000 words"),
        ("{{ 1" + " + 1" * 60 + " }}", "50 signs"),
    ],
)
def test_text_that_holds_no_expression_says_why(text, words):
    with pytest.raises(BadExpression) as raised:
        parse(text)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "source", ["vars.missing", "vars.missing.deeper", "vars.total.x", "trigger.body.none.x", "vars.list[9]"]
)
def test_what_is_not_there_is_an_error_that_names_it(source):
    with pytest.raises(Undefined, match="is not there"):
        expression(source).evaluate(NAMES)
    with pytest.raises(Undefined, match="is not there"):
        expression(f"{source} ~ ''").evaluate(NAMES)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("'a' * 3", "not a number"),
        ("3 * 'a'", "not a number"),
        ("3 * vars.list", "not a number"),
        ("1 / 0", "1 / 0"),
        ("1 + 'a'", "unsupported types"),
        ("[1, 'a'] | sort", "mixture"),
        ("'x' | int", "is not an Integer"),
        ("5 | join", "join takes an Array"),
        ("5 | length", "length takes"),
        ("vars.list | selectattr('a', 'like', 1)", "none of the tests"),
        ("'a' | replace('b')", "does not take"),
        ("range(1, 5, 0)", "step"),
        ("range('a')", "range takes whole numbers"),
        ("{[1]: 2}", "a key of an Object is a text"),
        ("{vars: 2}", "a key of an Object is a text"),
        ("[[1], []] | sort", "sort takes"),
        ("[vars, vars] | sort", "sort takes"),
        ("5 is divisibleby(0)", "not 0"),
    ],
)
def test_expression_that_cannot_be_evaluated_says_why(source, words):
    with pytest.raises(ValueError) as raised:
        expression(source).evaluate(NAMES)
    assert words in str(raised.value)
    assert len(str(raised.value)) < 300


def test_value_that_is_only_read_comes_as_it_is():
    odd = {"text": "\ud800\0", "number": 10**4_000, "bytes": b"\xff", "long": "x" * 2_000_000}
    for key, value in odd.items():
        assert expression(f"trigger.{key}").evaluate({"trigger": odd}) is value


@pytest.mark.parametrize(
    ("key", "words"), [("text", "half a character"), ("number", "38 digits"), ("long", "1,000,000")]
)
def test_value_that_the_language_would_mangle_is_refused_where_it_is_reckoned_with(key, words):
    odd = {"text": "\ud800\0", "number": 10**4_000, "long": "x" * 2_000_000}
    with pytest.raises(ValueError, match=words):
        expression(f"trigger.{key} ~ ''").evaluate({"trigger": odd})


def test_expression_changes_nothing_of_what_it_reads():
    names = {"vars": {"list": [3, 1, 2], "object": {"a": 1}}}
    for source in ("vars.list | sort", "vars.list | reverse", "vars.list + [4]", "vars.object | items"):
        expression(source).evaluate(names)
    assert names == {"vars": {"list": [3, 1, 2], "object": {"a": 1}}}


def test_result_shares_what_it_read_instead_of_copying_it():
    body = {"rows": [{"n": 1}]}
    assert expression("[trigger.rows]").evaluate({"trigger": body})[0] is body["rows"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("trigger.body.vars", {"trigger"}),
        ("item.price | round(vars.digits)", {"item", "vars"}),
        ("{'trigger': 1}", set()),
        ("a if b is defined else c", {"a", "b", "c"}),
        ("x | sort(reverse=y)", {"x", "y"}),
        ("true and none", set()),
        ("'nodes'", set()),
    ],
)
def test_names_are_those_with_which_it_begins_to_read(source, names):
    assert expression(source).names == names


@pytest.mark.parametrize(
    ("text", "is_path"),
    [
        ("name", True),
        ("customer.name", True),
        ("lines[0].price", True),
        ("lines[-1]", True),
        ("first name", True),
        ("item", False),
        ("item.price", False),
        ("items.price", True),
        ("index - 1", False),
        ("not item", False),
        ("item and item", False),
        ("index - vars.first", False),
        ("line-item", True),
        ("item name", True),
        ("order index", True),
        ("price * 2", False),
        ("{{ price }}", False),
        ("a == b", False),
        ("", False),
    ],
)
def test_path_is_told_from_an_expression(text, is_path):
    assert is_key_path(text, ("item", "index")) is is_path


def test_formula_may_stand_in_braces():
    assert formula("{{ item.price > 10 }}").evaluate(NAMES) is True
    assert formula(" item.price > 10 ").evaluate(NAMES) is True


@pytest.mark.parametrize(
    "source",
    [
        "trigger.body == {'a': 1}",
        "{'a': 1} != trigger.body",
        "x and [{'a': 1}] == vars.list",
        "vars.list == [{'a': 1}]",
    ],
)
def test_object_that_is_written_out_is_not_compared(source):
    with pytest.raises(BadExpression, match="cannot be compared"):
        expression(source)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{'a': vars.total == 21}", {"a": True}),
        ("{'a': 1}['a'] == 1", True),
        ("vars.list == [3, 1, 2]", True),
        ("trigger.body == trigger.body", True),
        ("[vars.total == 21]", [True]),
        ("vars.list[0] == 3", True),
        ("vars.total == 21 and {'a': 1}", {"a": 1}),
    ],
)
def test_other_comparisons_are_made(source, value):
    assert expression(source).evaluate(NAMES) == value
