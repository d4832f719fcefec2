"""How the processes of a server are started."""

from resource import RLIM_INFINITY

import pytest

from dragops_site.supervisor.fleet import connections


@pytest.mark.parametrize(
    ("files", "expected"), [(256, 64), (700, 400), (1_024, 700), (1_048_576, 700), (RLIM_INFINITY, 700)]
)
def test_as_many_clients_may_connect_as_files_may_be_open_besides_those_of_the_server(
    files: int, expected: int
) -> None:
    assert connections(files) == expected
