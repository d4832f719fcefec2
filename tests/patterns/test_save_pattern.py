"""Saving a draft: one row changed where the revision still holds, or nothing."""

from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from dragops_site.errors import Conflict, Invalid, PatternNotFound
from patterns.actions import create_pattern, save_pattern
from patterns.models import Pattern

GRAPH: dict[str, Any] = {"nodes": [], "edges": []}


@pytest.mark.django_db
def test_save_pattern_changes_what_is_named_and_raises_the_revision(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", description="Old", tags=["a"])
    saved = save_pattern(pattern.pk, 1, graph=GRAPH, tags=["b", "c"])
    assert (saved.revision, saved.graph, saved.name, saved.description) == (2, GRAPH, "Orders", "Old")
    assert [tag.name for tag in saved.tags.all()] == ["b", "c"]
    assert saved.updated_at > pattern.updated_at


@pytest.mark.django_db
def test_save_pattern_leaves_the_tags_when_they_are_not_named(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", tags=["a"])
    saved = save_pattern(str(pattern.pk), 1, name=" New name ", is_template=True)
    assert (saved.name, saved.is_template, saved.tags.count()) == ("New name", True, 1)


@pytest.mark.django_db
def test_save_pattern_refuses_a_stale_revision_and_says_which_is_current(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    saved = save_pattern(pattern.pk, 1, name="First")
    with pytest.raises(Conflict) as refused:
        save_pattern(pattern.pk, 1, name="Second", tags=["lost"])
    shown = saved.updated_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{saved.updated_at.microsecond // 1000:03}Z"
    assert refused.value.details == {"revision": 2, "updatedAt": shown}
    stored = Pattern.objects.get(pk=pattern.pk)
    assert (stored.name, stored.tags.count()) == ("First", 0)


@pytest.mark.django_db
@pytest.mark.parametrize("revision", [0, -1, 2, 10**30])
def test_save_pattern_refuses_a_revision_that_never_was(editor: Any, revision: int) -> None:
    pattern = create_pattern(editor, "Orders")
    with pytest.raises(Conflict):
        save_pattern(pattern.pk, revision, name="Other")


@pytest.mark.django_db
@pytest.mark.parametrize("revision", [None, "1", 1.0, True])
def test_save_pattern_refuses_a_revision_that_is_no_whole_number(editor: Any, revision: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    with pytest.raises(Invalid):
        save_pattern(pattern.pk, revision, name="Other")


@pytest.mark.django_db
@pytest.mark.parametrize("pattern_id", [uuid4(), "no id", "", "\x00"])
def test_save_pattern_refuses_a_pattern_that_is_not_there(pattern_id: Any) -> None:
    with pytest.raises(PatternNotFound):
        save_pattern(pattern_id, 1, name="Other")


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"name": ""}, {"graph": []}, {"tags": "a"}, {"description": 5}, {"is_public": 1}])
def test_save_pattern_refuses_what_create_refuses_and_changes_nothing(editor: Any, change: dict[str, Any]) -> None:
    pattern = create_pattern(editor, "Orders")
    with pytest.raises(Invalid):
        save_pattern(pattern.pk, 1, **change)
    assert Pattern.objects.get(pk=pattern.pk).revision == 1


@pytest.mark.django_db(transaction=True)
def test_save_pattern_lets_one_win_when_eight_save_the_same_revision_at_once(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    outcomes: list[str] = []
    start = Barrier(8)

    def save(name: str) -> None:
        start.wait()
        try:
            outcomes.append(save_pattern(pattern.pk, 1, name=name, tags=[name]).name)
        except Conflict as refused:
            assert refused.details["revision"] == 2
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=save, args=[f"Saver {number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = Pattern.objects.get(pk=pattern.pk)
    assert sorted(outcomes) == sorted([stored.name] + ["refused"] * 7)
    assert (stored.revision, [tag.name for tag in stored.tags.all()]) == (2, [stored.name])
