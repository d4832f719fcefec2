"""Expressions that are meant to break out, hang, or take the memory: each ends in an error, at once."""

import subprocess
import sys
from time import monotonic

import pytest

from patterns.expressions import BadExpression, expression, parse
from tests.patterns.nodes.calling import call

BOUND_S = 30
TEXT, ITEMS = "x" * 900_000, list(range(900_000))
DEEP: list = []
for _ in range(3_000):
    DEEP = [DEEP]
ROWS = [{"n": n, "items": ITEMS} for n in range(100_000)]
BODY = {"text": TEXT, "items": ITEMS, "same": list(ITEMS), "rows": ROWS, "deep": DEEP, "deep2": [*DEEP]}
NAMES = {"trigger": {"body": BODY}, "vars": {}}

ESCAPES = [
    "''.__class__.__mro__[1].__subclasses__()",
    "trigger.__class__",
    "trigger.body.__init__.__globals__",
    "trigger.body.items.__class__.__base__",
    "trigger._View__raw",
    "trigger.raw",
    "trigger.budget",
    "trigger.body.items.raw",
    "trigger.body.items.append(1)",
    "trigger.body.items.__setitem__(0, 1)",
    "trigger.body.update({'a': 1})",
    "trigger['__class__']",
    "trigger.body|attr('__class__')",
    "'{0.__class__}'.format(trigger)",
    "'{0.__class__}' | format(trigger)",
    "'%s' % trigger",
    "namespace(a=1)",
    "cycler(1)",
    "lipsum.__globals__",
    "self.__init__",
    "config",
    "request",
    "debug()",
    "include('x')",
    "import os",
    "loop.index",
    "super()",
    "caller()",
    "__import__('os')",
    "dict(a=1)",
    "(range).__class__",
    "[].__class__",
    "{}.__class__",
    "range.__call__.__globals__",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_expression_reaches_nothing_but_the_values_it_is_given(source):
    with pytest.raises(ValueError):
        expression(source).evaluate(NAMES)


BOMBS = [
    "'a' * 1000000000",
    "1000000000 * 'a'",
    "[1] * 1000000000",
    "(trigger.body.items) * 1000",
    " + ".join(["trigger.body.items"] * 6),
    " ~ ".join(["trigger.body.text"] * 40),
    "trigger.body.text | replace('x', trigger.body.text)",
    "trigger.body.items | join(trigger.body.text)",
    "range(1000000000)",
    "range(0, 1000000000000000000, 1)",
    "10 ** 10 ** 10 ** 10",
    "2 ** 1000000",
    "9 ** 9 ** 9 ** 9",
    "'a' | truncate(10000000) | split('') | join(trigger.body.text)",
    "trigger.body.items" + " | map('x')" * 100,
    "trigger.body.items" + " | sort" * 100,
    "trigger.body.items" + " | reverse" * 100,
    "[" * 300 + "]" * 300,
    "(" * 1_000 + "1" + ")" * 1_000,
    "-" * 990 + "1",
    "not " * 900 + "1",
    "1" + " | abs" * 500,
    "1" + " if 1 else 1" * 300,
    "a" + ".b" * 1_900,
    "a" + "[0]" * 1_300,
    "1" + " and 1" * 600,
    "1" + " == 1" * 600,
    "{'a': " * 300 + "1" + "}" * 300,
    "trigger.body.rows | selectattr('n', 'in', trigger.body.items)",
    "trigger.body.rows | selectattr('items', 'contains', -1)",
    "trigger.body.rows | selectattr('items', '==', trigger.body.same)",
    "trigger.body.items | map(trigger.body.text)",
    "trigger.body.rows | sort(by=trigger.body.text)",
    "trigger.body.rows | unique('items')",
    "trigger.body.rows | map('items') | join",
    " and ".join(["trigger.body.items == trigger.body.same"] * 60),
    " and ".join(["trigger.body.items <= trigger.body.same"] * 60),
    "trigger.body.deep == trigger.body.deep2",
    "trigger.body.deep < trigger.body.deep2",
    "[trigger.body.deep, trigger.body.deep2] | sort",
    "{trigger.body.deep: 1}",
    "5 is divisibleby(0)",
]


def test_long_expression_for_many_items_ends_within_its_limits():
    began = monotonic()
    with pytest.raises(ValueError, match="reads too much"):
        call("Map", [1] * 900_000, "item" + " and item" * 400)
    assert monotonic() - began < BOUND_S


def test_text_that_an_expression_joins_past_the_limit_is_refused():
    with pytest.raises(ValueError, match="10,000,000"):
        expression(" ~ ".join(["trigger.body.text"] * 20)).evaluate(NAMES)


@pytest.mark.parametrize("source", ["100000000 * 3 is odd | string", "2 * 3 is not divisibleby 2 | string | length"])
def test_test_behind_a_factor_lets_no_text_be_repeated(source):
    with pytest.raises(BadExpression, match="brackets"):
        expression(source)


@pytest.mark.parametrize("source", ["trigger.body.items <= trigger.body.same", "trigger.body.deep ~ ''"])
def test_error_within_a_comparison_or_a_text_is_not_passed_over(source):
    with pytest.raises(ValueError, match=r"reads too much|nested too deeply"):
        expression(" and ".join([f"({source})"] * 3)).evaluate(NAMES)


@pytest.mark.parametrize("source", BOMBS)
def test_expression_ends_within_its_limits(source):
    began = monotonic()
    try:
        expression(source).evaluate(NAMES)
    except ValueError as error:
        assert len(str(error)) < 2_000
    assert monotonic() - began < BOUND_S


def test_bomb_makes_no_process_die_whatever_its_stack():
    """Native code that runs out of stack or memory would end the process: so all bombs are tried in one of its own."""
    program = "\n".join(
        [
            "import threading",
            "from patterns.expressions import expression",
            "from tests.hostile.test_expressions import BOMBS, ESCAPES, NAMES",
            "def work():",
            "    for source in BOMBS + ESCAPES:",
            "        try: expression(source).evaluate(NAMES)",
            "        except ValueError: pass",
            "    print('alive')",
            "threading.stack_size(1 << 21)",
            "thread = threading.Thread(target=work); thread.start(); thread.join()",
        ]
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "alive"), ended.stderr[-2_000:]


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 10_000,
        "{{ '" + "a" * 100_000,
        "{{ " + "(" * 100_000,
        "{{1}}" * 2_000,
        "{{ \0 }}",
        "{{ \ud800 }}",
        "{{ " + "}" * 100_000,
    ],
)
def test_text_that_looks_like_expressions_is_refused_at_once(text):
    began = monotonic()
    with pytest.raises(BadExpression):
        parse(text)
    assert monotonic() - began < BOUND_S


def test_long_text_with_few_expressions_is_filled():
    text = "x" * 5_000_000 + "{{ 1 }}" + "y" * 1_000_000
    assert len(parse(text).fill({})) == 6_000_001


def test_text_that_grows_past_the_limit_is_refused():
    with pytest.raises(ValueError, match="10,000,000"):
        parse("{{ trigger.body.text }}" * 20).fill(NAMES)
