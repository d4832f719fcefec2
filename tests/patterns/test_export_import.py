"""A pattern as a file, on its way out and back in."""

import json
from typing import Any

import pytest

from dragops_site import jsontext
from dragops_site.errors import Invalid
from patterns.actions import check_pattern, create_pattern, export_pattern, import_pattern
from patterns.models import Pattern
from tests.patterns.graphs import calling, started_by_webhook

pytestmark = pytest.mark.django_db
ODD = {"nodes": [{"id": "a", "data": {"notes": "\x00 \ud800"}}], "edges": [], "variables": [], "more": 2**70}


@pytest.mark.parametrize("graph", [started_by_webhook("lastNode"), ODD])
def test_export_comes_back_as_the_same_draft_with_a_webhook_of_its_own(
    editor: Any, operator: Any, graph: dict[str, Any]
) -> None:
    original = create_pattern(editor, "Orders", graph=graph, description="Why", tags=["a", "b"], is_template=True)
    text = jsontext.dumps(export_pattern(original))
    copy = import_pattern(text, operator)
    assert (copy.name, copy.description, copy.is_template) == ("Orders", "Why", True)
    assert [tag.name for tag in copy.tags.all()] == ["a", "b"]
    assert Pattern.objects.get(pk=copy.pk).graph == graph
    assert (copy.owner, copy.revision, copy.is_public) == (operator, 1, False)
    assert copy.webhook_id != original.webhook_id


def test_export_holds_no_owner_no_ids_and_no_state(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    exported = export_pattern(pattern)
    assert set(exported) == {"dragops", "name", "description", "tags", "isTemplate", "graph", "exportedAt"}
    text = json.dumps(exported)
    for kept_here in (pattern.pk, pattern.webhook_id, editor.email):
        assert str(kept_here) not in text


def test_import_takes_the_value_as_well_as_the_text(editor: Any) -> None:
    exported = export_pattern(create_pattern(editor, "Orders"))
    assert import_pattern(exported, editor).name == "Orders"
    assert import_pattern(jsontext.dumps(exported).encode("utf-16"), editor).name == "Orders"


def test_import_takes_a_file_without_the_optional_members(editor: Any) -> None:
    copy = import_pattern({"dragops": 1, "name": "Bare", "graph": {"nodes": [], "edges": []}}, editor)
    assert (copy.description, copy.tags.count(), copy.is_template) == ("", 0, False)


def test_import_keeps_a_call_to_a_pattern_that_is_not_here_and_the_check_reports_it(editor: Any) -> None:
    elsewhere = "0190a000-0000-7000-8000-000000000000"
    copy = import_pattern({"dragops": 1, "name": "Caller", "graph": calling(elsewhere)}, editor)
    assert copy.graph == calling(elsewhere)
    assert {problem.node_id for problem in check_pattern(copy) if problem.severity == "error"} == {"call"}


GOOD = {"dragops": 1, "name": "Orders", "graph": {"nodes": [], "edges": []}}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n",
        "[" * 100_000,
        '{"dragops": 1, "name": NaN}',
        "null",
        "[]",
        5,
        None,
        {},
        {**GOOD, "dragops": 2},
        {**GOOD, "dragops": True},
        {**GOOD, "dragops": "1"},
        {**GOOD, "dragops": {"x": "y" * 1000}},
        {**GOOD, "name": None},
        {**GOOD, "name": ["x"]},
        {**GOOD, "graph": None},
        {**GOOD, "graph": [1]},
        {**GOOD, "graph": {"nodes": "x" * 5_000_001, "edges": []}},
        {**GOOD, "tags": {"a": [1], "b": 2, "c": 3}, "description": 5},
        {**GOOD, "tags": [None]},
        {**GOOD, "isTemplate": "yes"},
        " " * 20_000_001,
    ],
)
def test_import_refuses_what_is_no_exported_pattern(editor: Any, data: Any) -> None:
    with pytest.raises(Invalid) as refused:
        import_pattern(data, editor)
    assert len(refused.value.message) < 300
    assert not Pattern.objects.exists()


def test_import_says_where_the_file_is_broken(editor: Any) -> None:
    with pytest.raises(Invalid, match="line 2 column 10"):
        import_pattern('{"dragops": 1,\n "name": oops}', editor)


def test_import_refuses_any_value_that_json_can_hold_with_a_clear_error(editor: Any) -> None:
    odd: list[Any] = [None, True, 0, -1.5, "", "x", "\x00", [], [[]], {}, {"a": 1}]
    for field in (*GOOD, "description", "tags", "isTemplate"):
        for value in odd:
            try:
                import_pattern({**GOOD, field: value}, editor)
            except Invalid as refused:
                assert refused.message
