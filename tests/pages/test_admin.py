from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import CapturedRequest, Deployment, Notice, Schedule, Tick
from dragops_site.accounts.models import User
from executions.models import Execution, LogEntry, Worker
from patterns.models import Tag
from tests.pages.made import a_deployment, a_run, an_entry

OURS = [
    model
    for label in ("accounts", "patterns", "executions", "deployments")
    for model in apps.get_app_config(label).get_models()
]
HISTORY = [Execution, LogEntry, Worker, CapturedRequest, Deployment, Notice, Schedule, Tick]


def path_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def make_one_of_each(number: int) -> None:
    pattern = a_deployment(f"Orders {number}").pattern
    pattern.tags.add(Tag.objects.create(name=f"tag {number}"))
    an_entry(a_run(pattern), 1, message="<b>evil</b>")
    CapturedRequest.objects.create(pattern=pattern, event={"a": "<b>evil</b>"})
    Notice.objects.create(deployment_id=pattern.pk, subject="<b>evil</b>", text="<b>evil</b>")
    Schedule.objects.create(pattern=pattern, cron="* * * * *")
    Tick.objects.create(pattern=pattern, due_at=timezone.now(), outcome="fired")
    Worker.objects.create(name="host", pid=number)


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
