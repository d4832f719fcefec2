"""Environments: what deployments may use that differs from place to place."""

import base64
from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError

from deployments.actions import (
    change_environment,
    change_settings,
    create_environment,
    delete_environment,
    delete_secret,
    set_secret,
)
from deployments.actions.environment_rules import LONGEST_VALUE, MOST
from deployments.environments import environment_of
from deployments.known_secrets import secrets_known
from deployments.models import Deployment, Environment, EnvironmentSecret
from dragops_site.errors import Conflict, Invalid, NotFound
from dragops_site.ids import new_id
from executions.masking import MASK, masks_for
from patterns.context import NodeError
from patterns.models import Pattern
from tests.pages.made import a_deployment
from tests.patterns.graphs import started_by_hand
from tests.threads import at_once

SECRET = "sk_live_51H8 abc/def+ghi=é"
pytestmark = pytest.mark.django_db


def _variables(environment: Environment) -> dict[str, str]:
    return dict(environment.variables.values_list("name", "value"))


def _given(pattern: Pattern, environment: Environment) -> None:
    Deployment.objects.filter(pk=pattern.pk).update(environment=environment)


# --- What is kept -----------------------------------------------------------------------------------------------------
def test_environment_is_created_with_its_variables(editor: Any) -> None:
    made = create_environment(
        editor, " Production ", "The real one.", variables={"API": "https://a.example", "_x9": ""}
    )
    made.refresh_from_db()
    assert (made.name, made.description, made.is_default) == ("Production", "The real one.", False)
    assert _variables(made) == {"API": "https://a.example", "_x9": ""}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x00b"])
def test_environment_is_refused_a_name_that_is_none(editor: Any, name: str) -> None:
    with pytest.raises(Invalid, match="The name must have") as refused:
        create_environment(editor, name)
    assert list(refused.value.details) == ["name"]
    assert not Environment.objects.exists()


def test_environment_is_refused_the_name_of_another(editor: Any) -> None:
    create_environment(editor, "Production")
    other = create_environment(editor, "Staging")
    with pytest.raises(Conflict, match="already an environment “Production”"):
        create_environment(editor, "Production")
    with pytest.raises(Conflict):
        change_environment(other, editor, name="Production")
    change_environment(other, editor, name="Staging", description="same name")


def test_environment_becomes_the_default_one_in_place_of_another(editor: Any) -> None:
    first = create_environment(editor, "First", is_default=True)
    second = create_environment(editor, "Second")
    assert Environment.objects.get(is_default=True) == first
    change_environment(second, editor, is_default=True)
    assert Environment.objects.get(is_default=True) == second
    change_environment(first, editor, is_default=False)
    assert Environment.objects.get(is_default=True) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Environment.objects.update(is_default=True)


def test_variables_that_are_not_named_stay_as_they_are(editor: Any) -> None:
    made = create_environment(editor, "Production", variables={"A": "1", "B": "2", "C": "3"})
    change_environment(made, editor, variables={"B": "two", "C": None, "D": "4", "E": None})
    assert _variables(made) == {"A": "1", "B": "two", "D": "4"}


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "é", "a\n", "x" * 101, "A.B"])
def test_name_that_a_pattern_could_not_use_is_refused(editor: Any, admin: Any, name: str) -> None:
    made = create_environment(editor, "Production", variables={"KEPT": "1"})
    with pytest.raises(Invalid, match="is no name") as refused:
        change_environment(made, editor, description="x", variables={"KEPT": "2", name: "value"})
    assert list(refused.value.details["variables"]) == [name]
    with pytest.raises(Invalid, match="is no name"):
        set_secret(made, name, SECRET, admin)
    made.refresh_from_db()
    assert (made.description, _variables(made), made.secrets.count()) == ("", {"KEPT": "1"}, 0)


def test_value_may_be_long_but_no_longer_than_the_limit(editor: Any, admin: Any) -> None:
    long = "ä" * LONGEST_VALUE
    made = create_environment(editor, "Production", variables={"A": long})
    set_secret(made, "S", long, admin)
    assert _variables(made) == {"A": long}
    with pytest.raises(Invalid, match="64,001 characters; the limit is 64,000"):
        change_environment(made, editor, variables={"A": long + "!"})
    with pytest.raises(Invalid, match="64,001 characters"):
        set_secret(made, "S", long + "!", admin)


