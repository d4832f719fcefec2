"""New drafts: what they may hold, and what is refused."""

from typing import Any

import pytest

from dragops_site.errors import Invalid
from patterns.actions import clone_pattern, create_pattern
from patterns.models import Pattern, Tag

pytestmark = pytest.mark.django_db


def test_create_pattern_opens_with_an_on_start_node(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    stored = Pattern.objects.get(pk=pattern.pk)
    assert [node["type"] for node in stored.graph["nodes"]] == ["OnStart"]
    assert (stored.revision, stored.owner, stored.is_public) == (1, editor, False)


def test_create_pattern_gives_each_its_own_webhook_id(editor: Any) -> None:
    assert create_pattern(editor, "One").webhook_id != create_pattern(editor, "Two").webhook_id


def test_create_pattern_strips_the_name_and_keeps_it_on_one_line(editor: Any) -> None:
    assert create_pattern(editor, "  Orders\r\n of today ").name == "Orders of today"


@pytest.mark.parametrize("name", ["", "   ", "\n", None, 5, ["x"], "x" * 201])
def test_create_pattern_refuses_a_name_that_is_none(editor: Any, name: Any) -> None:
    with pytest.raises(Invalid) as refused:
        create_pattern(editor, name)
    assert list(refused.value.details) == ["name"]
    assert not Pattern.objects.exists()


def test_create_pattern_shows_nul_and_lone_surrogates_as_escapes(editor: Any) -> None:
    pattern = create_pattern(editor, "a\x00b\ud800", description="c\x00", tags=["d\x00"])
    stored = Pattern.objects.get(pk=pattern.pk)
    assert (stored.name, stored.description) == ("a\\x00b\\ud800", "c\\x00")
    assert [tag.name for tag in stored.tags.all()] == ["d\\x00"]


def test_create_pattern_keeps_nul_and_lone_surrogates_within_the_graph(editor: Any) -> None:
    graph = {"nodes": [{"id": "a", "data": {"notes": "\x00 \ud800 \U0001f600"}}], "edges": []}
    assert Pattern.objects.get(pk=create_pattern(editor, "Odd", graph=graph).pk).graph == graph


def test_create_pattern_keeps_a_graph_that_does_not_compile(editor: Any) -> None:
    graph = {"nodes": [1, None, {"id": "x"}], "edges": ["?"], "extra": {"kept": True}}
    assert Pattern.objects.get(pk=create_pattern(editor, "Draft", graph=graph).pk).graph == graph


def _nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "graph",
    [
        [],
        "x",
        5,
        {},
        {"nodes": []},
        {"nodes": {}, "edges": []},
        {"nodes": [], "edges": None},
        {"nodes": _nested(5_000), "edges": []},
        {"nodes": [{1, 2}], "edges": []},
        {"nodes": ["x" * 5_000_000], "edges": []},
    ],
    ids=["list", "text", "number", "empty", "no edges", "nodes no list", "null", "deep", "no JSON", "large"],
)
def test_create_pattern_refuses_what_is_no_graph(editor: Any, graph: Any) -> None:
    with pytest.raises(Invalid) as refused:
        create_pattern(editor, "Broken", graph=graph)
    assert list(refused.value.details) == ["graph"]


def test_create_pattern_trims_tags_and_keeps_one_of_each_ignoring_case(editor: Any) -> None:
    pattern = create_pattern(editor, "Tagged", tags=[" Orders ", "orders", "", "  ", "ÄRGER", "ärger", "b"])
    assert sorted(tag.name for tag in pattern.tags.all()) == ["Orders", "b", "ÄRGER"]


def test_create_pattern_takes_a_tag_as_it_is_spelled_already(editor: Any) -> None:
    create_pattern(editor, "First", tags=["GitHub"])
    pattern = create_pattern(editor, "Second", tags=["github"])
    assert [tag.name for tag in pattern.tags.all()] == ["GitHub"]
    assert Tag.objects.count() == 1


@pytest.mark.parametrize("tags", ["text", 5, None, [1], ["x" * 51], [str(number) for number in range(21)]])
def test_create_pattern_refuses_tags_that_are_none(editor: Any, tags: Any) -> None:
    with pytest.raises(Invalid) as refused:
        create_pattern(editor, "Tagged", tags=tags)
    assert list(refused.value.details) == ["tags"]


def test_create_pattern_takes_twenty_tags_besides_empty_and_repeated_ones(editor: Any) -> None:
    tags = [str(number) for number in range(20)]
    assert create_pattern(editor, "Tagged", tags=["", *tags, *tags, ""]).tags.count() == 20


@pytest.mark.parametrize("field", ["is_public", "is_template"])
def test_create_pattern_refuses_a_flag_that_is_neither_true_nor_false(editor: Any, field: str) -> None:
    with pytest.raises(Invalid):
        create_pattern(editor, "Flagged", **{field: "yes"})


def test_clone_pattern_is_a_private_draft_with_a_webhook_of_its_own(editor: Any, operator: Any) -> None:
    original = create_pattern(editor, "x" * 200, description="What it does", tags=["a", "b"], is_public=True)
    clone = clone_pattern(original, operator)
    assert clone.name == "x" * 193 + " (copy)"
    assert (clone.graph, clone.description) == (original.graph, "What it does")
    assert [tag.name for tag in clone.tags.all()] == ["a", "b"]
    assert (clone.owner, clone.is_public, clone.revision) == (operator, False, 1)
    assert clone.webhook_id != original.webhook_id
