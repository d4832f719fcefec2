from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as site
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.actions import create_connection
from deployments.models import (
    CapturedRequest,
    Connection,
    Delivery,
    Deployment,
    Environment,
    EnvironmentSecret,
    EnvironmentVariable,
    Notice,
    Schedule,
    Tap,
    Tick,
    WebhookRequest,
    WebhookSecret,
    WebhookSecurity,
)
from dragops_site import adminbase
from dragops_site.accounts.models import ApiToken, AuditEntry, User
from dragops_site.ids import new_id
from dragops_site.models import KeptAnswer
from executions.models import BulkJob, Execution, Hook, LogEntry, State, TalliedHour, Tally, Worker
from patterns.models import Tag
from tests.pages.made import a_deployment, a_run, an_entry

OURS = [
    model
    for label in ("dragops_site", "accounts", "patterns", "executions", "deployments")
    for model in apps.get_app_config(label).get_models()
]
WEBHOOKS = [Delivery, Tap, WebhookRequest, WebhookSecret, WebhookSecurity, Hook]
ENVIRONMENTS = [Environment, EnvironmentVariable, EnvironmentSecret, Connection]
BIG = [Execution, Tick, Delivery, WebhookRequest, CapturedRequest]
HISTORY = [
    Tally,
    TalliedHour,
    ApiToken,
    AuditEntry,
    KeptAnswer,
    *ENVIRONMENTS,
    Execution,
    LogEntry,
    Worker,
    BulkJob,
    CapturedRequest,
    Tap,
    Deployment,
    Notice,
    Schedule,
    Tick,
    *WEBHOOKS,
]