@pytest.mark.parametrize("value", ["a\x00bcd", "\ud800bcde"])
def test_value_that_is_no_text_is_refused(editor: Any, admin: Any, value: str) -> None:
    made = create_environment(editor, "Production")
    with pytest.raises(Invalid, match="no text"):
        change_environment(made, editor, variables={"A": value})
    with pytest.raises(Invalid, match="no text"):
        set_secret(made, "S", value, admin)


@pytest.mark.parametrize("value", ["", "abc", "ab     \n"])
def test_secret_that_is_too_short_to_be_masked_is_refused(editor: Any, admin: Any, value: str) -> None:
    made = create_environment(editor, "Production")
    with pytest.raises(Invalid, match="fewer than 4"):
        set_secret(made, "S", value, admin)


def test_name_means_a_variable_or_a_secret_and_never_both(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "Production", variables={"A": "1"})
    set_secret(made, "B", SECRET, admin)
    with pytest.raises(Invalid, match="“A” is the name of a variable"):
        set_secret(made, "A", SECRET, admin)
    with pytest.raises(Invalid, match="“B” is the name of a secret"):
        change_environment(made, editor, variables={"B": "1"})
    delete_secret(made, "B", admin)
    change_environment(made, editor, variables={"B": "1", "A": None})
    set_secret(made, "A", SECRET, admin)


def test_environment_holds_so_many_variables_and_secrets(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "Production", variables={f"V{n}": "x" for n in range(MOST)})
    with pytest.raises(Invalid, match="500 variables"):
        change_environment(made, editor, variables={"MORE": "x"})
    assert made.variables.count() == MOST
    EnvironmentSecret.objects.bulk_create(
        EnvironmentSecret(environment=made, name=f"S{n}", sealed="x", updated_at=made.created_at) for n in range(MOST)
    )
    with pytest.raises(Invalid, match="500 secrets"):
        set_secret(made, "MORE", SECRET, admin)
    set_secret(made, "S1", SECRET, admin)


def test_many_long_secrets_are_masked(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "Production")
    for number in range(5):
        set_secret(made, f"S{number}", f"{number}" + "日" * (LONGEST_VALUE - 1), admin)
    set_secret(made, "SHORT", "shorter", admin)
    known = (secrets_known(None) or (None, []))[1]
    masks = masks_for(known)
    assert masks is not None and len(known) == 6
    assert masks.text(f"It is shorter than {known[3]}.") == f"It is {MASK} than {MASK}."


def test_secret_is_sealed_where_it_is_kept(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "Production")
    one, two = set_secret(made, "ONE", SECRET, admin), set_secret(made, "TWO", "another one", admin)
    assert SECRET not in one.sealed and one.sealed.startswith("v1.")
    two.sealed = one.sealed
    two.save()
    found = environment_of(new_id())
    assert found.secrets == {}
    change_environment(made, editor, is_default=True)
    with pytest.raises(NodeError, match="cannot be opened"):
        environment_of(new_id()).secrets["TWO"]


def test_secret_that_is_not_there_cannot_be_deleted(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "Production", variables={"A": "1"})
    with pytest.raises(NotFound):
        delete_secret(made, "A", admin)


def test_environment_of_a_deployment_is_not_deleted(editor: Any, admin: Any, deployed: Callable[..., Pattern]) -> None:
    made = create_environment(editor, "Production", variables={"A": "1"})
    set_secret(made, "S", SECRET, admin)
    for number in range(5):
        _given(deployed(started_by_hand(), f"Orders {number}"), made)
    with pytest.raises(Conflict, match="is that of Orders 0, Orders 1, Orders 2 and 2 more"):
        delete_environment(made, admin)
    with pytest.raises(RestrictedError):
        made.delete()
    Deployment.objects.update(environment=None)
    delete_environment(made, admin)
    assert not Environment.objects.exists() and not EnvironmentSecret.objects.exists()
    with pytest.raises(NotFound):
        delete_environment(made, admin)
    with pytest.raises(NotFound):
        change_environment(made, editor, name="x")


def test_rotation_seals_environment_secrets_again(editor: Any, admin: Any, settings: Any, capsys: Any) -> None:
    old, new = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    settings.ENCRYPTION_KEYS = old
    made = create_environment(editor, "Production", is_default=True)
    set_secret(made, "S", SECRET, admin)
    settings.ENCRYPTION_KEYS = f"{new},{old}"
    call_command("rotate_secrets")
    settings.ENCRYPTION_KEYS = new
    assert environment_of(new_id()).secrets["S"] == SECRET
    assert "EnvironmentSecret.sealed: 1 sealed" in (printed := capsys.readouterr().out)
    assert SECRET not in printed


