"""Kills the worker of a run at every point of its life, and compares what became of it with a run left alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection
from django.test import Client
from django.utils import timezone

from deployments.actions import deploy, execute
from deployments.models import Deployment
from executions.models import Execution
from executions.status import ENDED, Status
from patterns.actions import create_pattern
from tests.durability import kills
from tests.durability.kills import Kill
from tests.durability.patterns import Kind, whole_graph
from tests.durability.report import Tally
from tests.durability.server import RecordingServer
from tests.durability.stories import Story, tell
from tests.durability.workers import Life, Nursery

MOST_LIVES = 400
SLACK = 2  # points beyond those of the undisturbed run: parallel lines take now more, now fewer


@dataclass(frozen=True)
class Plan:
    """How a run is disturbed: the kill of each of its workers' lives, in order; the first that has none lives on."""

    name: str
    kills: Callable[[int], Kill | None]  # of the life with this number, from 1

    @classmethod
    def of(cls, *wanted: Kill) -> "Plan":
        return cls(", then ".join(map(str, wanted)), lambda life: wanted[life - 1] if life <= len(wanted) else None)


@dataclass
class Reference:
    """The undisturbed run."""

    story: Story
    met: Counter[str]
    keys: Counter[str]  # how often each step's effect arrived


@dataclass
class Campaign:
    """All the runs of a kind. `tell_fault` gets a line for each run that went wrong."""

    server: RecordingServer
    nursery: Nursery
    tell_fault: Callable[[str], None] = print
    _names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.server.at_address = _answer

    def prepare(self, kind: Kind) -> "Prepared":
        """Deploy the kind, and run it once undisturbed."""
        deployment = Deployment.objects.get(pk=self._deploy(whole_graph(kind.program, self.server.url, self._deploy)))
        Deployment.objects.filter(pk=deployment.pk).update(**kind.policy)
        prepared = Prepared(self, kind, deployment)
        prepared.learn()
        return prepared

    def _deploy(self, graph: dict[str, Any]) -> str:
        pattern = create_pattern(None, f"Durable {next(self._names)}", graph=graph)
        deploy(pattern, None)
        return str(pattern.pk)


