"""Calling nodes in another process, so that a crash of it is seen, and counts as the failure that it is."""

import atexit
import json
import subprocess
import sys
import threading
from typing import Any

MEMORY = 2_000_000_000
TIME_S = 120
# The hook sees every file that is opened and every socket, however deep in a library.
_PROGRAM = f"""
import json, os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from tests.patterns.nodes.calling import call

reached = []

def watch(event, arguments):
    if event in ("open", "os.open") or event.startswith(("socket.", "subprocess.", "urllib.", "os.system", "os.exec")):
        reached.append(f"{{event}} {{arguments}}")

sys.addaudithook(watch)
for line in sys.stdin:
    node, make, rest = json.loads(line)
    first = eval(make)
    reached.clear()
    try:
        call(node, first, *rest)
        end = "result"
    except ValueError as error:
        end = str(error)
    print(json.dumps({{"end": end, "reached": reached}}), flush=True)
"""


class _Child:
    """One process for many calls; another is started where it has died."""

    process: subprocess.Popen[str] | None = None

    def ask(self, question: str) -> str:
        """The child's answer, or "" if it died or took more than `TIME_S`."""
        process = self._started()
        timer = threading.Timer(TIME_S, process.kill)
        timer.start()
        try:
            process.stdin.write(f"{question}\n")
            process.stdin.flush()
            return process.stdout.readline()
        finally:
            timer.cancel()

    def _started(self) -> subprocess.Popen[str]:
        if self.process is None or self.process.poll() is not None:
            command = [sys.executable, "-c", _PROGRAM]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self.process

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


_child = _Child()
atexit.register(_child.end)


def end_of(node: str, make: str, *rest: Any) -> str:
    """How a node ends on the value of the Python expression `make`: "result", or the text of its ValueError.

    Fails where the process dies, reaches for a file or the network, or takes more than `TIME_S` or `MEMORY`.
    """
    answer = _child.ask(json.dumps([node, make, rest]))
    if not answer:
        _child.end()
    assert answer, f"the process died of {make[:200]}"
    said = json.loads(answer)
    assert said["reached"] == []
    return str(said["end"])
