"""Compares what became of a disturbed run with the undisturbed one."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.durability.patterns import Kind
from tests.durability.report import Tally
from tests.durability.stories import Story
from tests.durability.workers import Life


@dataclass
class Reference:
    """The undisturbed run, and how many points its worker met."""

    story: Story
    met: Counter[str]

    @cached_property
    def arrivals(self) -> Counter[str]:
        """How often each step's effect arrives: a step that an attempt of the run does again sends it again."""
        return Counter(effect.step for effect in self.story.effects)


def judge(kind: Kind, reference: Reference, story: Story | None, lives: list[Life]) -> Tally:
    tally = Tally(kind.name, runs=1)
    if story is None:
        tally.lost = 1
        return tally
    wanted = reference.story
    tally.stuck = int(not story.is_ended or lives[-1].is_stuck)
    tally.falsely_ended = int(not tally.stuck and (story.end, story.statuses) != (wanted.end, wanted.statuses))
    _judge_arrivals(tally, kind, reference, story, lives)
    tally.effects_altered = _altered(story) + _astray(kind, reference, story)
    tally.logs_torn = story.torn + int(not tally.stuck and story.steps != wanted.steps)
    tally.completed = int(not tally.faults)
    return tally


def _judge_arrivals(tally: Tally, kind: Kind, reference: Reference, story: Story, lives: list[Life]) -> None:
    arrived = Counter(effect.step for effect in story.effects)
    names = {delivery.key: effect.step for delivery, effect in zip(story.deliveries, story.effects, strict=True)}
    in_flight = [[names[key] for key in life.in_flight if key in names] for life in lives if life.was_killed]
    allowed = Counter(step for steps in in_flight for step in steps)
    tally.effects_lost = (reference.arrivals - arrived).total()
    tally.effects_repeated = (arrived - reference.arrivals - allowed).total()
    if kind.is_single:
        tally.effects_repeated += sum(1 for steps in in_flight if len(steps) > 1)


def _altered(story: Story) -> int:
    """Deliveries of one key in one attempt whose bodies differ."""
    bodies: dict[Any, set[str]] = {}
    for delivery in story.deliveries:
        bodies.setdefault((delivery.key, delivery.body.get("attempt")), set()).add(str(delivery.body))
    return sum(len(found) - 1 for found in bodies.values())


def _astray(kind: Kind, reference: Reference, story: Story) -> int:
    """Effects that the undisturbed run never had, or had in another order."""
    wanted = reference.story.effects
    is_disordered = kind.is_single and list(dict.fromkeys(story.effects)) != list(dict.fromkeys(wanted))
    return len({*story.effects} - {*wanted}) + is_disordered
