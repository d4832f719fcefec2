"""The API of webhooks: their signatures, their request log, their captured requests.

An address names a webhook by its own id or by that of its pattern.
"""

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from deployments import webhook_history
from deployments.actions import rotate_webhook_secret, run_captured, set_webhook_security
from deployments.models import CapturedRequest
from deployments.webhook_history import Outcome
from deployments.webhook_lookup import UNKNOWN
from deployments.webhook_serializers import (
    CapturedData,
    NewSecret,
    RequestData,
    RequestsQuery,
    SecretRequest,
    SecurityChange,
    SecurityData,
    captured_data,
    security_data,
)
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, read
from dragops_site.api_schema import NUMBER, with_meta
from dragops_site.errors import NotFound
from dragops_site.ids import parse_id
from executions.api import find_run
from executions.serializers import RunData, run_data
from patterns.models import Pattern

CURSOR_META = with_meta(limit=NUMBER, nextCursor={"type": ["string", "null"]})


def find_webhook(webhook_id: str) -> Pattern:
    """The pattern of a webhook. Raises NotFound (WEBHOOK_NOT_FOUND)."""
    key = parse_id(webhook_id)
    pattern = Pattern.objects.defer("graph").filter(Q(pk=key) | Q(webhook_id=key)).first() if key else None
    if pattern is None:
        raise NotFound("There is no such webhook.", code=UNKNOWN)
    return pattern


class SecurityView(ApiView):
    roles = {"GET": Role.VIEWER, "PUT": Role.EDITOR}

    @extend_schema(summary="How requests to a webhook are checked", responses=SecurityData)
    def get(self, request: Request, webhook_id: str) -> Answer:
        return Answer(security_data(find_webhook(webhook_id)))

    @extend_schema(summary="Choose how requests are signed", request=SecurityChange, responses=SecurityData)
    def put(self, request: ApiRequest, webhook_id: str) -> Answer:
        """Another scheme than before starts without a secret, and refuses all requests until it is given one."""
        pattern = find_webhook(webhook_id)
        set_webhook_security(pattern, read(SecurityChange, request.data)["scheme"], request.user)
        return Answer(security_data(pattern))


class RotateSecretView(ApiView):
    roles = {"POST": Role.EDITOR}
    keys = Keys.SECRET

    @extend_schema(summary="Give a webhook a new secret", request=SecretRequest, responses={201: NewSecret})
    def post(self, request: ApiRequest, webhook_id: str) -> Answer:
        """The old secrets stay valid for `overlapS` seconds. 409 CONFLICT where no scheme is chosen."""
        given = read(SecretRequest, request.data)
        secret = rotate_webhook_secret(find_webhook(webhook_id), request.user, **given)
        return Answer({"secret": secret}, status=201)


class RequestsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Requests to a webhook",
        parameters=[RequestsQuery],
        responses=RequestData(many=True),
        extensions=CURSOR_META,
    )
    def get(self, request: Request, webhook_id: str) -> Answer:
        """Newest first, whether they started a run or not. A page may be short of its limit, and even empty, while
        there is a next cursor. Of those that started no run, the newest thousand of the last week are kept."""
        query = read(RequestsQuery, request.query_params)
        outcome = Outcome(query["outcome"]) if "outcome" in query else None
        pattern = find_webhook(webhook_id)
        page = webhook_history.page(pattern.pk, outcome, query.get("cursor"), query["limit"])
        data = RequestData(page.rows, many=True).data
        return Answer(data, meta={"limit": query["limit"], "nextCursor": page.next_cursor})


class CapturedView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Captured requests of a webhook", responses=CapturedData(many=True))
    def get(self, request: Request, webhook_id: str) -> Answer:
        """Those that came while the pattern was not deployed, newest first; the latest few are kept."""
        return Answer(captured_data(find_webhook(webhook_id)))


class RunCapturedView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Run a captured request", request=None, responses={202: RunData})
    def post(self, request: ApiRequest, webhook_id: str, captured_id: str) -> Answer:
        """On the live version; where there is none as a test of the draft, which needs the role editor."""
        run = run_captured(_find_captured(find_webhook(webhook_id), captured_id), request.user)
        return Answer(run_data(find_run(str(run.pk))), status=202)


def _find_captured(pattern: Pattern, captured_id: str) -> CapturedRequest:
    key = parse_id(captured_id)
    captured = CapturedRequest.objects.filter(pk=key, pattern=pattern).first() if key else None
    if captured is None:
        raise NotFound("There is no such captured request.", code="CAPTURED_REQUEST_NOT_FOUND")
    return captured
