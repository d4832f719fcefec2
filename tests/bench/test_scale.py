"""The simulation of a larger installation."""

import json
from random import Random

import pytest

from tests.bench import scale
from tests.bench.scale import Part, travel_times


def test_run_that_is_alone_takes_what_each_part_costs() -> None:
    parts = [Part("web", 2.0, 1), Part("worker", 3.0, 4)]
    assert travel_times(parts, 0.001, 20, Random(1)) == pytest.approx([0.005] * 20)


def test_more_than_a_part_can_do_waits_ever_longer() -> None:
    times = travel_times([Part("web", 1.0, 2)], 4_000, 4_000, Random(1))  # 2,000 a second is all it can do
    assert times[-1] == pytest.approx(1.0, rel=0.1)  # a second's coming, two seconds' work


def test_single_server_at_half_load_waits_as_the_theory_says() -> None:
    times = travel_times([Part("web", 1.0, 1)], 500, 100_000, Random(1))
    assert sum(times) / len(times) == pytest.approx(0.0015, rel=0.03)  # Pollaczek-Khinchine: 1 + 0.5 / (2 * 0.5) ms


def test_report_names_the_narrowest_part(tmp_path, capsys) -> None:
    figures = [{"name": scale.MEASURED.format(part), "median": 1.0} for part in scale.PARTS]
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"results": {"postgresql": {"A": figures}}}))
    scale.main([str(results), "--web", "3", "--workers", "2", "--database", "4"])
    told = capsys.readouterr().out
    assert "The narrowest is valkey" in told and "95%" in told
