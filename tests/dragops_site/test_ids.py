from uuid import UUID, uuid4

import pytest

from dragops_site.ids import new_id, parse_id


def test_parse_id_reads_an_id_in_either_case_and_leaves_an_id_alone() -> None:
    key = uuid4()
    assert parse_id(str(key)) == parse_id(str(key).upper()) == parse_id(key) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        None,
        5,
        f"{{{UUID(int=5)}}}",
        UUID(int=5).hex,
        f"urn:uuid:{UUID(int=5)}",
        f"{UUID(int=5)}\n",
        "\x00" * 36,
        "0190a000-0000-7000-8000-00000000000٣",
        "0190a000_0000-7000-8000-000000000000",
    ],
)
def test_parse_id_is_none_when_the_text_spells_no_id(text: object) -> None:
    assert parse_id(text) is None


def test_new_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert ids == sorted(ids)
