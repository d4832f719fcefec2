"""Secrets at rest: AES-256-GCM, with the place of a value as associated data, so that it opens nowhere else.

A sealed value reads `v1.<key id>.<nonce and ciphertext>`. The first key of settings.ENCRYPTION_KEYS seals, every key
opens; `manage.py rotate_secrets` seals all values with the first one again. No message here holds a value.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db.models import Model

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed with a key that is not here, or for another place, or is damaged."""


class NoKey(CannotOpen):
    """There is no key at all, or what is given for keys is none."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value is kept. What is moved from one row to another does not open there."""

    table: str
    row: str
    field: str

    @property
    def name(self) -> bytes:
        return f"{self.table}/{self.row}/{self.field}".encode()


def place_of(row: Model, field: str) -> Place:
    return Place(row._meta.db_table, str(row.pk), field)


def seal(text: str, place: Place) -> str:
    """Raises NoKey."""
    key_id, cipher = next(iter(_ciphers().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + cipher.encrypt(nonce, text.encode(), place.name)
    return f"{VERSION}.{key_id}.{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, place: Place) -> str:
    """Raises CannotOpen."""
    version, key_id, content = [*sealed.split("."), "", ""][:3]
    cipher = _ciphers().get(key_id)
    if version != VERSION or cipher is None:
        raise CannotOpen(f"{place.name.decode()} was sealed with a key that is not here")
    try:
        raw = base64.b64decode(content, validate=True)
        return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.name).decode()
    except (InvalidTag, ValueError):
        raise CannotOpen(f"{place.name.decode()} is damaged, or was sealed for another place") from None


def rotate(model: str, field: str) -> tuple[int, list[str]]:
    """Seal again, with the first key, what another key has sealed: how many values, and the ids of rows that no key
    opens. A row that changes meanwhile keeps what it was given."""
    rows = apps.get_model(model)._default_manager.exclude(**{field: ""}).only("pk", field)
    first, done, closed = next(iter(_ciphers())), 0, []
    for row in rows.exclude(**{f"{field}__startswith": f"{VERSION}.{first}."}).iterator():
        place, old = place_of(row, field), getattr(row, field)
        try:
            fresh = seal(unseal(old, place), place)
        except CannotOpen:
            closed.append(str(row.pk))
        else:
            done += rows.filter(pk=row.pk, **{field: old}).update(**{field: fresh})
    return done, closed


@dataclass(frozen=True)
class Sealed:
    """How many values of a field the first key has sealed, another one that is here, and one that is not."""

    first: int
    older: int
    lost: int


def count(model: str, field: str) -> Sealed:
    rows = apps.get_model(model)._default_manager.exclude(**{field: ""})
    first, *others = key_ids()
    by_first = rows.filter(**{f"{field}__startswith": f"{VERSION}.{first}."}).count()
    by_others = sum(rows.filter(**{f"{field}__startswith": f"{VERSION}.{key}."}).count() for key in others)
    return Sealed(by_first, by_others, rows.count() - by_first - by_others)


# --- Keys -----------------------------------------------------------------------------------------------------------
def read_keys(text: str) -> list[bytes]:
    """The keys of a comma-separated list in Base64, of either alphabet. Raises NoKey, which tells none of them."""
    found = [_read_key(part.strip(), position) for position, part in enumerate(text.split(","), 1) if part.strip()]
    if not found:
        raise NoKey("There is no encryption key. `manage.py up` makes one; or set DRAGOPS_ENCRYPTION_KEYS.")
    return found


def _read_key(text: str, position: int) -> bytes:
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise NoKey(f"Encryption key {position} is not {KEY_BYTES} bytes in Base64.")
    return key


def key_ids() -> list[str]:
    """The ids of the keys, that of the one which seals first. They tell nothing of the keys. Raises NoKey."""
    return list(_ciphers())


def _ciphers() -> dict[str, AESGCM]:
    """By the ids of their keys, the one that seals first."""
    return _made_of(settings.ENCRYPTION_KEYS)


@cache
def _made_of(keys: str) -> dict[str, AESGCM]:
    # The id tells keys apart and tells nothing of them.
    return {hashlib.sha256(b"dragops key id" + key).hexdigest()[:8]: AESGCM(key) for key in read_keys(keys)}