# --- What a run gets --------------------------------------------------------------------------------------------------
def test_run_gets_its_deployments_environment_else_the_default_one_else_none(
    editor: Any, deployed: Callable[..., Pattern]
) -> None:
    pattern = deployed(started_by_hand())
    nothing = environment_of(pattern.pk)
    assert (nothing.name, dict(nothing.variables), len(nothing.secrets)) == ("", {}, 0)
    own = create_environment(editor, "Own", variables={"A": "own"})
    create_environment(editor, "Default", is_default=True, variables={"A": "default"})
    assert (environment_of(pattern.pk).name, environment_of(pattern.pk).variables) == ("Default", {"A": "default"})
    assert environment_of(new_id()).name == "Default"
    _given(pattern, own)
    assert (environment_of(pattern.pk).name, environment_of(pattern.pk).variables) == ("Own", {"A": "own"})


def test_secret_is_opened_when_it_is_asked_for_and_not_before(editor: Any, admin: Any, settings: Any) -> None:
    made = create_environment(editor, "Production", is_default=True)
    set_secret(made, "GOOD", SECRET, admin)
    EnvironmentSecret.objects.create(environment=made, name="BAD", sealed="v1.x.y", updated_at=made.created_at)
    secrets = environment_of(new_id()).secrets
    assert (len(secrets), sorted(secrets), secrets["GOOD"]) == (2, ["BAD", "GOOD"], SECRET)
    with pytest.raises(NodeError, match=r"“BAD” cannot be opened .* Set the secret anew"):
        secrets["BAD"]
    with pytest.raises(KeyError):
        secrets["OTHER"]
    assert SECRET not in repr(environment_of(new_id()))


# --- What is masked ---------------------------------------------------------------------------------------------------
def test_marker_of_the_secrets_changes_with_each_of_them(
    editor: Any, admin: Any, django_assert_num_queries: Any
) -> None:
    one, two = create_environment(editor, "One"), create_environment(editor, "Two")
    marker, known = secrets_known(None) or (None, None)
    assert known == []
    changes: list[tuple[Callable[[], Any], set[str]]] = [
        (lambda: set_secret(one, "S", "first", admin), {"first"}),
        (lambda: set_secret(two, "S", "second", admin), {"first", "second"}),
        (lambda: set_secret(one, "S", "third", admin), {"third", "second"}),
        (lambda: (delete_secret(one, "S", admin), set_secret(one, "S", "fourth", admin)), {"fourth", "second"}),
        (lambda: delete_environment(two, admin), {"fourth"}),
        (lambda: delete_secret(one, "S", admin), set()),
    ]
    for change, expected in changes:
        with django_assert_num_queries(1):
            assert secrets_known(marker) is None
        change()
        found = secrets_known(marker)
        assert found is not None and set(found[1]) == expected
        marker = found[0]


def test_marker_changes_though_the_clock_was_set_back(editor: Any, admin: Any, monkeypatch: Any) -> None:
    made = create_environment(editor, "One")
    early = set_secret(made, "S", "first", admin).updated_at
    set_secret(made, "T", "second", admin)
    marker, _ = secrets_known(None) or (None, None)
    set_secret(made, "S", "third", admin)
    EnvironmentSecret.objects.filter(name="S").update(updated_at=early)
    assert secrets_known(marker) is not None


def test_secret_that_cannot_be_opened_does_not_hide_the_others(editor: Any, admin: Any) -> None:
    made = create_environment(editor, "One")
    set_secret(made, "S", " with a line end\n", admin)
    EnvironmentSecret.objects.create(environment=made, name="BAD", sealed="v1.x.y", updated_at=made.created_at)
    found = secrets_known(None)
    assert found is not None and set(found[1]) == {" with a line end\n", "with a line end"}


@pytest.mark.django_db(transaction=True)
def test_environment_that_is_chosen_and_deleted_at_once_is_one_or_the_other(admin: Any) -> None:
    deployment = a_deployment()
    for number in range(8):
        chosen = create_environment(admin, f"Place {number}")
        outcomes = at_once(
            partial(change_settings, deployment, admin, environment_id=chosen.pk),
            partial(delete_environment, chosen, admin),
        )
        is_there = Environment.objects.filter(pk=chosen.pk).exists()
        assert [type(one) for one in outcomes] == ([NoneType, Conflict] if is_there else [Invalid, NoneType])
        change_settings(deployment, admin, environment_id=None)
