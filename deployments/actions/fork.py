"""Fork an execution: a new one under what is live now, which has behind it what the old one did before a step."""

import logging
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from deployments.actions.execute import execute_live
from deployments.actions.rerun import SAME, rerun
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Conflict, Invalid, NotFound
from executions import forking
from executions.actions.retry import check_may_retry
from executions.actions.start_test_run import start_test_run
from executions.models import Execution, LogEntry
from executions.persistence import writing
from executions.status import Mode
from patterns.graph import Node, parse
from patterns.models import Snapshot

logger = logging.getLogger(__name__)
START = "0"  # the key of the step that every run begins with


def fork(run: Execution, seq: int, user: User | None, event: Any = SAME) -> Execution:
    """Start the live version (after a test, the draft) as if it had come to the step that entry `seq` of the log tells.

    What was recorded before is read back: no effect is had again, and the nodes must be the same. The step itself and
    all that follows are done anew, with effects of their own. Another event can be given at the first step alone.
    Raises NotFound, Invalid, Forbidden, Conflict where a node is another now, NotDeployed, Paused, CompileRefused.
    """
    check_may_retry(run.mode, user)
    chosen = _chosen(run, seq)
    if forking.base_of(chosen.key) == START:
        return rerun(run, user, event)
    if event is not SAME:
        raise Invalid("Another event can be given at the first step alone: what follows was made from the one before.")
    with writing():
        new = _started(run, user)
        _check_nodes(run, chosen, new)
        forking.copy(run, chosen, new)
        audit.record(user, "forked", run, detail=f"as {new.pk}, from step {seq} “{chosen.node_name}”"[:500])
    logger.info("%s forked execution %s at entry %d as %s", user, run.pk, seq, new.pk)
    return new


def _chosen(run: Execution, seq: int) -> LogEntry:
    log = LogEntry.objects.filter(execution=run)
    entry = log.filter(seq=seq).defer("inputs", "output", "outcome", "message").first()
    if entry is None:
        raise NotFound(f"The log has no entry {seq}.", details={"seq": "is not in the log"})
    if not entry.key:
        raise Invalid("This entry is no step. Choose one.", details={"seq": "is no step"})
    if forking.is_on_error(entry.key):
        raise Invalid("This step ran because the run had failed. Choose the one that failed.")
    if entry.is_void:
        _check_void(entry, log.filter(is_void=False))
    return entry


def _check_void(entry: LogEntry, counting: QuerySet[LogEntry]) -> None:
    """A step that has failed the run is void, for a further attempt would do it again; so can a fork. Not so what
    ran because it had failed, or what an attempt from the start has left behind."""
    if not entry.error_type:
        raise Invalid("This step does not count: it ran because another had failed. Choose that one.")
    if counting.filter(key=entry.key).exists() or not counting.filter(key=START, seq__lt=entry.seq).exists():
        raise Invalid("A later attempt has done this step again. Choose it there.", details={"seq": "is void"})


def _started(run: Execution, user: User | None) -> Execution:
    """The row, which says that the run has begun, so that its worker reads the journal."""
    more: dict[str, Any] = {"rerun_of": run, "started_at": timezone.now()}
    if run.mode == Mode.TEST:
        return start_test_run(run.pattern, run.event, user, **more)
    return execute_live(run.pattern_id, run.event, user, **more)


def _check_nodes(run: Execution, chosen: LogEntry, new: Execution) -> None:
    """Whether what has run is still there, by id and type. That each stands where it stood, the run sees: before it
    does anything new it passes all that is recorded, and where a node is another it fails and names both."""
    if run.snapshot_id == new.snapshot_id:
        return
    before, now = _nodes(run.snapshot), _nodes(new.snapshot)
    version = f"version {new.version_number}" if new.version_number else "the draft"
    for node_id, name in forking.recorded_nodes(run, chosen).items():
        old, found = before.get(node_id), now.get(node_id)
        if old is None or (found is not None and found.type == old.type):
            continue
        told = f"is a {found.type} node, “{found.label}”," if found else "is not there"
        message = (
            f"The step “{name}” ({old.type}) ran before this one, and {told} in {version}. Choose an earlier step."
        )
        raise Conflict(message, details={"nodeId": node_id})


def _nodes(snapshot: Snapshot) -> dict[str, Node]:
    return dict(parse(snapshot.graph)[0].nodes)
