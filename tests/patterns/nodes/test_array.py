import copy
import time

import pytest

from tests.patterns.nodes.calling import call

HUGE = 10**400
ORDERS = [{"t": "a", "n": 2}, {"t": "b", "n": 1}, {"t": "a", "n": 3}]


@pytest.mark.parametrize(
    ("type_name", "inputs", "result"),
    [
        ("Length", ([1, 2],), 2),
        ("GetItem", (["a", "b", "c"], -1), "c"),
        ("GetItem", (["a", None], 1), None),
        ("First", ([1, 2],), 1),
        ("First", ([],), None),
        ("Last", ([1, 2],), 2),
        ("Last", ([],), None),
        ("Append", ([1], None), [1, None]),
        ("Prepend", ([1], 0), [0, 1]),
        ("ConcatArrays", ([1], [2, 3]), [1, 2, 3]),
        ("Slice", (["a", "b", "c"], 1), ["b", "c"]),
        ("Slice", (["a", "b", "c"], -2, -1), ["b"]),
        ("Slice", (["a"], -HUGE, HUGE), ["a"]),
        ("ReverseArray", ([1, 2, 3],), [3, 2, 1]),
        ("Sort", ([2, 1.5, -1],), [-1, 1.5, 2]),
        ("Sort", (["b", "B", "a"],), ["B", "a", "b"]),
        ("Sort", ([3, None, 1],), [1, 3, None]),
        ("Sort", ([3, None, 1], "", True), [3, 1, None]),
        ("Sort", ([True, False],), [False, True]),
        ("Sort", (ORDERS, "n"), [ORDERS[1], ORDERS[0], ORDERS[2]]),
        ("Sort", (ORDERS, "t", True), [ORDERS[1], ORDERS[0], ORDERS[2]]),
        ("Sort", ([{"a": {"b": 2}}, {"a": {"b": 1}}, {}], "a.b"), [{"a": {"b": 1}}, {"a": {"b": 2}}, {}]),
        ("Sort", ([],), []),
        ("Unique", ([1, 2, 1.0, True, "1", None, None],), [1, 2, True, "1", None]),
        ("Unique", ([{"a": [1]}, {"a": [1.0]}, {"a": [True]}],), [{"a": [1]}, {"a": [True]}]),
        ("Unique", (ORDERS, "t"), ORDERS[:2]),
        ("ArrayContains", (["a", 1], 1.0), True),
        ("ArrayContains", ([1], True), False),
        ("ArrayContains", ([{"a": 1}], {"a": 1}), True),
        ("ArrayIndexOf", (["a", "b", "b"], "b"), 1),
        ("ArrayIndexOf", ([], None), -1),
        ("Flatten", ([1, [2, [3]]],), [1, 2, [3]]),
        ("Flatten", ([1, [2, [3, []]]], HUGE), [1, 2, 3]),
        ("Flatten", ([[1]], 0), [[1]]),
        ("Chunk", ([1, 2, 3], 2), [[1, 2], [3]]),
        ("Chunk", ([1], HUGE), [[1]]),
        ("Chunk", ([], 2), []),
        ("Zip", ([1, 2], ["a", "b", "c"]), [[1, "a"], [2, "b"]]),
        ("Range", (0, 4), [0, 1, 2, 3]),
        ("Range", (4, 0, -2), [4, 2]),
        ("Range", (4, 0), []),
        ("Range", (0, HUGE, HUGE), [0]),
        ("GroupBy", (ORDERS, "t"), {"a": [ORDERS[0], ORDERS[2]], "b": [ORDERS[1]]}),
        ("GroupBy", ([{}, {"t": True}], "t"), {"null": [{}], "true": [{"t": True}]}),
        ("CountBy", (["a", "b", "a"],), {"a": 2, "b": 1}),
        ("CountBy", (ORDERS, "t"), {"a": 2, "b": 1}),
        ("Pluck", (ORDERS, "n"), [2, 1, 3]),
        ("Pluck", ([{"a": [1, 2]}, None, 5], "a[1]"), [2, None, None]),
        ("RemoveNulls", ([1, None, 0, ""],), [1, 0, ""]),
    ],
)
def test_array_gives_and_changes_nothing(type_name, inputs, result):
    before = copy.deepcopy(inputs)
    assert call(type_name, *inputs) == result
    assert inputs == before


@pytest.mark.parametrize(
    ("type_name", "inputs", "words"),
    [
        ("GetItem", ([1], 1), "Index 1 is outside the Array of 1 items"),
        ("GetItem", ([], -1), "outside"),
        ("Append", ([0] * 1_000_000, 1), "1,000,000 items"),
        ("Prepend", ([0] * 1_000_000, 1), "1,000,000 items"),
        ("ConcatArrays", ([0] * 600_000, [0] * 600_000), "1,000,000 items"),
        ("Sort", ([1, "a"],), "numbers and texts"),
        ("Sort", ([1, True],), "numbers and true and false"),
        ("Sort", ([{}, []],), "have no order"),
        ("Sort", ([{"a": 1}], "a["), "is not a path"),
        ("Chunk", ([1], 0), "Size must be 1 or more"),
        ("Chunk", ([1], -1), "Size must be 1 or more"),
        ("Range", (0, 5, 0), "Step is 0"),
        ("Range", (0, 10**10), "1,000,000 items"),
        ("Range", (0, -HUGE, -1), "1,000,000 items"),
        ("Flatten", ([[0] * 600_000] * 2,), "1,000,000 items"),
        ("GroupBy", ([{"t": {}}], "t"), "item 0"),
        ("CountBy", ([1, []],), "item 1"),
        ("Pluck", ([{}], ".".join("a" * 101)), "100 keys"),
    ],
)
def test_array_fails_clearly(type_name, inputs, words):
    with pytest.raises(ValueError, match=words):
        call(type_name, *inputs)


def test_array_refuses_to_compare_what_is_nested_too_deeply():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        call("Unique", [value, value])


def test_flatten_takes_little_memory_for_arrays_that_share_their_items():
    value = [1, 2]
    for _ in range(60):
        value = [value, value]
    with pytest.raises(ValueError, match="1,000,000 items"):
        call("Flatten", value, 100)


def test_unique_takes_linear_time_for_numbers_that_python_hashes_alike():
    start = time.process_time()
    assert len(call("Unique", [n * (2**61 - 1) for n in range(50_000)])) == 50_000
    assert time.process_time() - start < 5