def path_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def make_one_of_each(number: int) -> None:
    pattern = a_deployment(f"Orders {number}").pattern
    pattern.tags.add(Tag.objects.create(name=f"tag {number}"))
    run, now = a_run(pattern), timezone.now()
    an_entry(run, 1, message="<b>evil</b>")
    Hook.objects.create(token=f"hook-{number}", execution=run, key="1", closed_at=now, event="<b>evil</b>")
    CapturedRequest.objects.create(pattern=pattern, event={"a": "<b>evil</b>"})
    Tap.objects.create(pattern=pattern, armed_at=now, until=now.timestamp())
    Notice.objects.create(deployment_id=pattern.pk, subject="<b>evil</b>", text="<b>evil</b>")
    Schedule.objects.create(pattern=pattern, cron="* * * * *")
    Tick.objects.create(pattern=pattern, due_at=timezone.now(), outcome="fired")
    WebhookSecurity.objects.create(pattern=pattern, scheme="github")
    WebhookSecret.objects.create(pattern=pattern, sealed="<b>evil</b>")
    Delivery.objects.create(pattern=pattern, key="1", execution_id=run.pk, created_at=now)
    WebhookRequest.objects.create(pattern=pattern, received_at=now, method="<b>evil</b>"[:10], status=400, code="X")
    environment = Environment.objects.create(name=f"<b>evil</b> {number}", description="<b>evil</b>")
    EnvironmentVariable.objects.create(environment=environment, name="A", value="<b>evil</b>")
    EnvironmentSecret.objects.create(environment=environment, name="B", sealed="<b>evil</b>", updated_at=now)
    Connection.objects.create(
        name=f"<b>evil</b> {number}", type="bearer", hosts=["<b>evil</b>"], sealed="<b>evil</b>", updated_at=now
    )
    BulkJob.objects.create(
        verb="cancel", ids=["<b>evil</b>"], asked=f"{number}", cursor=new_id(), problem="<b>evil</b>"
    )
    Worker.objects.create(name="host", pid=number)
    user = User.objects.first() or User.objects.create_user("b@example.org")
    ApiToken.objects.create(user=user, name="<b>evil</b>", role="viewer", digest=f"{number}")
    AuditEntry.objects.create(actor="<b>evil</b>", verb="did", target_name="<b>evil</b>")
    KeptAnswer.objects.create(digest=f"{number}", request="0", answer={"data": "<b>evil</b>"})
    Tally.objects.create(pattern=pattern, hour=now, mode="live", trigger="manual", status="failed", runs=1)
    TalliedHour.objects.create(hour=now)
    State.objects.create(pattern=pattern, mode="live", key="<b>evil</b>", value='"<b>evil</b>"')


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_has_a_list_that_searches_with_a_fixed_number_of_queries(
    client_as: Any, admin: Any, make_user: Any, model: Any
) -> None:
    assert site.site.is_registered(model)
    browser, counts = client_as(admin), []
    for number in (1, 5):
        for more in range(number):
            make_one_of_each(number * 10 + more)
        make_user("viewer", email=f"a{number}@example.org")
        browser.get(path_of(model))
        with CaptureQueriesContext(connection) as made:
            assert browser.get(path_of(model)).status_code == 200
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert browser.get(path_of(model), {"q": "orders"}).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_row_opens(client_as: Any, admin: Any, model: Any) -> None:
    make_one_of_each(1)
    answer = client_as(admin).get(f"{path_of(model)}{model.objects.first().pk}/change/")
    assert answer.status_code == 200
    assert "<b>evil" not in answer.content.decode()


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_is_not_changed_here(client_as: Any, admin: Any, model: Any) -> None:
    make_one_of_each(1)
    browser, row = client_as(admin), model.objects.first()
    assert browser.get(f"{path_of(model)}add/").status_code == 403
    assert browser.post(f"{path_of(model)}{row.pk}/change/", {}).status_code == 403
    assert browser.post(f"{path_of(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_secrets_and_open_addresses_are_not_shown(client_as: Any, admin: Any) -> None:
    make_one_of_each(1)
    browser, secret = client_as(admin), WebhookSecret.objects.get()
    WebhookSecret.objects.update(sealed="hush")
    EnvironmentSecret.objects.update(sealed="hush")
    Connection.objects.update(sealed="hush", sealed_token="hush")
    for model in (EnvironmentSecret, Connection):
        for path in (path_of(model), f"{path_of(model)}{model.objects.get().pk}/change/"):
            assert "hush" not in browser.get(path).content.decode()
    Hook.objects.update(closed_at=None)
    for path in (path_of(WebhookSecret), f"{path_of(WebhookSecret)}{secret.pk}/change/", path_of(Hook)):
        html = browser.get(path).content.decode()
        assert "hush" not in html and "hook-1" not in html
    assert browser.get(f"{path_of(Hook)}hook-1/change/").status_code == 302


def act(browser: Any, model: Any, action: str, rows: Any) -> Any:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return browser.post(path_of(model), data, follow=True)


def test_executions_are_canceled_and_refusals_told(client_as: Any, admin: Any) -> None:
    pattern = a_deployment().pattern
    rows = [a_run(pattern, "queued"), a_run(pattern)]
    html = act(client_as(admin), Execution, "cancel_selected", rows).content.decode()
    rows[0].refresh_from_db()
    assert rows[0].status == "canceled"
    assert "1 canceled." in html and "has ended already" in html


def test_executions_are_retried_and_refusals_told(client_as: Any, admin: Any) -> None:
    pattern = a_deployment().pattern
    rows = [a_run(pattern, "dead_letter"), a_run(pattern, "completed")]
    html = act(client_as(admin), Execution, "retry_selected", rows).content.decode()
    rows[0].refresh_from_db()
    assert (rows[0].status, rows[0].attempt) == ("queued", 2)
    assert "1 retried." in html and "cannot be retried" in html


def test_deployments_are_paused_and_resumed(client_as: Any, admin: Any) -> None:
    deployment = a_deployment()
    for action, status in (("pause_selected", "paused"), ("resume_selected", "active")):
        act(client_as(admin), Deployment, action, [deployment])
        deployment.refresh_from_db()
        assert deployment.status == status


def test_a_person_is_added_by_e_mail_address(client_as: Any, admin: Any) -> None:
    password = "quite a long password"
    data = {"email": "New@Example.org", "role": "operator", "usable_password": "true"}
    client_as(admin).post("/admin/accounts/user/add/", {**data, "password1": password, "password2": password})
    found = User.objects.get(email="new@example.org")
    assert found.role == "operator" and found.check_password(password)


def test_the_admin_is_for_staff(client_as: Any, editor: Any) -> None:
    assert client_as(editor).get("/admin/").status_code == 302


def test_value_that_a_pattern_keeps_may_be_deleted_but_not_changed(client_as: Any, admin: Any) -> None:
    make_one_of_each(1)
    browser, row = client_as(admin), State.objects.get()
    assert browser.post(f"{path_of(State)}{row.pk}/change/", {}).status_code == 403
    assert browser.post(f"{path_of(State)}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not State.objects.exists()


def test_staff_without_a_permission_sees_no_model(client_as: Any, make_user: Any) -> None:
    make_one_of_each(1)
    browser = client_as(make_user("admin", email="staff@example.org", is_staff=True))
    for model in OURS:
        row = model._default_manager.first()
        for path in ("", "add/", f"{row.pk}/change/", f"{row.pk}/delete/", f"{row.pk}/history/"):
            assert browser.get(f"{path_of(model)}{path}").status_code == 403, (model, path)


@pytest.mark.parametrize("model", BIG, ids=lambda model: model.__name__)
def test_big_tables_are_searched_by_ids_and_names_of_patterns(client_as: Any, admin: Any, model: Any) -> None:
    for number in (1, 2):
        make_one_of_each(number)
    browser, row = client_as(admin), model.objects.first()
    by_pattern = {"q": str(row.pattern_id)}, {"q": row.pattern.name}
    for asked in ({"q": str(row.pk)}, *by_pattern):
        html = browser.get(path_of(model), asked).content.decode()
        assert f"{path_of(model)}{row.pk}/change/" in html and "1 result" in html
    assert "0 results" in browser.get(path_of(model), {"q": "nothing"}).content.decode()


def test_log_entries_are_searched_by_their_execution(client_as: Any, admin: Any) -> None:
    make_one_of_each(1)
    browser, entry = client_as(admin), LogEntry.objects.get()
    assert "1 result" in browser.get(path_of(LogEntry), {"q": str(entry.execution_id)}).content.decode()
    assert "0 results" in browser.get(path_of(LogEntry), {"q": "Orders"}).content.decode()


def test_verbs_of_the_pages_are_actions_too(client_as: Any, admin: Any) -> None:
    deployment = a_deployment()
    browser = client_as(admin)
    now = timezone.now()
    rows = [a_run(deployment.pattern, status, ended_at=now) for status in ("dead_letter", "completed")]
    html = act(browser, Execution, "redrive_selected", rows).content.decode()
    assert "1 redriven, 1 skipped" in html
    act(browser, Deployment, "undeploy_selected", [deployment])
    deployment.refresh_from_db()
    assert deployment.status == "undeployed"
    used, free = (Environment.objects.create(name=name) for name in ("used", "free"))
    Deployment.objects.update(environment=used)
    html = act(browser, Environment, "delete_chosen", [used, free]).content.decode()
    assert "1 deleted." in html and "is that of Orders" in html
    shop = create_connection(admin, "bearer", "Shop", {"token": "abcdef"}, ["api.example.com"])
    act(browser, Connection, "delete_chosen", [shop])
    assert not Connection.objects.exists() and Environment.objects.get() == used


def test_executions_are_deleted_by_a_job_that_can_be_stopped(client_as: Any, admin: Any, make_user: Any) -> None:
    run = a_run(a_deployment().pattern, ended_at=timezone.now())
    browser = client_as(admin)
    assert "1 will be deleted" in act(browser, Execution, "delete_selected_runs", [run]).content.decode()
    job = BulkJob.objects.get()
    assert (job.verb, job.state, Execution.objects.count()) == ("delete", "waiting", 1)
    assert "1 stopped." in act(browser, BulkJob, "stop_selected", [job]).content.decode()
    assert "is over already" in act(browser, BulkJob, "stop_selected", [job]).content.decode()
    staff = make_user("viewer", email="staff@example.org", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_execution"))
    for action in ("delete_selected_runs", "redrive_selected", "cancel_selected"):
        assert "role" in act(client_as(staff), Execution, action, [run]).content.decode()
    assert BulkJob.objects.get().state == "stopped"


def test_filters_look_at_the_newest_rows(client_as: Any, admin: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(adminbase, "COUNTED", 2)
    pattern = a_deployment().pattern
    for mode in ("test", "test", "live"):
        a_run(pattern, mode=mode)
    browser = client_as(admin)
    assert "1 result" in browser.get(path_of(Execution), {"mode": "test"}).content.decode()
    assert "2 results" in browser.get(path_of(Execution), {"mode": "nonsense"}).content.decode()


def test_big_tables_keep_their_order_whatever_is_asked_for(client_as: Any, admin: Any) -> None:
    pattern = a_deployment().pattern
    rows = [a_run(pattern, attempt=attempt) for attempt in (1, 3, 2)]
    html = client_as(admin).get(path_of(Execution), {"o": "9"}).content.decode()
    places = [html.index(f"{path_of(Execution)}{row.pk}/change/") for row in rows]
    assert places == sorted(places, reverse=True)
