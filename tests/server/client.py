"""What the tests of a whole server do over HTTP: sign in, deploy a pattern, call its webhook, read its runs."""

from typing import Any

import httpx

from tests.server.conftest import ADMIN


class Client:
    """The REST API of a running server, signed in as its first admin."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        credentials = {"email": ADMIN["DRAGOPS_ADMIN_EMAIL"], "password": ADMIN["DRAGOPS_ADMIN_PASSWORD"]}
        token = self.call("POST", "/api/auth/login", credentials)["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The data of an answer of the API."""
        return self._answer(method, path, body, params)["data"]

    def deployed(self, name: str, graph: dict[str, Any]) -> dict[str, Any]:
        """A new pattern with this graph, deployed."""
        pattern = self.call("POST", "/api/patterns", {"name": name, "graphData": graph})
        self.call("POST", f"/api/patterns/{pattern['id']}/deploy", {})
        return dict(pattern)

    def count(self, pattern_id: str, **params: Any) -> int:
        """How many runs a deployment has."""
        answer = self._answer("GET", f"/api/deployments/{pattern_id}/runs", None, {"limit": 1, **params})
        return int(answer["meta"]["total"])

    def _answer(self, method: str, path: str, body: Any, params: dict[str, Any]) -> Any:
        answer = self.http.request(method, path, json=body, params=params)
        assert answer.is_success, answer.text
        return answer.json()
