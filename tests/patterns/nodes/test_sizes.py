"""Values that hold the same part many times: a kilobyte in memory, terabytes once written out or compared."""

import pytest

from dragops_site.jsontext import MAX_WRITTEN, is_larger
from patterns.nodes.array import unique
from patterns.nodes.formats import json_stringify, to_csv
from patterns.nodes.messages import content
from patterns.nodes.object import merge_objects
from patterns.nodes.templates import as_text
from patterns.values import equal


def doubled(times=40):
    value = [1]
    for _ in range(times):
        value = [value, value]
    return value


def nested(times=40):
    value = {"a": 1}
    for _ in range(times):
        value = {"a": value, "b": value}
    return value


@pytest.mark.parametrize(
    "use",
    [
        json_stringify,
        as_text,
        content,
        lambda value: json_stringify(value, 2),
        lambda value: to_csv([[value]]),
        lambda value: unique([value, value]),
        lambda value: equal(value, doubled()),
        lambda _: merge_objects(nested(), nested(), deep=True),
    ],
)
def test_value_that_doubles_forty_times_is_refused_at_once(use):
    with pytest.raises(ValueError, match="too large"):
        use(doubled())


def test_list_that_holds_one_long_text_many_times_is_refused():
    with pytest.raises(ValueError, match="too large"):
        json_stringify(["x" * 1_000_000] * 1_000)


@pytest.mark.parametrize(
    ("value", "length"),
    [("abc", 5), (["a", 1], 7), ({"k": None}, 10), ({"k": [1, {"x": ""}]}, 16), ([], 2), (12, 2)],
)
def test_size_is_never_estimated_above_the_length_of_the_text(value, length):
    assert not is_larger(value, length)


def test_value_just_under_the_limit_is_written():
    assert not is_larger("x" * MAX_WRITTEN, MAX_WRITTEN)
    assert is_larger("x" * (MAX_WRITTEN + 1), MAX_WRITTEN)
