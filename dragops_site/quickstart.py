"""The page that leads through the API: each step in curl and in Python, with this server's own address.

The examples are files under templates/quickstart; the tests run them as they stand.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.pages import requires

FOLDER: Path = settings.BASE_DIR / "templates" / "quickstart"
SERVER = "https://dragops.example.com"
LANGUAGES = {"curl": "curl", "python": "Python"}


@dataclass(frozen=True)
class Step:
    """What to do, and why; `name` is that of its files."""

    name: str
    title: str
    told: str


STEPS = (
    Step("sign_in", "Sign in", "The token is good for an hour. Set EMAIL and PASSWORD in the environment first."),
    Step("pattern", "Create a pattern, and deploy it", "This needs the role editor. Its webhook is its own for ever."),
    Step("call", "Call its webhook", "202 means that the run is in the database. The same key starts no second run."),
    Step("follow", "See what became of it", "Each entry of the log is a step, with its inputs and its output."),
    Step("execute", "Run it by hand, and wait", "Up to so many seconds; sent again with its key, it is the same run."),
    Step("list", "Page through its runs", "Newest first. A cursor costs the same at any depth."),
)


@requires(Role.VIEWER)
@require_GET
def quickstart(request: HttpRequest) -> HttpResponse:
    base = request.build_absolute_uri("/").rstrip("/")
    steps = [(step, [(LANGUAGES[kind], code(step, kind, base)) for kind in LANGUAGES]) for step in STEPS]
    limit = settings.API_CALLS_A_MINUTE
    return render(request, "quickstart/page.html", {"steps": steps, "base": base, "calls_a_minute": limit})


def code(step: Step, kind: str, base: str) -> str:
    """An example as somebody can paste it; `kind` is one of LANGUAGES."""
    return (FOLDER / f"{step.name}.{kind}.txt").read_text().strip().replace(SERVER, base)
