"""Every operation of the OpenAPI document, called with generated values, right and wrong ones: it answers as the
document says, and never with a fault of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dragops_site.wsgi import application
from tests.api.made import deployed, entry, run

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
EXAMPLES = 25
WAIT_S = 0.05
DOCUMENT = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations())
}


@pytest.fixture(autouse=True)
def _one_connection(db: None) -> Iterator[None]:
    """The requests share the test's transaction; between two of them Django would close its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def undone() -> Iterator[None]:
    """What an example does is undone, so that each begins with the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def known(admin: Any) -> dict[str, str]:
    """Values of path parameters under which there is something."""
    deployment = deployed(admin)
    failed = run(deployment.pattern, "failed", error_type="HttpError", error_message="503")
    entry(failed, 1)
    return {
        "pattern_id": str(deployment.pk),
        "run_id": str(failed.pk),
        "webhook_id": str(deployment.pattern.webhook_id),
        "node_id": "log",
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_answers_as_the_document_says(name: str, admin: Any, known: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {AccessToken.for_user(admin)}"}
    operation = OPERATIONS[name]
    cases = st.one_of(operation.as_strategy(), operation.as_strategy(schemathesis.GenerationMode.NEGATIVE))

    @given(case=cases, is_known=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case, is_known: bool) -> None:
        if is_known:
            case.path_parameters.update({key: known[key] for key in case.path_parameters if key in known})
        if isinstance(case.body, dict) and case.body.get("wait"):
            case.body["wait"] = WAIT_S  # no worker is there
        with undone():
            case.call_and_validate(app=application, headers=headers, checks=CHECKS)

    holds()
