"""Requests that change something, made safe to send again: the header Idempotency-Key names them.

The name is kept in the transaction of what the request does, with the answer: after a crash there are both or neither,
and of two that come at the same time the second waits for the first. Follows draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.errors import BadRequest, Conflict, Refused
from dragops_site.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 200
KEPT = timedelta(hours=24)
UNKEPT = "unkept"  # kept in the place of an answer that holds one


class KeyReused(Refused):
    """The key names another request."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422


def once(request: Request, make: Callable[[], Any]) -> tuple[Any, bool]:
    """What `make` comes to, a JSON value, and whether it did so before, for a request of the same person and key.

    `make` runs within a transaction, and must leave nothing behind where that is undone. Without a key it is just
    called. Raises BadRequest, KeyReused, and whatever `make` raises; then the key is free again.
    """
    if HEADER not in request.headers:
        return make(), False
    return _once(_digest(request), _fingerprint(request), make)


def once_named(user: User, name: str, asked: str, make: Callable[[], Any]) -> tuple[Any, bool]:
    """The same for what a person sends by a form: `name` is what its token says, `asked` all that it asks for."""
    parts = (f"{user.pk}\n{name}", asked)
    digest, told = (hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest() for part in parts)
    return _once(digest, told, make)


def _once(digest: str, asked: str, make: Callable[[], Any]) -> tuple[Any, bool]:
    with transaction.atomic():
        kept, is_new = _claim(digest, asked)
        if is_new:
            kept.answer = make()
            kept.save(update_fields=["answer"])
    if kept.request != asked:
        raise KeyReused(f"This {HEADER} was sent with another request. Take a new one for each thing to be done.")
    return kept.answer, not is_new


def answer_once(
    request: Request, *args: Any, handler: Callable[..., Response], is_secret: bool = False, **kwargs: Any
) -> Response:
    """The answer of a view's method, or what it answered before. One that holds a secret is not kept: Conflict."""
    fresh: list[Response] = []

    def make() -> Any:
        answer = handler(request, *args, **kwargs)
        fresh.append(answer)
        return UNKEPT if is_secret else {"status": answer.status_code, "data": answer.data}

    kept, _ = once(request, make)
    if fresh:
        return fresh[0]
    if kept == UNKEPT:
        raise Conflict("This has been done already. Its answer held a secret and was not kept.")
    return Response(kept["data"], status=kept["status"], headers={REPLAYED: "true"})


def forgettable() -> QuerySet[KeptAnswer]:
    """What was kept for long enough."""
    return KeptAnswer._default_manager.filter(created_at__lte=timezone.now() - KEPT)


def _claim(digest: str, asked: str) -> tuple[KeptAnswer, bool]:
    if kept := KeptAnswer._default_manager.filter(pk=digest).first():
        return kept, False
    try:
        with transaction.atomic():
            return KeptAnswer._default_manager.create(digest=digest, request=asked), True
    except IntegrityError:  # the same request came at the same time, and is done by now
        return KeptAnswer._default_manager.get(pk=digest), False


def _digest(request: Request) -> str:
    key = request.headers[HEADER]
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise BadRequest(f"The {HEADER} is not of 1 to {LONGEST} printable ASCII characters.")
    return hashlib.sha256(f"{request.user.pk}\n{key}".encode()).hexdigest()


def _fingerprint(request: Request) -> str:
    """Keyed, because a body may hold a secret that could be guessed from a plain hash of it."""
    asked = f"{request.method} {request.get_full_path()}\n{jsontext.dumps(request.data)}"
    raw = asked.encode("utf-8", "surrogatepass")
    return salted_hmac("dragops.idempotency", raw, algorithm="sha256").hexdigest()
