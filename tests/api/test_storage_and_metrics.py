"""The size of the database, and what monitoring asks for."""

import re
from typing import Any

from dragops_site.accounts.tokens import create_token
from tests.api.made import deployed, run
from tests.api.test_tokens import by_token


def test_storage_tells_the_size_of_the_database(api_as: Any, viewer: Any) -> None:
    data = api_as(viewer).get("/api/storage").json()["data"]
    assert data["database"] in ("sqlite", "postgresql") and data["bytes"] > 100_000


def test_metrics_are_read_by_prometheus_with_a_token(editor: Any, viewer: Any) -> None:
    pattern = deployed(editor).pattern
    run(pattern, "running"), run(pattern, "queued"), run(pattern, "failed"), run(pattern)
    _, secret = create_token(viewer, "Prometheus")
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    answer = by_token(secret).get("/metrics", headers={"accept": accept})
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain")
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|dragops_\w+(\{\w+="\w+"\})? [0-9.e+]+', line), line
    for line in ("executions_running 1", "executions_queued 1", 'executions_24h{status="failed"} 1', "workers 0"):
        assert f"dragops_{line}\n" in text


def test_metrics_are_nobodys_business_else(api: Any) -> None:
    answer = api.get("/metrics")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
