"""Statements whose plan PostgreSQL keeps; on SQLite they are statements like any other."""

import pytest
from django.db import OperationalError, connection

from dragops_site import kept_plans
from dragops_site.kept_plans import KeptPlan

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are kept on PostgreSQL")
SHORTER = KeptPlan("SELECT word FROM words WHERE length(word) < %s AND word <> %s ORDER BY word")


@pytest.fixture
def words(monkeypatch):
    """A table of three words, for this connection."""
    monkeypatch.setattr(kept_plans, "_are_kept", True)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE words (word varchar(9))")
        cursor.execute("INSERT INTO words VALUES ('one'), ('two'), ('three')")
    yield
    connection.close()  # and its table


def found(plan, *values):
    with connection.cursor() as cursor, plan.at(cursor) as sql:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'dragops%%'", [])
        return cursor.fetchone()[0]


def test_plan_gives_what_its_statement_gives_whatever_the_values(words):
    assert found(SHORTER, 4, "two") == ["one"]
    assert found(SHORTER, 9, "one") == ["three", "two"]
    assert found(SHORTER, 1, "'") == []


def test_statement_without_values_is_a_plan_too(words):
    assert found(KeptPlan("SELECT count(*) FROM words")) == [3]


@on_postgresql
def test_statement_is_prepared_once_for_a_connection(words):
    before = prepared()
    for _ in range(3):
        found(SHORTER, 4, "two")
    assert prepared() == before + 1


@on_postgresql
def test_new_connection_prepares_anew(words):
    plan = KeptPlan("SELECT %s::int")
    assert found(plan, 1) == [1]
    connection.close()
    assert found(plan, 2) == [2]
    assert prepared() == 1


@on_postgresql
@pytest.mark.parametrize(
    "happens",
    [
        "DEALLOCATE ALL",  # as a pooler does that gives this connection's server to others
        "ALTER TABLE words ADD COLUMN length int",
    ],
)
def test_plan_that_is_lost_fails_once_in_a_way_that_calls_for_another_try_and_is_not_kept_again(words, happens):
    plan = KeptPlan("SELECT * FROM words WHERE word = %s")
    assert found(plan, "one") == ["one"]
    with connection.cursor() as cursor:
        cursor.execute(happens)
    with pytest.raises(OperationalError):
        found(plan, "one")
    before = prepared()
    assert found(plan, "one") == ["one"]
    assert found(KeptPlan("SELECT 1")) == [1]
    assert prepared() == before


@on_postgresql
def test_plan_of_that_name_that_another_has_prepared_fails_once(words):
    plan = KeptPlan("SELECT word FROM words WHERE word = %s")
    assert found(plan, "one") == ["one"]
    kept_plans._kept.clear()
    with pytest.raises(OperationalError):
        found(plan, "one")
    assert found(plan, "one") == ["one"]


def test_statement_that_is_wrong_says_so(words):
    with pytest.raises(Exception, match="nothing_of_the_kind"):
        found(KeptPlan("SELECT nothing_of_the_kind FROM words"))
    assert found(SHORTER, 4, "two") == ["one"]
