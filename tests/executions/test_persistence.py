"""Work that is tried again until the database answers."""

import pytest
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection

from executions.persistence import persistently

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, DatabaseError])
def test_work_is_done_again_when_its_connection_broke(kind):
    tries = []

    def work():
        tries.append(1)
        if len(tries) == 1:
            connection.close()
            raise kind("server closed the connection unexpectedly")
        return "done"

    assert (persistently(work), len(tries)) == ("done", 2)


@pytest.mark.parametrize("kind", [DataError, DatabaseError, ValueError])
def test_error_that_the_database_gives_for_an_answer_is_raised(kind):
    connection.ensure_connection()

    def work():
        raise kind("no such thing")

    with pytest.raises(kind, match="no such thing"):
        persistently(work)
