"""Nodes that evaluate an expression for each item, or over a value."""

import pytest

from patterns.compiler import check
from patterns.context import Environment
from tests.graphs import graph, node
from tests.patterns.nodes.calling import Run, call

PEOPLE = [{"name": "Ada", "born": 1815}, {"name": "Grace", "born": 1906}]


@pytest.mark.parametrize(
    ("array", "by", "result"),
    [
        (PEOPLE, "name", ["Ada", "Grace"]),
        (PEOPLE, "absent", [None, None]),
        (PEOPLE, "item.born // 100 + 1", [19, 20]),
        (PEOPLE, "{{ item.name | upper }}", ["ADA", "GRACE"]),
        (PEOPLE, "item", PEOPLE),
        (PEOPLE, "{'n': item.name, 'i': index}", [{"n": "Ada", "i": 0}, {"n": "Grace", "i": 1}]),
        ([3, 4], "item * item", [9, 16]),
        ([3, 4], "item / (array | sum)", [3 / 7, 4 / 7]),
        ([], "item", []),
    ],
)
def test_map(array, by, result):
    assert call("Map", array, by) == result


@pytest.mark.parametrize(
    ("array", "where", "result"),
    [
        ([1, 5, 9], "item > 4", [5, 9]),
        (PEOPLE, "item.name == 'Ada'", PEOPLE[:1]),
        (PEOPLE, "index == 1", PEOPLE[1:]),
        ([0, "", None, [], "x"], "item", ["x"]),
        (PEOPLE, "item.dead | default(false)", []),
    ],
)
def test_filter(array, where, result):
    assert call("Filter", array, where) == result


def test_find_gives_the_first_match_and_its_place():
    assert call("Find", PEOPLE, "item.born > 1800") == (PEOPLE[0], 0, True)
    assert call("Find", PEOPLE, "item.born > 2000") == (None, -1, False)


@pytest.mark.parametrize(
    ("array", "expression", "initial", "result"),
    [
        ([1, 2, 3], "total + item", 0, 6),
        (["a", "b"], "total ~ item ~ index", "", "a0b1"),
        ([], "total + item", 7, 7),
        ([3, 9, 4], "item if total is none or item > total else total", None, 9),
    ],
)
def test_reduce(array, expression, initial, result):
    assert call("Reduce", array, expression, initial) == result


def test_transform_makes_anything_of_its_input():
    assert call("Transform", {"a": 1}, "{'b': input.a + 1}") == {"b": 2}
    assert call("Transform", [1, 2], "input | sum") == 3


@pytest.mark.parametrize(
    ("text", "data", "result"),
    [
        ("Dear {{ name }}", {"name": "Ada"}, "Dear Ada"),
        ("{{ n }}", {"n": 1}, "1"),
        ("{{ data['odd key'] }}", {"odd key": "x"}, "x"),
        ("{{ items }}", {"items": [1]}, "[1]"),
        ("no braces", {}, "no braces"),
        ("", {}, ""),
        ("{{ data.name }}{{ trigger.id }}", {"name": "a"}, "a7"),
    ],
)
def test_template(text, data, result):
    run = Run()
    run.trigger = {"id": 7}
    assert call("Template", text, data, run=run) == result


def test_expressions_read_variables_trigger_and_environment():
    run = Run(limit=("Integer", 4))
    run.trigger = {"min": 1}
    run.environment = Environment("production", {"NAME": "x"})
    assert call("Filter", [1, 2, 5], "item > trigger.min and item < vars.limit", run=run) == [2]
    assert call("Map", [1], "env.NAME ~ item", run=run) == ["x1"]


@pytest.mark.parametrize(
    ("node_type", "inputs", "words"),
    [
        ("Map", [[1], "item +"], "By: unexpected end"),
        ("Map", [[1, "a"], "item + 1"], "By, item 1: "),
        ("Filter", [[{}], "item.x > 1"], "Where, item 0: something in item.x > 1 is not there"),
        ("Find", [[1], "item | nope"], "Where: there is no filter “nope”"),
        ("Reduce", [[1], "total + 'a'"], "Expression, item 0: "),
        ("Transform", [1, "input.x.y"], "Expression: input.x.y is not there"),
        ("Template", ["{{ name }}"], "Text: name is not there"),
        ("Template", ["{{ name"], "Text: "),
    ],
)
def test_error_names_the_pin_and_the_item(node_type, inputs, words):
    with pytest.raises(ValueError) as raised:
        call(node_type, *inputs)
    assert words in str(raised.value)


def test_formula_is_checked_with_the_graph():
    pieces = [
        "s: OnStart",
        node("pick", "Filter", array=[1], where="item >"),
        "log: Log",
        "s > log, pick.result > log.message",
    ]
    (problem,) = check(graph(*pieces))
    assert (problem.code, problem.node_id, problem.pin) == ("BAD_EXPRESSION", "pick", "where")
    pieces[1] = node("pick", "Filter", array=[1], where="itme > 1")
    assert (
        "“itme” is not known here; it reads array, env, index, item, trigger, vars" in check(graph(*pieces))[0].message
    )
    pieces[1] = node("pick", "Map", array=[1], by="customer.name")
    assert check(graph(*pieces)) == []


def test_work_for_all_items_together_has_a_limit():
    with pytest.raises(ValueError, match="reads too much"):
        call("Map", list(range(200_000)), "array | sum")
