"""Who did what to what: recorded with what is done, and found again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments import housekeeping
from deployments.actions import create_environment, pause, resume, rollback, set_secret, undeploy
from deployments.models import Deployment
from dragops_site import audit
from dragops_site.accounts.models import AuditEntry
from dragops_site.accounts.tokens import create_token
from dragops_site.ids import first_id
from tests.api.made import deployed, run
from tests.api.test_tokens import by_token

SECRET = "sk_live_51Habcdefgh"


def verbs() -> list[str]:
    return [entry.verb for entry in AuditEntry.objects.order_by("id")]


def test_what_people_do_is_recorded_with_names_and_without_secrets(admin: Any) -> None:
    deployment = deployed(admin)
    pause(deployment, admin, "The warehouse is closed")
    resume(deployment, admin)
    rollback(deployment, 1, admin)
    set_secret(create_environment(admin, "production"), "KEY", SECRET, admin)
    undeploy(deployment.pattern, admin)
    done = ["created", "deployed", "paused", "resumed", "rolled back", "changed", "created", "set secret", "undeployed"]
    assert sorted(verbs()) == sorted(done)
    paused = AuditEntry.objects.get(verb="paused")
    assert (paused.actor, paused.target_type, paused.target_name) == (admin.email, "pattern", "Orders")
    assert paused.detail == "The warehouse is closed"
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_entry_tells_of_the_token_and_from_where_it_came(editor: Any) -> None:
    deployment = deployed(editor)
    _, secret = create_token(editor, "night shift", "operator")
    by_token(secret).post(f"/api/deployments/{deployment.pk}/pause", {}, REMOTE_ADDR="192.0.2.7")
    paused = AuditEntry.objects.get(verb="paused")
    assert (paused.actor, paused.address) == (f"{editor.email} by token night shift", "192.0.2.7")


def test_what_is_undone_is_not_recorded(admin: Any) -> None:
    deployment = deployed(admin)
    before = AuditEntry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        pause(deployment, admin)
        raise RuntimeError
    assert AuditEntry.objects.count() == before
    assert Deployment.objects.get(pk=deployment.pk).status == "active"


def test_what_the_machine_does_is_not_recorded(editor: Any) -> None:
    deployment = deployed(editor)
    before = AuditEntry.objects.count()
    pause(deployment, None)
    assert AuditEntry.objects.count() == before


def test_entries_are_never_changed(admin: Any) -> None:
    audit.record(admin, "tried")
    with pytest.raises(TypeError):
        AuditEntry.objects.get().save()


def test_trail_is_found_by_who_what_whom_to_and_text(api_as: Any, admin: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    api_as(admin).post(f"/api/runs/{run(pattern, 'queued').pk}/cancel")
    client = api_as(admin)

    def found(query: str) -> list[str]:
        return [row["verb"] for row in client.get(f"/api/audit?{query}").json()["data"]]

    assert found("") == ["canceled", "deployed", "created"]
    assert found(f"userId={editor.pk}") == ["deployed", "created"]
    assert found(f"targetId={pattern.pk}&verb=deployed") == ["deployed"]
    assert found("targetType=execution") == ["canceled"]
    assert found("q=version 1") == ["deployed"]
    assert found("since=2999-01-01T00:00:00Z") == []


def test_trail_is_paged_by_a_cursor_at_the_same_cost(api_as: Any, admin: Any) -> None:
    client, seen, cursor = api_as(admin), [], ""
    for number in range(5):
        audit.record(admin, f"did {number}")
    for _ in range(3):
        with CaptureQueriesContext(connection) as made:
            page = client.get(f"/api/audit?limit=2{cursor}").json()
        assert len(made) == 1
        seen += [row["verb"] for row in page["data"]]
        cursor = f"&cursor={page['meta']['nextCursor']}"
    assert seen == [f"did {number}" for number in (4, 3, 2, 1, 0)]
    assert page["meta"]["nextCursor"] is None


def test_trail_is_kept_for_more_than_a_year(admin: Any) -> None:
    audit.record(admin, "did")
    AuditEntry.objects.create(id=first_id(timezone.now() - timedelta(days=401)), actor="long ago", verb="did")
    assert housekeeping.prune_trail() == 1
    assert AuditEntry.objects.get().actor == admin.email
