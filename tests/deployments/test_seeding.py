"""A long history out of nothing."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from deployments.models import Deployment
from executions.models import Execution, LogEntry

FEW = {"runs": 60, "entries": 3, "deployments": 4, "days": 5}


@pytest.mark.django_db
def test_history_is_made_of_rows_that_the_models_can_read() -> None:
    call_command("seed_history", **FEW)
    assert (Execution.objects.count(), LogEntry.objects.count(), Deployment.objects.count()) == (60, 180, 4)
    for run in Execution.objects.all():
        run.full_clean(exclude=["id", "event"], validate_unique=False)
        assert (run.event["body"]["order"] >= 0 and run.duration and run.error_message == "") or run.error_type
    assert sorted(Execution.objects.values_list("id", flat=True)) == [
        row.pk for row in Execution.objects.order_by("created_at")
    ]


@pytest.mark.django_db
def test_history_is_the_same_for_the_same_seed_and_refused_beside_a_real_one() -> None:
    call_command("seed_history", **FEW)
    first = list(Execution.objects.order_by("id").values_list("status", "event"))
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_history", **FEW)
    Execution.objects.all().delete()
    call_command("seed_history", **FEW, force=True)
    assert list(Execution.objects.order_by("id").values_list("status", "event")) == first


def test_pages_show_it(client_as: Any, viewer: Any) -> None:
    call_command("seed_history", **FEW)
    browser, key = client_as(viewer), Execution.objects.order_by("-id").values_list("pk", flat=True)[0]
    pattern = Execution.objects.get(pk=key).pattern_id
    pages = ("/executions", "/executions/errors", "/deployments", f"/deployments/{pattern}", f"/executions/{key}")
    for page in pages:
        assert browser.get(page).status_code == 200, page
