import pytest

from dragops_site.spans import brief, in_words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (300, "5 minutes"),
        (3_600, "1 hour"),
        (172_800, "2 days"),
        (90_000_000, "25,000 hours"),
        (0.5, "0.5 seconds"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_that_says_it_whole(seconds: float, said: str) -> None:
    assert in_words(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (5, "5 s"),
        (90, "1 min 30 s"),
        (3_600, "1 h"),
        (3_725, "1 h 2 min"),
        (604_800, "7 d"),
        (90_061, "1 d 1 h"),
    ],
)
def test_a_span_in_a_line_of_many_is_short(seconds: float, said: str) -> None:
    assert brief(seconds) == said
