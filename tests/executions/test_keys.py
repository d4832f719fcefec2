import pytest

from executions.keys import branches, is_wait


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("4", ()),
        ("4.0.1", ()),
        ("4.0-2.1", (3,)),
        ("4.0-2.1.0-0.7", (3, 1)),
        ("4.1-0.2.3.5", (1,)),
        ("4.0-2.1~wait", (3,)),
        ("4.0-2.1!", (3,)),
        ("error.0", ()),
        ("", ()),
    ],
)
def test_the_branches_of_a_step_are_read_off_its_key(key: str, found: tuple[int, ...]) -> None:
    assert branches(key) == found


def test_the_note_of_a_wait_is_known_by_its_key() -> None:
    assert is_wait("4.0-2.1~wait")
    assert not is_wait("4.0-2.1") and not is_wait("4~drawn")
