"""A run on its graph as the API shows it, and what a run of a draft may be given."""

from typing import Any

from rest_framework import serializers

from dragops_site.api_fields import JSONObject, StrictChar
from executions.serializers import LogEntryData
from executions.status import Mode
from patterns.serializers import PinsData, RunRequest


class DraftRunRequest(RunRequest):
    startAt = StrictChar(
        source="start_at", required=False, max_length=200, help_text="The node to begin at, instead of at the trigger."
    )

    def get_fields(self) -> Any:
        told = "The run whose last outputs stand for those of the nodes that do not run."
        run = serializers.UUIDField(source="source", required=False, help_text=told)
        return {**super().get_fields(), "from": run}  # a word of Python


class RunGraph(serializers.Serializer):
    runId = serializers.CharField()
    patternId = serializers.CharField()
    patternName = serializers.CharField()
    versionNumber = serializers.IntegerField(allow_null=True)
    mode = serializers.ChoiceField([m.value for m in Mode])
    graphData = JSONObject(help_text="What was run: {nodes, edges, variables}.")
    pins: Any = serializers.DictField(child=PinsData(), help_text="Of nodes whose properties add pins.")


class NodeStateData(serializers.Serializer):
    state = serializers.ChoiceField(("running", "waiting", "completed", "failed"))
    passes = serializers.IntegerField(help_text="How often it ran.")
    errors: Any = serializers.IntegerField()
    firstSeq = serializers.IntegerField()
    lastSeq = serializers.IntegerField()
    lastUs = serializers.IntegerField(allow_null=True)
    totalUs = serializers.IntegerField(allow_null=True)


class RunSteps(serializers.Serializer):
    nodes = serializers.DictField(child=NodeStateData(), help_text="By node id.")
    wires = serializers.DictField(child=serializers.IntegerField(), help_text="How often each exec wire was taken.")
    pinned = serializers.ListField(child=serializers.CharField(), help_text="Nodes whose outputs were pinned.")


class StepsQuery(serializers.Serializer):
    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, help_text="What is known.")
    status = serializers.CharField(max_length=20, required=False, help_text="The run's status, as it is known.")


class PassQuery(serializers.Serializer):
    def get_fields(self) -> Any:
        told = "Which time that it ran; without it the last."
        return {"pass": serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text=told)}


class LoopPosition(serializers.Serializer):
    nodeId = serializers.CharField()
    nodeName = serializers.CharField()
    index = serializers.IntegerField(help_text="From 0.")


class NodePass(serializers.Serializer):
    nodeId = serializers.CharField()
    nodeName = serializers.CharField()
    passes = serializers.IntegerField(help_text="How often it ran.")
    loop = LoopPosition(many=True, help_text="The flow nodes around it, the outermost first.")
    entry = LogEntryData()

    def get_fields(self) -> Any:
        return {**super().get_fields(), "pass": serializers.IntegerField(help_text="From 1.")}


class RunOutputs(serializers.Serializer):
    outputs = serializers.DictField(child=JSONObject(), help_text="By node id: the last outputs by pin name.")
    cut = serializers.ListField(child=serializers.CharField(), help_text="Nodes left out: too large for the log.")
