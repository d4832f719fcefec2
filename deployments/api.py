"""The API of deployments and versions."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from deployments.actions import change_settings, deploy, execute, pause, resume, rollback, undeploy
from deployments.models import Deployment
from deployments.serializers import (
    DeployAnswer,
    DeploymentData,
    DeploymentsQuery,
    DeploymentState,
    DeployRequest,
    ExecuteRequest,
    PauseRequest,
    RollbackRequest,
    Undeployed,
    VersionData,
    with_row_fields,
)
from deployments.settings_api import DeploymentChange, NoticeData
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, PageQuery, page_of, read
from dragops_site.api_schema import PAGE_META
from dragops_site.errors import NotFound
from dragops_site.idempotency import REPLAYED, once
from dragops_site.ids import parse_id
from executions.api import RUNS_META, find_run, runs_answer
from executions.replies import wait_for_result
from executions.serializers import RunData, RunRow, RunsQuery, run_data
from patterns.api import find_pattern
from patterns.models import Pattern


def find_deployment(pattern_id: str) -> Deployment:
    """The deployment of an address, which may hold anything. Raises NotFound (DEPLOYMENT_NOT_FOUND)."""
    key = parse_id(pattern_id)
    deployment = with_row_fields().filter(pk=key).first() if key else None
    if deployment is None:
        raise NotFound("There is no such deployment.", code="DEPLOYMENT_NOT_FOUND")
    return deployment


class DeploymentsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Deployments", parameters=[DeploymentsQuery], responses=DeploymentData(many=True), extensions=PAGE_META
    )
    def get(self, request: Request) -> Answer:
        """Those deployed last come first."""
        query = read(DeploymentsQuery, request.query_params)
        found = with_row_fields().order_by("-deployed_at", "pk")
        if status := query.get("status"):
            found = found.filter(status=status)
        if text := query.get("search"):
            found = found.filter(pattern__name__icontains=text)
        page = page_of(found, query)
        return Answer(DeploymentData(page.rows, many=True, context={"request": request}).data, meta=page.meta)


class DeploymentView(ApiView):
    roles = {"GET": Role.VIEWER, "PATCH": Role.EDITOR}

    @extend_schema(summary="A deployment", responses=DeploymentData)
    def get(self, request: Request, pattern_id: str) -> Answer:
        return _answer(pattern_id, request)

    @extend_schema(summary="Change the settings of a deployment", request=DeploymentChange, responses=DeploymentData)
    def patch(self, request: ApiRequest, pattern_id: str) -> Answer:
        """Settings that are not given stay as they are. They hold for the runs that start from now on; the concurrency
        limit for those that are open, too."""
        deployment = find_deployment(pattern_id)
        if changes := read(DeploymentChange, request.data):
            change_settings(deployment, request.user, **changes)
        return _answer(pattern_id, request)


class NoticesView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Notices of a deployment", parameters=[PageQuery], responses=NoticeData(many=True), extensions=PAGE_META
    )
    def get(self, request: Request, pattern_id: str) -> Answer:
        """What people were told of it, newest first: pauses by the circuit breaker, recoveries, failed runs."""
        notices = find_deployment(pattern_id).notices.order_by("-id")
        page = page_of(notices, read(PageQuery, request.query_params))
        return Answer(NoticeData(page.rows, many=True).data, meta=page.meta)


class PauseView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Pause a deployment", request=PauseRequest, responses=DeploymentData)
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """409 CONFLICT unless it is active."""
        reason = read(PauseRequest, request.data)["reason"]
        pause(find_deployment(pattern_id), request.user, reason)
        return _answer(pattern_id, request)


class ResumeView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Resume a deployment", request=None, responses=DeploymentData)
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """409 CONFLICT unless it is paused."""
        resume(find_deployment(pattern_id), request.user)
        return _answer(pattern_id, request)


class RollbackView(ApiView):
    roles = {"POST": Role.EDITOR}

    @extend_schema(summary="Make an older version live", request=RollbackRequest, responses=DeploymentData)
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """404 VERSION_NOT_FOUND when the pattern has no such version."""
        number = read(RollbackRequest, request.data)["versionNumber"]
        rollback(find_deployment(pattern_id), number, request.user)
        return _answer(pattern_id, request)


class ExecuteView(ApiView):
    roles = {"POST": Role.OPERATOR}
    keys = Keys.OWN  # a run is seen by workers once it is committed: waiting for it is not a part of starting it

    @extend_schema(summary="Run the live version", request=ExecuteRequest, responses={200: RunData, 202: RunData})
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """200 with the ended run when it ends within `wait`, else 202 with the run as it is."""
        given = read(ExecuteRequest, request.data)
        wait = given["wait"]
        deployment = find_deployment(pattern_id)

        def start() -> str:
            return str(execute(deployment, given.get("event"), request.user, awaited=wait > 0).pk)

        run_id, is_replayed = once(request, start)
        if wait:
            wait_for_result(UUID(run_id), wait)
        run = find_run(run_id)
        headers = {REPLAYED: "true"} if is_replayed else None
        return Answer(run_data(run), status=200 if wait and run.is_ended else 202, headers=headers)


class DeploymentRunsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Runs of a deployment", parameters=[RunsQuery], responses=RunRow(many=True), extensions=RUNS_META
    )
    def get(self, request: Request, pattern_id: str) -> Answer:
        """Newest first, test runs of its pattern among them. A page may be short of its limit, and even empty, while
        there is a next cursor."""
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        return runs_answer(request, pattern.pk)


class PatternDeployView(ApiView):
    roles = {"POST": Role.EDITOR, "DELETE": Role.EDITOR}

    @extend_schema(summary="Deploy a pattern", request=DeployRequest, responses=DeployAnswer)
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """The draft becomes the next version, live at once. 422 COMPILE_FAILED with all problems in `details`."""
        given = read(DeployRequest, request.data)
        given.pop("nodeDefinitions", None)
        deploy(find_pattern(pattern_id), request.user, **given)
        return Answer(DeployAnswer(find_deployment(pattern_id)).data)

    @extend_schema(summary="Undeploy a pattern", request=None, responses={200: Undeployed})
    def delete(self, request: ApiRequest, pattern_id: str) -> Answer:
        """Its graph, versions and history stay. 409 NOT_DEPLOYED when it is not deployed."""
        undeploy(find_pattern(pattern_id), request.user)
        return Answer({"status": Deployment.Status.UNDEPLOYED.value})


class PatternDeploymentView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The deployment of a pattern", responses=DeploymentState)
    def get(self, request: Request, pattern_id: str) -> Answer:
        """404 DEPLOYMENT_NOT_FOUND before the first deploy."""
        find_pattern(pattern_id, Pattern.objects.only("id"))
        return Answer(DeploymentState(find_deployment(pattern_id)).data)


class VersionsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Versions of a pattern", parameters=[PageQuery], responses=VersionData(many=True), extensions=PAGE_META
    )
    def get(self, request: Request, pattern_id: str) -> Answer:
        """The newest first."""
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        versions = pattern.versions.select_related("created_by").order_by("-number")
        page = page_of(versions, read(PageQuery, request.query_params))
        live = Deployment.objects.filter(pk=pattern.pk).values_list("version_id", flat=True).first()
        return Answer(VersionData(page.rows, many=True, context={"live": live}).data, meta=page.meta)


def _answer(pattern_id: str, request: Request) -> Answer:
    data: Any = DeploymentData(find_deployment(pattern_id), context={"request": request}).data
    return Answer(data)
