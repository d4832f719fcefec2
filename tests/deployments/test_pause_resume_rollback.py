"""What a deployment does when it is asked to change: each verb, from each status."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from deployments.actions import deploy, pause, resume, rollback, undeploy
from deployments.models import Deployment, Version
from dragops_site.errors import Conflict, NotFound, PatternNotFound
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.threads import at_once


@pytest.fixture
def in_status(editor: Any) -> Callable[[str], Deployment]:
    """in_status(status) -> a deployment with two versions, the second of them live unless it is undeployed."""

    def make(status: str) -> Deployment:
        pattern = create_pattern(editor, "Orders")
        deploy(pattern, editor)
        deploy(pattern, editor)
        if status == "paused":
            pause(_of(pattern), editor, "Why")
        if status == "undeployed":
            undeploy(pattern, editor)
        return _of(pattern)

    return make


def _of(pattern: Pattern) -> Deployment:
    return Deployment.objects.select_related("version").get(pk=pattern.pk)


def _now(deployment: Deployment) -> tuple[str, int | None]:
    found = Deployment.objects.select_related("version").get(pk=deployment.pk)
    return found.status, found.version.number if found.version else None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        (pause, "active", "paused"),
        (pause, "paused", None),
        (pause, "undeployed", None),
        (resume, "active", None),
        (resume, "paused", "active"),
        (resume, "undeployed", None),
    ],
)
def test_pause_and_resume_from_each_status(
    in_status: Callable[[str], Deployment], editor: Any, verb: Any, before: str, after: str | None
) -> None:
    deployment = in_status(before)
    stood = _now(deployment)
    if after is None:
        with pytest.raises(Conflict) as refused:
            verb(deployment, editor)
        assert refused.value.details == {"status": before}
        assert _now(deployment) == stood
    else:
        verb(deployment, editor)
        assert _now(deployment) == (after, 2)


@pytest.mark.django_db
def test_pause_keeps_the_reason_until_it_is_resumed(in_status: Callable[[str], Deployment], editor: Any) -> None:
    deployment = in_status("active")
    pause(deployment, editor, " Too many\x00 errors \ud800 ")
    assert Deployment.objects.get().pause_reason == "Too many\\x00 errors \\ud800"
    resume(deployment, editor)
    assert Deployment.objects.get().pause_reason == ""


@pytest.mark.django_db
def test_pause_decides_by_the_row_and_not_by_what_was_read(in_status: Callable[[str], Deployment], editor: Any) -> None:
    read_before = in_status("active")
    pause(_of(read_before.pattern), editor)
    with pytest.raises(Conflict):
        pause(read_before, editor)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", [pause, resume])
def test_pause_and_resume_refuse_a_deployment_that_is_gone(
    in_status: Callable[[str], Deployment], editor: Any, verb: Any
) -> None:
    deployment = in_status("active")
    Pattern.objects.all().delete()
    with pytest.raises(PatternNotFound):
        verb(deployment, editor)


@pytest.mark.django_db(transaction=True)
def test_pause_lets_one_of_four_that_pause_at_once_succeed(in_status: Callable[[str], Deployment], editor: Any) -> None:
    outcomes = at_once(*[partial(pause, in_status("active"), editor)] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["Conflict"] * 3, "NoneType"]


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), [("active", "active"), ("paused", "paused"), ("undeployed", "active")])
def test_rollback_makes_the_older_version_live_from_each_status(
    in_status: Callable[[str], Deployment], editor: Any, before: str, after: str
) -> None:
    deployment = in_status(before)
    asked_at = timezone.now()
    assert rollback(deployment, 1, editor).number == 1
    assert _now(deployment) == (after, 1)
    assert Deployment.objects.get().deployed_at >= asked_at
    assert Version.objects.count() == 2


@pytest.mark.django_db
def test_rollback_and_then_deploy_counts_on_from_the_highest_number(
    in_status: Callable[[str], Deployment], editor: Any
) -> None:
    deployment = in_status("active")
    rollback(deployment, 1, editor)
    assert deploy(deployment.pattern, editor).number == 3


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 3, -1, 10**30])
def test_rollback_refuses_a_version_that_never_was(
    in_status: Callable[[str], Deployment], editor: Any, number: int
) -> None:
    deployment = in_status("active")
    with pytest.raises(NotFound) as refused:
        rollback(deployment, number, editor)
    assert refused.value.code == "VERSION_NOT_FOUND"
    assert _now(deployment) == ("active", 2)


@pytest.mark.django_db
def test_rollback_refuses_the_version_of_another_pattern(in_status: Callable[[str], Deployment], editor: Any) -> None:
    one = create_pattern(editor, "One version")
    deploy(one, editor)
    in_status("active")
    with pytest.raises(NotFound):
        rollback(_of(one), 2, editor)
