"""The API of a run on its graph: what was drawn, what became of each node, and what a node was given and gave."""

from typing import Any
from uuid import UUID

from django.db.models import Max
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, read
from dragops_site.api_schema import NUMBER, TEXT, with_meta
from dragops_site.errors import Invalid, NotFound
from executions import outputs
from executions.actions.start_test_run import start_test_run
from executions.api import find_run
from executions.drawings import drawing_of
from executions.graph_serializers import (
    DraftRunRequest,
    NodePass,
    PassQuery,
    RunGraph,
    RunOutputs,
    RunSteps,
    StepsQuery,
)
from executions.models import Execution
from executions.overlay import frames
from executions.painting import paint, steps_of
from executions.serializers import LogEntryData, RunData, run_data
from patterns.api import find_pattern
from patterns.serializers import pins_data

STEPS_META = with_meta(after={**NUMBER, "description": "The last entry that is counted."}, status=TEXT)


class TestRunView(ApiView):
    roles = {"POST": Role.EDITOR}

    @extend_schema(summary="Run the draft", request=DraftRunRequest, responses={202: RunData})
    def post(self, request: ApiRequest, pattern_id: str) -> Answer:
        """In test mode, with pinned data. 422 COMPILE_FAILED when it does not compile. With `startAt` it begins at that
        node; without an event, the one of the run `from` is used."""
        given = read(DraftRunRequest, request.data)
        pattern = find_pattern(pattern_id)
        source = _source(pattern.pk, given.get("source"))
        event = given.get("event", source.event if source else {})
        start_at = given.get("start_at", "")
        run = start_test_run(pattern, {} if event is None else event, request.user, start_at=start_at, source=source)
        return Answer(run_data(find_run(str(run.pk))), status=202)


def _source(pattern_id: UUID, run_id: UUID | None) -> Execution | None:
    if run_id is None:
        return None
    run = Execution.objects.filter(pk=run_id, pattern_id=pattern_id).first()
    if run is None:
        told = "There is no such run of this pattern."
        raise Invalid(told, details={"from": told})
    return run


class RunGraphView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The graph that a run ran", responses=RunGraph)
    def get(self, request: Request, run_id: str) -> Answer:
        """Pinned data left out."""
        run = find_run(run_id)
        drawing = drawing_of(run.snapshot_id)
        return Answer(
            {
                "runId": str(run.pk),
                "patternId": str(run.pattern_id),
                "patternName": run.pattern.name,
                "versionNumber": run.version_number,
                "mode": run.mode,
                "graphData": drawing.graph,
                "pins": {key: pins_data(pins) for key, pins in drawing.pins.items()},
            }
        )


class RunStepsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="What became of each node",
        parameters=[StepsQuery],
        responses={200: RunSteps, 204: None},
        extensions=STEPS_META,
    )
    def get(self, request: Request, run_id: str) -> Answer:
        """204 where nothing has happened since `after`, and the run is in the `status` that is named."""
        query, run = read(StepsQuery, request.query_params), find_run(run_id)
        last = steps_of(run).aggregate(last=Max("seq"))["last"] or 0
        if query.get("after") == last and query.get("status") == run.status:
            return Answer(bare=True, status=204)
        painted = paint(run)
        nodes = {key: node.as_dict() for key, node in painted.nodes.items()}
        data = {"nodes": nodes, "wires": painted.wires, "pinned": drawing_of(run.snapshot_id).pinned}
        return Answer(data, meta={"after": last, "status": run.status})


class RunNodeView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="What a node was given and gave", parameters=[PassQuery], responses=NodePass)
    def get(self, request: Request, run_id: str, node_id: str) -> Answer:
        """The last time that it ran, or the time that `pass` names. 404 NOT_FOUND where it did not run so often."""
        wanted, run = read(PassQuery, request.query_params).get("pass"), find_run(run_id)
        entries = steps_of(run).filter(node_id=jsontext.clean(node_id)).exclude(key__contains="~").order_by("seq")
        passes = entries.count()
        number = wanted or passes
        if not 0 < number <= passes:
            raise NotFound("The node did not run in this run." if not passes else f"It ran {passes} times.")
        entry = entries[number - 1]
        return Answer(
            {
                "nodeId": entry.node_id,
                "nodeName": entry.node_name,
                "pass": number,
                "passes": passes,
                "loop": _loop(run, entry.key),
                "entry": LogEntryData(entry).data,
            }
        )


class RunOutputsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The last outputs of each node", responses=RunOutputs)
    def get(self, request: Request, run_id: str) -> Answer:
        """With secrets masked, as in the log. Nodes whose outputs the log has not kept whole are named in `cut`."""
        found = outputs.of(find_run(run_id))
        return Answer({"outputs": found.values, "cut": found.cut})


def _loop(run: Execution, key: str) -> list[dict[str, Any]]:
    around = frames(key)
    rows = steps_of(run).filter(key__in=[outer for outer, _ in around]).values_list("key", "node_id", "node_name")
    named = {outer: (node_id, name) for outer, node_id, name in rows}
    return [
        {"nodeId": named[outer][0], "nodeName": named[outer][1], "index": index}
        for outer, index in around
        if outer in named
    ]
