"""Snapshots: a graph that compiles, stored once and never changed."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from dragops_site.errors import CompileRefused
from patterns.actions import check_pattern, create_pattern, save_pattern, take_snapshot
from patterns.models import Snapshot
from patterns.pins import Interface
from tests.graphs import graph
from tests.patterns.graphs import callable_pattern, calling, started_by_hand


@pytest.mark.django_db
def test_take_snapshot_keeps_the_graph_as_it_is_drawn(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_hand())
    stored = Snapshot.objects.get(pk=take_snapshot(pattern).pk)
    assert (stored.pattern, stored.graph, stored.interfaces) == (pattern, started_by_hand(), {})


@pytest.mark.django_db
def test_take_snapshot_stores_the_same_graph_once(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_hand())
    first = take_snapshot(pattern)
    moved = started_by_hand()
    moved["nodes"][0]["position"] = {"x": 5, "y": 5}
    other = take_snapshot(save_pattern(pattern.pk, 1, graph=moved))
    again = take_snapshot(save_pattern(pattern.pk, 2, graph=started_by_hand()))
    assert first == again
    assert first != other
    assert Snapshot.objects.count() == 2


@pytest.mark.django_db
def test_take_snapshot_keeps_the_interfaces_of_called_patterns(editor: Any) -> None:
    callee = create_pattern(editor, "Callee", graph=callable_pattern())
    snapshot = take_snapshot(create_pattern(editor, "Caller", graph=calling(callee.pk)))
    interface = Interface.from_dict(Snapshot.objects.get(pk=snapshot.pk).interfaces[str(callee.pk)])
    assert (interface.name, [pin.name for pin in interface.outputs]) == ("Callee", ["total"])


@pytest.mark.django_db
def test_take_snapshot_is_another_one_when_a_called_interface_has_changed(editor: Any) -> None:
    callee = create_pattern(editor, "Callee", graph=callable_pattern())
    caller = create_pattern(editor, "Caller", graph=calling(callee.pk))
    before = take_snapshot(caller)
    save_pattern(callee.pk, 1, name="Renamed")
    assert take_snapshot(caller) != before


@pytest.mark.django_db
def test_take_snapshot_refuses_a_graph_with_errors_and_names_all_of_them(editor: Any) -> None:
    broken = graph("one: OnStart", "two: OnStart", "three: NoSuchNode")
    pattern = create_pattern(editor, "Broken", graph=broken)
    with pytest.raises(CompileRefused) as refused:
        take_snapshot(pattern)
    assert refused.value.details == [problem.as_dict() for problem in check_pattern(pattern)]
    assert len([problem for problem in refused.value.details if problem["severity"] == "error"]) >= 2
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("nodes", [[1, None, {"id": "x"}], [{"id": {}, "type": []}], ["\ud800"]])
def test_take_snapshot_refuses_a_graph_that_cannot_be_read(editor: Any, nodes: list[Any]) -> None:
    pattern = create_pattern(editor, "Broken", graph={"nodes": nodes, "edges": [5, {"source": 1}]})
    with pytest.raises(CompileRefused):
        take_snapshot(pattern)


@pytest.mark.django_db
def test_snapshot_is_never_saved_again(editor: Any) -> None:
    snapshot = take_snapshot(create_pattern(editor, "Orders"))
    snapshot.graph = {"nodes": [], "edges": []}
    with pytest.raises(TypeError, match="never changed"):
        snapshot.save()
    with pytest.raises(TypeError):
        snapshot.save(update_fields=["graph"])
    assert Snapshot.objects.get(pk=snapshot.pk).graph["nodes"]


@pytest.mark.django_db(transaction=True)
def test_take_snapshot_gives_one_row_to_eight_that_take_it_at_once(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    taken: list[Snapshot] = []
    start = Barrier(8)

    def take() -> None:
        start.wait()
        try:
            taken.append(take_snapshot(pattern))
        finally:
            connection.close()

    threads = [Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 8
    assert {snapshot.pk for snapshot in taken} == {Snapshot.objects.get().pk}
