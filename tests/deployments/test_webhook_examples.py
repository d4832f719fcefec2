import shutil
import subprocess
import time
from pathlib import Path

import pytest

from deployments import signatures
from deployments.webhook_examples import BODY, curl

URL = "https://dragops.example/webhooks/0b6c"
# Stands in for curl: notes what it is given, one argument a line.
NOTING = '#!/bin/sh\nprintf "%s\\n" "$@"\n'


def what_curl_is_given(command: str, folder: Path) -> list[str]:
    program = folder / "curl"
    program.write_text(NOTING)
    program.chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(["sh", "-c", command], env={"PATH": path}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize("scheme", signatures.SCHEMES)
def test_the_example_signs_as_the_scheme_asks_for(scheme: str, tmp_path: Path) -> None:
    secret = signatures.new_secret(scheme)
    given = what_curl_is_given(curl(URL, scheme).replace("…", secret), tmp_path)
    headers = dict(line.split(": ", 1) for line in given if ": " in line and line != BODY)
    lower = {name.lower(): value for name, value in headers.items()}
    assert given[:3] == ["-X", "POST", URL] and given[-1] == BODY
    signatures.verify(scheme, BODY.encode(), lower, [secret], time.time())


def test_the_example_of_an_unsigned_webhook_is_one_command(tmp_path: Path) -> None:
    given = what_curl_is_given(curl(URL, ""), tmp_path)
    assert given == ["-X", "POST", URL, "-H", "Content-Type: application/json", "-d", BODY]
