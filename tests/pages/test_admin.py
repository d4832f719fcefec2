from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import (
    CapturedRequest,
    Delivery,
    Deployment,
    Environment,
    EnvironmentSecret,
    EnvironmentVariable,
    Notice,
    Schedule,
    Tick,
    WebhookRequest,
    WebhookSecret,
    WebhookSecurity,
)
from dragops_site.accounts.models import User
from executions.models import Execution, Hook, LogEntry, State, Worker
from patterns.models import Tag
from tests.pages.made import a_deployment, a_run, an_entry

OURS = [
    model
    for label in ("accounts", "patterns", "executions", "deployments")
    for model in apps.get_app_config(label).get_models()
]
WEBHOOKS = [Delivery, WebhookRequest, WebhookSecret, WebhookSecurity, Hook]
ENVIRONMENTS = [Environment, EnvironmentVariable, EnvironmentSecret]
HISTORY = [*ENVIRONMENTS, Execution, LogEntry, Worker, CapturedRequest, Deployment, Notice, Schedule, Tick, *WEBHOOKS]


def path_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def make_one_of_each(number: int) -> None:
    pattern = a_deployment(f"Orders {number}").pattern
    pattern.tags.add(Tag.objects.create(name=f"tag {number}"))
    run, now = a_run(pattern), timezone.now()
    an_entry(run, 1, message="<b>evil</b>")
    Hook.objects.create(token=f"hook-{number}", execution=run, key="1", closed_at=now, event="<b>evil</b>")
    CapturedRequest.objects.create(pattern=pattern, event={"a": "<b>evil</b>"})
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
    Worker.objects.create(name="host", pid=number)
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
    sealed = EnvironmentSecret.objects.get()
    for path in (path_of(EnvironmentSecret), f"{path_of(EnvironmentSecret)}{sealed.pk}/change/"):
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
