"""Settings of a deployment: one rule, whatever the entrance."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.actions import change_settings, execute
from deployments.models import Deployment, Environment
from deployments.policies import retry_policy
from deployments.settable import BY_COLUMN, LONGEST_RUN_S, by_api_name
from dragops_site.errors import Invalid, PatternNotFound
from executions import admission
from executions.models import Execution
from executions.reopening import reopen
from patterns.models import Pattern
from tests.api.made import run
from tests.patterns.graphs import started_by_hand

pytestmark = pytest.mark.django_db


PRODUCTION = UUID("0198c5b2-0000-7000-8000-000000000001")


@pytest.fixture
def deployment(deployed: Callable[..., Pattern]) -> Deployment:
    Environment.objects.create(pk=PRODUCTION, name="Production")
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


GOOD = {
    "environment_id": PRODUCTION,
    "time_limit_s": 60,
    "concurrency_limit": 3,
    "rate_limit": 100,
    "rate_period_s": 10,
    "retry_attempts": 5,
    "retry_first_delay_s": 0.5,
    "retry_factor": 3,
    "retry_max_delay_s": 600,
    "retry_jitter": 1,
    "retry_never": ["HTTPError", "Error"],
    "retry_every_error": True,
    "retry_anew": True,
    "breaker_share": 50,
    "breaker_minimum": 20,
    "breaker_window_s": 600,
    "breaker_cooldown_s": 30,
    "notify": ["mona@example.org"],
    "retention_days": 7,
    "retention_count": 1_000,
}
BAD: dict[str, list[Any]] = {
    "environment_id": [UUID(int=7), str(PRODUCTION), "", 7, False],
    "time_limit_s": [0, -1, LONGEST_RUN_S + 1, 1.5, "7", None, True, 10**30],
    "concurrency_limit": [0, -1, 10_001, "3", True, 3.0],
    "rate_limit": [0, 1_000_001, "5"],
    "rate_period_s": [0, 86_401, None],
    "retention_days": [0, -1, 3_651, "30"],
    "retention_count": [0, 1_000_001, 1.5],
    "retry_attempts": [0, 101, None],
    "retry_first_delay_s": [-0.1, 604_801, float("nan"), float("inf"), "1", None, True],
    "retry_factor": [0.9, 101],
    "retry_max_delay_s": [-1, 604_801],
    "retry_jitter": [-0.1, 1.1],
    "retry_never": ["HTTPError", None, [1], [""], ["a\nb"], ["x" * 201], ["x"] * 101],
    "retry_every_error": [1, "true", None],
    "retry_anew": [0, None],
    "breaker_share": [0, 101, 50.5],
    "breaker_minimum": [0, 201],
    "breaker_window_s": [0, 86_401],
    "breaker_cooldown_s": [0, 604_801],
    "notify": [
        "a@b.c",
        ["nobody"],
        ["a@example.org\nBcc: b@example.org"],
        ["a@example.org,b@example.org"],
        ["a@example.org"] * 21,
    ],
}
OPTIONAL = ("environment_id", "concurrency_limit", "rate_limit", "breaker_share")


def settings_of(deployment: Deployment) -> dict[str, Any]:
    return dict(Deployment.objects.values(*BY_COLUMN).get(pk=deployment.pk))


def test_table_names_every_setting_of_the_model() -> None:
    assert set(GOOD) == set(BAD) == set(BY_COLUMN)


def test_all_settings_are_changed_at_once(deployment: Deployment, editor: Any) -> None:
    change_settings(deployment, editor, **GOOD)
    assert settings_of(deployment) == GOOD


@pytest.mark.parametrize("column", BY_COLUMN)
def test_setting_is_changed_alone(deployment: Deployment, editor: Any, column: str) -> None:
    before = settings_of(deployment)
    change_settings(deployment, editor, **{column: GOOD[column]})
    assert settings_of(deployment) == before | {column: GOOD[column]}


@pytest.mark.parametrize("column", OPTIONAL)
def test_limit_is_switched_off(deployment: Deployment, editor: Any, column: str) -> None:
    change_settings(deployment, editor, **{column: GOOD[column]})
    change_settings(deployment, editor, **{column: None})
    assert settings_of(deployment)[column] is None


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in BAD.items() for value in values])
def test_value_outside_of_its_bounds_is_refused_and_nothing_changes(
    deployment: Deployment, editor: Any, column: str, value: Any
) -> None:
    before = settings_of(deployment)
    other = "rate_limit" if column == "time_limit_s" else "time_limit_s"
    with pytest.raises(Invalid) as refused:
        change_settings(deployment, editor, **{column: value, other: GOOD[other]})
    assert refused.value.details == by_api_name({column: refused.value.message})
    assert settings_of(deployment) == before


def test_everything_that_is_wrong_is_said_at_once(deployment: Deployment, editor: Any) -> None:
    with pytest.raises(Invalid) as refused:
        change_settings(deployment, editor, time_limit_s=0, retry_attempts=0, retry_jitter=2, breaker_share=0)
    assert refused.value.details == {
        "timeLimitS": "Time limit: must be a whole number from 1 to 2,592,000.",
        "retry": {
            "attempts": "Attempts: must be a whole number from 1 to 100.",
            "jitter": "Jitter: must be a number from 0 to 1.",
        },
        "breaker": {"share": "Failed runs that pause it: must be a whole number from 1 to 100."},
    }


def test_settings_that_are_the_same_are_not_written(
    deployment: Deployment, editor: Any, django_assert_num_queries: Any
) -> None:
    same = settings_of(deployment)
    with django_assert_num_queries(1):
        change_settings(deployment, editor, **same)


def test_only_what_has_changed_is_written(deployment: Deployment, editor: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        change_settings(deployment, editor, **settings_of(deployment) | {"retry_attempts": 3})
    (update,) = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("UPDATE")]
    assert "retry_attempts" in update
    assert "time_limit_s" not in update


def test_policy_that_is_set_is_the_one_that_runs_are_retried_by(deployment: Deployment, editor: Any) -> None:
    change_settings(deployment, editor, retry_attempts=5, retry_never=["Fatal"], retry_every_error=True)
    policy = retry_policy(deployment.pk)
    assert (policy.attempts, set(policy.never), policy.every_error) == (5, {"Fatal"}, True)


# --- The concurrency limit holds at once ------------------------------------------------------------------------------
def test_limit_holds_for_the_open_runs_of_the_pattern(
    deployment: Deployment, deployed: Callable[..., Pattern], editor: Any
) -> None:
    other = Deployment.objects.get(pk=deployed(started_by_hand(), "Other").pk)
    held = [run(deployment.pattern, "queued"), run(deployment.pattern, "running")]
    free = [run(deployment.pattern), run(other.pattern, "queued"), run(deployment.pattern, "queued", mode="test")]
    for limit in (3, 5, None):
        change_settings(deployment, editor, concurrency_limit=limit)
        assert [Execution.objects.get(pk=one.pk).concurrency for one in held] == [limit, limit]
    change_settings(deployment, editor, concurrency_limit=2)
    assert {Execution.objects.get(pk=one.pk).concurrency for one in free} == {None}


def test_limit_holds_for_more_open_runs_than_one_bite(
    deployment: Deployment, editor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "BITE", 2)
    for _ in range(5):
        run(deployment.pattern, "queued")
    change_settings(deployment, editor, concurrency_limit=2)
    assert Execution.objects.filter(concurrency=2).count() == 5


def test_limit_holds_for_runs_that_are_tried_again_later(deployment: Deployment, editor: Any) -> None:
    live, test = run(deployment.pattern, "failed"), run(deployment.pattern, "failed", mode="test")
    change_settings(deployment, editor, concurrency_limit=2)
    assert reopen(Execution.objects.filter(pk__in=[live.pk, test.pk])) == 2
    assert [Execution.objects.get(pk=one.pk).concurrency for one in (live, test)] == [2, None]


def test_limit_holds_for_runs_that_start_later(deployment: Deployment, editor: Any) -> None:
    change_settings(deployment, editor, concurrency_limit=2)
    assert execute(deployment, {}, editor).concurrency == 2


# --- The API ----------------------------------------------------------------------------------------------------------
NESTED = {
    "environmentId": str(PRODUCTION),
    "timeLimitS": 60,
    "concurrencyLimit": 3,
    "rateLimit": {"limit": 100, "periodS": 10},
    "retry": {
        "attempts": 5,
        "firstDelayS": 0.5,
        "factor": 3,
        "maxDelayS": 600,
        "jitter": 1,
        "never": ["HTTPError", "Error"],
        "everyError": True,
        "anew": True,
    },
    "breaker": {"share": 50, "minimum": 20, "windowS": 600, "cooldownS": 30},
    "notify": ["mona@example.org"],
    "retention": {"days": 7, "count": 1_000},
}


def test_api_takes_and_shows_all_settings(
    deployment: Deployment, editor: Any, viewer: Any, api_as: Callable[[Any], Any]
) -> None:
    address = f"/api/deployments/{deployment.pk}"
    answer = api_as(editor).patch(address, NESTED, format="json")
    assert answer.status_code == 200
    assert settings_of(deployment) == GOOD
    told = api_as(viewer).get(address).json()["data"]
    assert told == answer.json()["data"]
    assert told["breaker"].pop("openedAt") is told["breaker"].pop("trialRunId") is None
    assert {name: told[name] for name in NESTED} == NESTED


def test_api_changes_one_setting_of_a_group_alone(
    deployment: Deployment, editor: Any, api_as: Callable[[Any], Any]
) -> None:
    before = settings_of(deployment)
    change = {"retry": {"attempts": 3}, "breaker": {}}
    assert api_as(editor).patch(f"/api/deployments/{deployment.pk}", change, format="json").status_code == 200
    assert settings_of(deployment) == before | {"retry_attempts": 3}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (
            {"retry": {"attempts": 0, "never": "x"}, "timeLimitS": "7"},
            {"retry": {"attempts", "never"}, "timeLimitS": None},
        ),
        ({"retry": None}, {"retry": None}),
        ({"retry": [], "breaker": 5}, {"retry": {"nonFieldErrors", "non_field_errors"}, "breaker": None}),
        ({"notify": ["nobody"]}, {"notify": None}),
        ({"notify": ["x@example.org"] * 21}, {"notify": None}),
        ({"rateLimit": {"periodS": None, "limit": 0}}, {"rateLimit": {"periodS", "limit"}}),
    ],
)
def test_api_names_every_wrong_setting_and_changes_nothing(
    deployment: Deployment, editor: Any, api_as: Callable[[Any], Any], change: Any, wrong: Any
) -> None:
    before = settings_of(deployment)
    answer = api_as(editor).patch(f"/api/deployments/{deployment.pk}", change, format="json")
    details = answer.json()["error"]["details"]
    assert (answer.status_code, set(details)) == (422, set(wrong))
    for group, names in wrong.items():
        assert names is None or set(details[group]) <= names
    assert settings_of(deployment) == before


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
