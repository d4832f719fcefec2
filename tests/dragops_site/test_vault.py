"""Secrets at rest."""

import base64
import os
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from deployments.actions import create_connection, create_environment, set_secret
from deployments.connections import opened
from deployments.models import Connection, WebhookSecret
from dragops_site import vault
from dragops_site.supervisor.folder import DataFolder
from dragops_site.vault import CannotOpen, NoKey, Place, place_of, read_keys, seal, unseal
from patterns.actions import create_pattern

PLACE = Place("secrets", "1", "sealed")


def _key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.mark.parametrize("text", ["", "hush", "é\x00😀", "x" * 100_000])
def test_sealed_text_opens_at_its_place(text: str) -> None:
    sealed = seal(text, PLACE)
    assert unseal(sealed, PLACE) == text
    version, key_id, content = sealed.split(".")
    assert (version, len(key_id)) == ("v1", 8)
    assert len(base64.b64decode(content)) == 12 + len(text.encode()) + 16


def test_same_text_is_sealed_differently_each_time() -> None:
    assert seal("hush", PLACE) != seal("hush", PLACE)


@pytest.mark.parametrize(
    "place", [Place("other", "1", "sealed"), Place("secrets", "2", "sealed"), Place("secrets", "1", "other")]
)
def test_sealed_text_does_not_open_at_another_place(place: Place) -> None:
    with pytest.raises(CannotOpen):
        unseal(seal("hush", PLACE), place)


@pytest.mark.parametrize("sealed", ["", "v1", "v1.x.y", "v1..", "hush", "v2.{}", "v1.{}.", "v1.{}.AAAA", "v1.{}.!"])
def test_what_is_not_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(sealed.format(seal("x", PLACE).split(".")[1]), PLACE)


def test_every_changed_character_is_noticed() -> None:
    sealed = seal("hush", PLACE)
    for position in range(len(sealed) - 4):  # the last characters hold bits that Base64 leaves unused
        changed = sealed[:position] + ("A" if sealed[position] != "A" else "B") + sealed[position + 1 :]
        with pytest.raises(CannotOpen):
            unseal(changed, PLACE)


def test_first_key_seals_and_every_key_opens(settings: Any) -> None:
    old, new = _key(), _key()
    settings.ENCRYPTION_KEYS = old
    sealed = seal("hush", PLACE)
    settings.ENCRYPTION_KEYS = f"{new},{old}"
    assert unseal(sealed, PLACE) == "hush"
    assert seal("x", PLACE).split(".")[1] != sealed.split(".")[1]
    settings.ENCRYPTION_KEYS = new
    with pytest.raises(CannotOpen):
        unseal(sealed, PLACE)


@pytest.mark.parametrize("text", ["", " , ", "hush", "aHVzaA==", f"{_key()},hush", "é" * 43, "!" * 44])
def test_text_that_holds_no_keys_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(NoKey) as refused:
        read_keys(text)
    assert "hush" not in str(refused.value)


def test_keys_are_read_in_either_alphabet_with_and_without_padding() -> None:
    raw = b"\xff\xfe" * 16
    standard, other = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    assert read_keys(f" {standard}, {other} ,{standard.rstrip('=')},{other.rstrip('=')}\n") == [raw] * 4


def test_nothing_is_sealed_without_a_key(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ""
    with pytest.raises(NoKey):
        seal("hush", PLACE)


def test_data_folder_makes_a_key_once_for_its_owner_alone(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.delenv("DRAGOPS_ENCRYPTION_KEYS")
    folder = DataFolder(tmp_path / "data")
    keys = folder.encryption_keys()
    assert (len(read_keys(keys)), folder.encryption_keys()) == (1, keys)
    assert (tmp_path / "data" / "encryption_key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("DRAGOPS_ENCRYPTION_KEYS", "given")
    assert folder.encryption_keys() == "given"
    folder.close()


# --- Rotation -------------------------------------------------------------------------------------------------------
def _secret(editor: Any, text: str) -> WebhookSecret:
    secret = WebhookSecret(pattern=create_pattern(editor, "Orders"))
    secret.sealed = seal(text, place_of(secret, "sealed"))
    secret.save()
    return secret


@pytest.mark.django_db
def test_rotation_seals_everything_with_the_first_key(editor: Any, settings: Any, capsys: Any) -> None:
    old, new = _key(), _key()
    settings.ENCRYPTION_KEYS = old
    secrets = [_secret(editor, f"hush {number}") for number in range(3)]
    settings.ENCRYPTION_KEYS = f"{new},{old}"
    call_command("rotate_secrets")
    settings.ENCRYPTION_KEYS = new
    for number, secret in enumerate(secrets):
        secret.refresh_from_db()
        assert unseal(secret.sealed, place_of(secret, "sealed")) == f"hush {number}"
    assert vault.rotate("deployments.WebhookSecret", "sealed") == (0, [])
    printed = capsys.readouterr().out
    assert "3 sealed" in printed and "hush" not in printed


@pytest.mark.django_db
def test_rotation_names_the_rows_that_no_key_opens_and_fails(editor: Any, settings: Any, capsys: Any) -> None:
    settings.ENCRYPTION_KEYS = _key()
    lost = _secret(editor, "hush")
    settings.ENCRYPTION_KEYS = _key()
    kept = _secret(editor, "hush")
    with pytest.raises(SystemExit):
        call_command("rotate_secrets")
    assert str(lost.pk) in (printed := capsys.readouterr().out) and str(kept.pk) not in printed
    sealed = lost.sealed
    lost.refresh_from_db()
    assert lost.sealed == sealed


@pytest.mark.django_db
def test_old_key_can_go_once_everything_is_rotated(editor: Any, admin: Any, settings: Any, capsys: Any) -> None:
    old, new = _key(), _key()
    settings.ENCRYPTION_KEYS = old
    place = create_environment(admin, "Production")
    set_secret(place, "KEY", "hush one", admin)
    webhook = _secret(editor, "hush two")
    shop = create_connection(admin, "bearer", "Shop", {"token": "hush three"}, ["api.example.com"])
    Connection.objects.update(sealed_token=seal("hush four", place_of(shop, "sealed_token")))
    settings.ENCRYPTION_KEYS = f"{new},{old}"
    assert {vault.count(*field).older for field in settings.SEALED_FIELDS} == {1}
    call_command("rotate_secrets")
    assert {vault.count(*field) for field in settings.SEALED_FIELDS} == {vault.Sealed(1, 0, 0)}
    settings.ENCRYPTION_KEYS = new
    secret, shop, webhook = place.secrets.get(), Connection.objects.get(), WebhookSecret.objects.get()
    sealed = [(secret, "sealed"), (webhook, "sealed"), (shop, "sealed_token")]
    assert [unseal(getattr(row, field), place_of(row, field)) for row, field in sealed] == [
        "hush one",
        "hush two",
        "hush four",
    ]
    assert opened(shop)["token"] == "hush three"
    assert "hush" not in capsys.readouterr().out


def test_every_sealed_column_is_rotated(settings: Any) -> None:
    columns = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.name.startswith("sealed")
    }
    assert columns == set(settings.SEALED_FIELDS)
