"""What must be settled before Django reads its settings."""

import argparse
import os
from collections.abc import Sequence


def take_data_dir(arguments: Sequence[str]) -> None:
    """Put `--data-dir` into the environment, where the settings and every child process find it."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--data-dir")
    try:
        given = parser.parse_known_args(arguments)[0].data_dir
    except SystemExit:  # the command's own parser says what is wrong
        return
    if given:
        os.environ["DRAGOPS_DATA_DIR"] = given
