"""The examples in the documentation of expressions are true."""

import json
import re
from pathlib import Path

import pytest

from patterns.expressions import parse
from patterns.expressions.filters import FILTERS

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text()
RUN = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
ROWS = re.findall(r"^\|(?: [^|`]+ \|)? `(.+?)` \| `(.+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("typed", "gives"), ROWS)
def test_example_gives_what_the_page_says(typed, gives):
    source = typed.replace("\\|", "|")
    found = parse(source if "{{" in source else "{{ " + source + " }}").fill(RUN)
    assert found == json.loads(gives)


def test_page_has_examples_and_names_every_filter():
    assert len(ROWS) > 40
    named = set(re.findall(r"\w+", PAGE.partition("## Filters")[2]))
    assert set(FILTERS) - {"number"} <= named
