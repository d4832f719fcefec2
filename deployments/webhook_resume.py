"""The one-time address at which a run waits for a request: `/webhooks/resume/<token>`, open to whoever knows it.

POST and PUT answer the run. GET only shows a page with a button: mail scanners and previews follow links.
"""

import logging

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from deployments import webhook_answers as answers
from deployments.webhook_events import read_event
from dragops_site.errors import MethodNotAllowed, Refused, Unavailable
from executions.actions.answer_hook import answer_hook, open_hook

logger = logging.getLogger(__name__)
SHOWING = ("GET", "HEAD")
ANSWERING = ("POST", "PUT")


@csrf_exempt
@never_cache
def resume(request: WSGIRequest, token: str) -> HttpResponse:
    """Whoever has the address may answer: a form needs no CSRF token, for the address itself is the secret."""
    try:
        answer = _answer(request, token)
    except Refused as refused:
        answer = _refuse(request, refused)
    except (DatabaseError, InterfaceError):
        logger.exception("the answer to a waiting run could not be stored")
        answer = _refuse(request, Unavailable("The answer could not be stored. Send it again."))
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _answer(request: WSGIRequest, token: str) -> HttpResponse:
    if request.method in SHOWING:
        open_hook(token)
        return _say(request, "waiting")
    if request.method not in ANSWERING:
        raise MethodNotAllowed("Send POST to answer the run that waits here.", SHOWING + ANSWERING)
    answer_hook(token, read_event(request))
    return _say(request, "accepted", 202)


def _say(request: WSGIRequest, status: str, code: int = 200) -> HttpResponse:
    if _is_browser(request):
        return render(request, "deployments/resume.html", {"status": status}, status=code)
    return answers.json_answer({"status": status}, code)


def _refuse(request: WSGIRequest, refused: Refused) -> HttpResponse:
    if not _is_browser(request):
        return answers.refusal(refused)
    page = render(request, "deployments/resume.html", {"refused": refused}, status=refused.status)
    for name, value in refused.headers.items():
        page[name] = value
    return page


def _is_browser(request: WSGIRequest) -> bool:
    return "text/html" in request.META.get("HTTP_ACCEPT", "")
