"""The private Valkey's path, and how its address is written for Celery."""

from pathlib import Path

import pytest

from dragops_site.supervisor import valkey as private_valkey


def test_socket_lies_in_the_data_folder_when_the_path_is_short() -> None:
    assert private_valkey.socket_path(Path("/data/dragops")) == Path("/data/dragops/valkey.sock")


def test_socket_lies_in_a_short_private_folder_when_the_path_is_long() -> None:
    long = Path("/data") / ("x" * 200)

    path = private_valkey.socket_path(long)

    assert len(str(path)) <= private_valkey.LONGEST_SOCKET_PATH
    assert path == private_valkey.socket_path(long)
    assert path != private_valkey.socket_path(long / "other")


@pytest.mark.parametrize("name", ["two words", "50%", "a#b", "a?b", "größe"])
def test_socket_lies_elsewhere_when_the_path_does_not_go_into_an_address(name: str) -> None:
    assert name not in str(private_valkey.socket_path(Path("/data") / name))


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://cache:6379/3", "redis://cache:6379/3"),
        ("rediss://user:word@cache", "rediss://user:word@cache"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
    ],
)
def test_broker_url_names_the_same_server_and_database(redis_url: str, broker_url: str) -> None:
    assert private_valkey.broker_url(redis_url) == broker_url


def test_tests_have_a_valkey_that_answers(valkey) -> None:
    valkey.set("key", "value")

    assert valkey.get("key") == b"value"


def test_celery_reaches_the_same_valkey(valkey) -> None:
    from dragops_site.celery import app

    with app.connection_for_write() as connection:
        connection.default_channel.client.set("from-celery", "1")

    assert valkey.get("from-celery") == b"1"


def test_users_of_each_role_may_what_their_role_says(viewer, operator, editor, admin) -> None:
    from dragops_site.accounts.roles import Role

    assert [user.may(Role.OPERATOR) for user in (viewer, operator, editor, admin)] == [False, True, True, True]
