"""Which key seals, and what older keys are still needed for."""

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dragops_site import vault
from dragops_site.accounts.roles import Role
from dragops_site.pages import requires


@requires(Role.ADMIN)
@require_GET
def encryption(request: HttpRequest) -> HttpResponse:
    first, *others = vault.key_ids()
    counts = {_name(model, field): vault.count(model, field) for model, field in settings.SEALED_FIELDS}
    rows = [{"name": name, "first": n.first, "older": n.older, "lost": n.lost} for name, n in counts.items()]
    context = {
        "first": first,
        "others": others,
        "rows": rows,
        "older": sum(count.older for count in counts.values()),
        "lost": sum(count.lost for count in counts.values()),
    }
    return render(request, "connections/encryption.html", context)


def _name(model: str, field: str) -> str:
    found = apps.get_model(model)._meta
    words = found.verbose_name if field == "sealed_token" else found.verbose_name_plural
    return f"{words} tokens".capitalize() if field == "sealed_token" else str(words).capitalize()
