import copy

import pytest

from patterns import registry
from tests.patterns.nodes.calling import call

USER = {"user": {"tags": ["a", "b"], "name": None}, "a.b": 1, "": 2}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("user.tags[1]", "b"),
        ("user.tags[-1]", "b"),
        ("user.tags.0", "a"),
        ("user.tags[2]", None),
        ("user.tags[99999999999999999999]", None),
        ("user.name", None),
        ("user.name.first", None),
        ("missing", None),
        ("a.b", 1),
        ("", 2),
        ("__class__", None),
    ],
)
def test_get_property_follows_its_path(key, value):
    if "999" in key:
        with pytest.raises(ValueError, match="is not a path"):
            call("GetProperty", USER, key)
    else:
        assert call("GetProperty", USER, key) == value


@pytest.mark.parametrize(
    ("type_name", "inputs", "result"),
    [
        ("SetProperty", ({"a": 1}, "b", 2), {"a": 1, "b": 2}),
        ("SetProperty", ({"a": 1}, "b.c", 2), {"a": 1, "b": {"c": 2}}),
        ("SetProperty", ({}, "a[0].b", 1), {"a": [{"b": 1}]}),
        ("SetProperty", ({"a": [1, 2]}, "a[-1]", 3), {"a": [1, 3]}),
        ("SetProperty", ({"a": [1]}, "a[1]", 2), {"a": [1, 2]}),
        ("SetProperty", ({"a": [1]}, "a.0", 2), {"a": [2]}),
        ("SetProperty", ({"a": None}, "a.b", 2), {"a": {"b": 2}}),
        ("SetProperty", ({"a.b": 1}, "a.b", 2), {"a.b": 2}),
        ("SetProperty", ({}, "größe", None), {"größe": None}),
        ("RemoveProperty", ({"a": 1, "b": 2}, "b"), {"a": 1}),
        ("RemoveProperty", ({"a": {"b": [1, {"c": 2}]}}, "a.b[1].c"), {"a": {"b": [1, {}]}}),
        ("RemoveProperty", ({"a": [1, 2, 3]}, "a[-2]"), {"a": [1, 3]}),
        ("RemoveProperty", ({"a": 1}, "b.c"), {"a": 1}),
        ("RemoveProperty", ({"a.b": 1, "a": {"b": 2}}, "a.b"), {"a": {"b": 2}}),
        ("HasProperty", ({"a": None}, "a"), True),
        ("HasProperty", ({"a": [None]}, "a[0]"), True),
        ("HasProperty", ({"a": 1}, "a.b"), False),
        ("Keys", ({"b": 1, "a": 2},), ["b", "a"]),
        ("Values", ({"b": 1, "a": None},), [1, None]),
        ("Entries", ({"a": 1},), [{"key": "a", "value": 1}]),
        ("FromEntries", ([{"key": "a", "value": 1}, ["b", 2], [3, None]],), {"a": 1, "b": 2, "3": None}),
        ("FromEntries", ([],), {}),
        ("MergeObjects", ({"a": 1, "b": 1}, {"b": 2}), {"a": 1, "b": 2}),
        ("MergeObjects", ({"a": {"x": 1}}, {"a": {"y": 2}}), {"a": {"y": 2}}),
        (
            "MergeObjects",
            ({"a": {"x": 1}, "b": [1]}, {"a": {"y": 2}, "b": [2]}, True),
            {"a": {"x": 1, "y": 2}, "b": [2]},
        ),
        ("MergeObjects", ({"a": {"x": 1}}, {"a": None}, True), {"a": None}),
        ("Pick", ({"a": 1, "b": 2}, ["b", "c"]), {"b": 2}),
        ("Omit", ({"a": 1, "b": 2}, ["a", "c"]), {"b": 2}),
        ("RenameKey", ({"nick": 1, "x": 2}, "nick", "name"), {"name": 1, "x": 2}),
        ("RenameKey", ({"a": 1, "b": 2}, "a", "b"), {"b": 1}),
        ("RenameKey", ({"a": 1}, "z", "b"), {"a": 1}),
        ("RenameKey", ({"a": 1}, "a", "a"), {"a": 1}),
    ],
)
def test_object_gives_and_changes_nothing(type_name, inputs, result):
    before = copy.deepcopy(inputs)
    found = call(type_name, *inputs)
    assert found == result
    assert list(found) == list(result) if isinstance(result, dict) else True
    assert inputs == before


@pytest.mark.parametrize(
    ("type_name", "inputs", "words"),
    [
        ("GetProperty", ({}, "a[x]"), "is not a path"),
        ("GetProperty", ({}, "a[0"), "is not a path"),
        ("GetProperty", ({}, "a." * 5_000_000), "100 keys"),
        ("SetProperty", ({}, "a." * 200, 1), "100 keys"),
        ("SetProperty", ({}, "[0]" * 200, 1), "100 keys"),
        ("SetProperty", ({"a": "text"}, "a.b", 1), "neither an Object nor an Array"),
        ("SetProperty", ({"a": [1]}, "a[5]", 1), "outside the Array of 1 items"),
        ("SetProperty", ({"a": [1]}, "a.b", 1), "not the index of an Array"),
        ("SetProperty", ({}, "a[999999999]", 1), "outside the Array"),
        ("FromEntries", ([["a"]],), "entry 0"),
        ("FromEntries", ([["a", 1], None],), "entry 1"),
        ("FromEntries", ([[None, 1]],), "entry 0"),
        ("FromEntries", ([[{}, 1]],), "entry 0"),
        ("Pick", ({}, [[]]), "Keys, item 0"),
    ],
)
def test_object_fails_clearly(type_name, inputs, words):
    with pytest.raises(ValueError, match=words):
        call(type_name, *inputs)


def made(keys, *values):
    node_type = registry.get("MakeObjectFromKeys")
    names = tuple(pin.name for pin in node_type.pins({"keys": keys}, {}).inputs)
    return names, node_type.function(*values, keys=keys, names=names)


@pytest.mark.parametrize(
    ("keys", "values", "names", "result"),
    [
        (["name", "age"], ("Ada", 36), ("name", "age"), {"name": "Ada", "age": 36}),
        (["order_id"], (7,), ("orderId",), {"order_id": 7}),
        ([{"name": "total", "type": "Float"}], (1.5,), ("total",), {"total": 1.5}),
        ([], (), (), {}),
    ],
)
def test_make_object_has_one_pin_for_each_key(keys, values, names, result):
    assert made(keys, *values) == (names, result)


@pytest.mark.parametrize("keys", ["name", ["a", "a"], [""], [None], [{"name": "a", "type": "Nonsense"}], ["k"] * 101])
def test_make_object_refuses_keys_that_make_no_pins(keys):
    with pytest.raises(ValueError, match="pin"):
        made(keys)
