"""Settings of a deployment: one rule, whatever the entrance."""

from collections.abc import Callable
from typing import Any

import pytest

from deployments.actions import change_settings
from deployments.actions.change_settings import LONGEST_RUN_S
from deployments.models import Deployment
from dragops_site.errors import Invalid, PatternNotFound
from patterns.models import Pattern
from tests.patterns.graphs import started_by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment(deployed: Callable[..., Pattern]) -> Deployment:
    return Deployment.objects.get(pk=deployed(started_by_hand()).pk)


@pytest.mark.parametrize("seconds", [1, LONGEST_RUN_S])
def test_time_limit_is_set(deployment: Deployment, editor: Any, seconds: int) -> None:
    change_settings(deployment, editor, time_limit_s=seconds)
    deployment.refresh_from_db()
    assert deployment.time_limit_s == seconds


@pytest.mark.parametrize("seconds", [-1, 0, LONGEST_RUN_S + 1])
def test_time_limit_outside_of_its_range_is_refused(deployment: Deployment, editor: Any, seconds: int) -> None:
    with pytest.raises(Invalid, match="from 1 to 2,592,000"):
        change_settings(deployment, editor, time_limit_s=seconds)
    deployment.refresh_from_db()
    assert deployment.time_limit_s == 300


def test_settings_of_a_deployment_that_is_gone_are_refused(deployment: Deployment, editor: Any) -> None:
    Pattern.objects.filter(pk=deployment.pk).delete()
    with pytest.raises(PatternNotFound):
        change_settings(deployment, editor, time_limit_s=60)


def test_pages_and_api_allow_the_same_longest_run(
    deployment: Deployment, editor: Any, api_as: Callable[[Any], Any], client_as: Callable[[Any], Any]
) -> None:
    client_as(editor).post(f"/deployments/{deployment.pk}/settings", {"time_limit_s": str(LONGEST_RUN_S)})
    deployment.refresh_from_db()
    assert deployment.time_limit_s == LONGEST_RUN_S
    answer = api_as(editor).patch(f"/api/deployments/{deployment.pk}", {"timeLimitS": LONGEST_RUN_S}, format="json")
    assert answer.status_code == 200
