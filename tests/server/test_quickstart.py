"""The examples of the quick start, run as they stand on the page, on a real server."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dragops_site.quickstart import LANGUAGES, STEPS, code
from tests.server.conftest import ADMIN
from tests.server.running import Server

pytestmark = pytest.mark.server
RUNS = {"curl": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


def test_quick_start_works_as_it_stands(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    server.wait_ready()
    signed_in = {"EMAIL": ADMIN["DRAGOPS_ADMIN_EMAIL"], "PASSWORD": ADMIN["DRAGOPS_ADMIN_PASSWORD"]}
    for kind in LANGUAGES:
        script = "\n".join(code(step, kind, server.url) for step in STEPS)
        done = subprocess.run(
            [*RUNS[kind], script],
            env={**os.environ, **signed_in},
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "The run has ended: completed" in done.stdout
        assert "A request has come" in done.stdout
