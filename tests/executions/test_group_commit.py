"""Threads that commit together: who waits for whom, and who fails with whom."""

from collections.abc import Sequence
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from dragops_site.ids import new_id
from executions.group_commit import MOST, GroupCommit
from executions.models import Worker
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Register:
    """Writes names down, in groups that it remembers. Refuses `bad`; its first group waits for `gate`."""

    def __init__(self, gate: Event | None = None) -> None:
        self.groups: list[list[str]] = []
        self.rung = 0
        self.gate = gate
        self.group: GroupCommit[str, str] = GroupCommit(self.write, self.ring)

    def write(self, names: Sequence[str]) -> list[str]:
        self.groups.append(list(names))
        if self.gate and len(self.groups) == 1:
            self.gate.wait(10)
        with transaction.atomic():
            Worker.objects.bulk_create([Worker(id=new_id(), name=name, pid=1) for name in names])
            if "bad" in names:
                raise ValueError("bad")
        return [name.upper() for name in names]

    def ring(self) -> None:
        assert not connection.in_atomic_block  # what is to be found is there
        self.rung += 1


def _names() -> set[str]:
    return set(Worker.objects.values_list("name", flat=True))


def _gathered(register: Register, *names: str) -> list[Any]:
    """What came of these, which all came while the first was being written."""

    def open_gate() -> None:
        assert register.gate
        while len(register.group._waiting) < len(names):
            pass
        register.gate.set()

    def commit_later(name: str) -> str:
        while not register.groups:
            pass
        return register.group.commit(name)

    return at_once(partial(register.group.commit, "first"), open_gate, *[partial(commit_later, n) for n in names])[2:]


def test_who_is_alone_waits_for_nobody() -> None:
    register = Register()
    assert [register.group.commit(name) for name in "abc"] == ["A", "B", "C"]
    assert (register.groups, register.rung, _names()) == ([["a"], ["b"], ["c"]], 3, {"a", "b", "c"})


def test_those_who_come_meanwhile_are_written_together() -> None:
    register = Register(Event())
    assert sorted(_gathered(register, *"abcdef")) == list("ABCDEF")
    assert [sorted(group) for group in register.groups] == [["first"], list("abcdef")]
    assert (register.rung, len(_names())) == (2, 7)


def test_group_is_no_larger_than_it_may_be() -> None:
    register = Register(Event())
    names = [f"n{number}" for number in range(MOST + 20)]
    assert sorted(_gathered(register, *names)) == sorted(name.upper() for name in names)
    assert [len(group) for group in register.groups] == [1, MOST, 20]


def test_one_that_fails_fails_alone() -> None:
    register = Register(Event())
    outcomes = _gathered(register, "a", "bad", "c")
    assert sorted(str(outcome) for outcome in outcomes) == ["A", "C", "bad"]
    assert isinstance(outcomes[1], ValueError)
    assert _names() == {"first", "a", "c"}


def test_failure_of_one_who_is_alone_is_its_own_and_the_next_goes_on() -> None:
    register = Register()
    with pytest.raises(ValueError, match="bad"):
        register.group.commit("bad")
    assert register.group.commit("a") == "A"
    assert (_names(), register.rung) == ({"a"}, 1)


def test_everybody_learns_that_the_database_is_away() -> None:
    register, table = Register(Event()), Worker._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        outcomes = _gathered(register, *"abc")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    assert register.group.commit("later") == "LATER"
    assert _names() == {"later"}


def test_many_threads_are_all_written_once() -> None:
    register = Register()

    def commit_several(thread: int) -> list[str]:
        return [register.group.commit(f"{thread}-{number}") for number in range(10)]

    outcomes = at_once(*[partial(commit_several, thread) for thread in range(12)])
    assert sum(len(outcome) for outcome in outcomes) == Worker.objects.count() == len(_names()) == 120