class Prepared:
    """A kind with its undisturbed run, ready to be disturbed."""

    def __init__(self, campaign: Campaign, kind: Kind, deployment: Deployment) -> None:
        self.server, self.nursery = campaign.server, campaign.nursery
        self.tell_fault = campaign.tell_fault
        self.kind = kind
        self.deployment = deployment
        self.reference: Reference

    def learn(self) -> None:
        execution_id, lives = self._run(Plan.of())
        story = tell(execution_id, self.server.deliveries)
        assert story is not None and story.is_ended and not lives[-1].exit_code, f"{self.kind} does not end by itself"
        self.reference = Reference(story, lives[-1].met, Counter(effect.step for effect in story.effects))

    # --- Plans ----------------------------------------------------------------------------------------------------

    def single_kills(self) -> Iterator[Plan]:
        """One run for each point of its life, and for each effect."""
        for point in kills.POINTS:
            for number in range(1, self.reference.met[point] + 1 + (0 if self.kind.is_single else SLACK)):
                yield Plan.of(Kill(point, number))
        for number in range(1, len(self.reference.story.effects) + 1):
            yield Plan.of(Kill(kills.EFFECT, number))

    def kills_in_turn(self, points: Iterable[str] = (kills.COMMITTING, kills.COMMITTED)) -> Iterator[Plan]:
        """One run that is killed in every effect, one at every step, and one at every commit: a life for each."""
        yield Plan("every effect", lambda life: Kill(kills.NEW_EFFECT, 1))
        yield Plan("every step", lambda life: Kill(kills.NEW_STEP, 1))
        for point in points:
            yield Plan(f"every {point}", lambda life, point=point: Kill(point, life))  # type: ignore[misc]

    def random_plans(self, random: Random, number: int) -> Iterator[Plan]:
        """Two to four kills in one run, anywhere."""
        for _ in range(number):
            yield Plan.of(*(self._random_kill(random) for _ in range(random.randint(2, 4))))

    def _random_kill(self, random: Random) -> Kill:
        most = {**self.reference.met, kills.EFFECT: len(self.reference.story.effects)}
        point = random.choice([point for point, number in most.items() if number])
        return Kill(point, random.randint(1, most[point]))

    # --- One run --------------------------------------------------------------------------------------------------

    def disturb(self, plan: Plan) -> Tally:
        execution_id, lives = self._run(plan)
        tally = Tally(self.kind.name, runs=1, kills=sum(life.was_killed for life in lives))
        self._judge(tally, tell(execution_id, self.server.deliveries), lives)
        tally.completed = int(not tally.faults)
        if tally.stuck:
            _give_up()
        if tally.faults:
            self.tell_fault(f"{self.kind.name}, killed at {plan.name}: {tally.faults} (execution {execution_id})")
        return tally

    def _run(self, plan: Plan) -> tuple[UUID, list[Life]]:
        self.server.forget()
        execution = execute(self.deployment, {}, None)
        lives: list[Life] = []
        while len(lives) < MOST_LIVES and (not lives or lives[-1].was_killed):
            lives.append(self._live(lives, plan.kills(len(lives) + 1)))
        return execution.pk, lives

    def _live(self, earlier: list[Life], kill: Kill | None) -> Life:
        """Every third worker has another name, and finds out for itself that the last one is dead."""
        name = "two" if len(earlier) % 3 == 2 else "one"
        passed = [life.passed for life in earlier]
        return self.nursery.live(name, kill, passed=passed, at_birth=self._arm(kill))

    def _arm(self, kill: Kill | None) -> Callable[[int], None] | None:
        if kill and kill.point == kills.EFFECT:
            return lambda pid: self.server.kill_at(kill.number, pid)
        if kill and kill.point == kills.NEW_EFFECT:
            return self.server.kill_at_new
        return None

    # --- The judgement --------------------------------------------------------------------------------------------

    def _judge(self, tally: Tally, story: Story | None, lives: list[Life]) -> None:
        if story is None:
            tally.lost = 1
            return
        wanted = self.reference.story
        tally.stuck = int(not story.is_ended or lives[-1].is_stuck)
        tally.falsely_ended = int(not tally.stuck and (story.end, story.statuses) != (wanted.end, wanted.statuses))
        self._judge_effects(tally, story, lives)
        tally.effects_altered = self._altered(story)
        tally.logs_torn = story.torn + int(not tally.stuck and story.steps != wanted.steps)

    def _judge_effects(self, tally: Tally, story: Story, lives: list[Life]) -> None:
        arrived = Counter(effect.step for effect in story.effects)
        tally.effects_lost = (self.reference.keys - arrived).total()
        names = {
            delivery.key: effect.step for delivery, effect in zip(self.server.deliveries, story.effects, strict=True)
        }
        in_flight = Counter(names[key] for life in lives if life.was_killed for key in life.in_flight if key in names)
        tally.effects_repeated = (arrived - self.reference.keys - in_flight).total()
        tally.effects_repeated += sum(1 for life in lives if self.kind.is_single and len(life.in_flight) > 1)

    def _altered(self, story: Story) -> int:
        """Deliveries of one key in one attempt whose bodies differ, bodies that the undisturbed run never sent, and
        effects that came in another order than its."""
        bodies: dict[Any, set[str]] = {}
        for delivery in self.server.deliveries:
            bodies.setdefault((delivery.key, delivery.body.get("attempt")), set()).add(str(delivery.body))
        wanted = self.reference.story.effects
        is_disordered = self.kind.is_single and list(dict.fromkeys(story.effects)) != list(dict.fromkeys(wanted))
        return sum(len(found) - 1 for found in bodies.values()) + len({*story.effects} - {*wanted}) + is_disordered


def _answer(address: str) -> None:
    """Do as a person who opens the address that a run waits at."""
    Client().post(urlsplit(address).path, {"ok": True}, content_type="application/json")
    connection.close()


def _give_up() -> None:
    """End what is stuck, so that it does not get mixed up with the next run."""
    still_open = Execution.objects.exclude(status__in=ENDED)
    still_open.update(status=Status.CANCELED, ended_at=timezone.now(), worker=None)
