"""The picture of the figures."""

from xml.etree import ElementTree

from tests.bench.figures import Reading, summary
from tests.bench.picture import BARS, picture

SVG = "{http://www.w3.org/2000/svg}"


def bars(text: str, kind: str) -> list[float]:
    return [
        float(one.attrib["width"])
        for one in ElementTree.fromstring(text).iter(f"{SVG}rect")
        if one.get("class") == kind
    ]


def test_longer_bar_fills_the_place_and_the_other_is_drawn_by_its_share() -> None:
    drawn = picture(
        {"A": summary([[Reading("faster", 50, "/s", 100, "bare"), Reading("slower", 40, "ms", 10, "bare")]])}
    )

    assert bars(drawn, "ours") == [BARS / 2, BARS]
    assert bars(drawn, "floor") == [BARS, BARS / 4]


def test_figures_without_a_floor_are_left_out() -> None:
    drawn = picture({"A": summary([[Reading("cpu", 2, "ms")]]), "B": []})

    assert bars(drawn, "ours") == [] and "cpu" not in drawn


def test_names_are_escaped() -> None:
    drawn = picture({"A & <B>": summary([[Reading("<x>", 1, "/s", 1, '"bare"')]])})

    assert [one.text for one in ElementTree.fromstring(drawn).iter(f"{SVG}text")][:2] == ["A & <B>", "<x>"]
