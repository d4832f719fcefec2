"""The page from which all settings are reached."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.pages import requires
from dragops_site.storage import database_bytes

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@requires(Role.VIEWER)
@require_GET
def settings_hub(request: HttpRequest) -> HttpResponse:
    """What there is to set, for who may see it."""
    return render(request, "settings.html", {"database": DATABASES[connection.vendor], "bytes": database_bytes()})
