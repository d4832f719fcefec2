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
from tests.durability.judgement import Reference, judge
from tests.durability.kills import Kill
from tests.durability.patterns import Kind, whole_graph
from tests.durability.report import Tally
from tests.durability.server import RecordingServer
from tests.durability.stories import tell
from tests.durability.workers import Life, Nursery

MOST_LIVES = 400
CROWD_THREADS = 3
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

    def live_out(self, plan: Plan, threads: int = 1) -> list[Life]:
        """One worker after another, until no run is open."""
        lives: list[Life] = []
        while len(lives) < MOST_LIVES and (not lives or lives[-1].was_killed):
            lives.append(self._live(lives, plan.kills(len(lives) + 1), threads))
        return lives

    def _live(self, earlier: list[Life], kill: Kill | None, threads: int) -> Life:
        """Every third worker has another name, and finds out for itself that the last one is dead."""
        name = "two" if len(earlier) % 3 == 2 else "one"
        passed = [life.passed for life in earlier]
        return self.nursery.live(name, kill, passed=passed, threads=threads, at_birth=self._arm(kill))

    def _arm(self, kill: Kill | None) -> Callable[[int], None] | None:
        if kill and kill.point == kills.EFFECT:
            return lambda pid: self.server.kill_at(kill.number, pid)
        if kill and kill.point == kills.NEW_EFFECT:
            return self.server.kill_at_new
        return None

    def _deploy(self, graph: dict[str, Any]) -> str:
        pattern = create_pattern(None, f"Durable {next(self._names)}", graph=graph)
        deploy(pattern, None)
        return str(pattern.pk)


class Prepared:
    """A kind with its undisturbed run, ready to be disturbed."""

    def __init__(self, campaign: Campaign, kind: Kind, deployment: Deployment) -> None:
        self.campaign = campaign
        self.kind = kind
        self.deployment = deployment
        self.reference: Reference

    def learn(self) -> None:
        self.campaign.server.forget()
        execution_id = self.start()
        lives = self.campaign.live_out(Plan.of())
        story = tell(execution_id, self.campaign.server.deliveries)
        assert story is not None and story.is_ended and not lives[-1].exit_code, f"{self.kind} does not end by itself"
        self.reference = Reference(story, lives[-1].met)

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
        for _ in range(number):
            yield random_plan(random, self.points)

    @property
    def points(self) -> Counter[str]:
        """How many there are of each."""
        return Counter({**self.reference.met, kills.EFFECT: len(self.reference.story.effects), kills.NEW_STEP: 0})

    # --- One run --------------------------------------------------------------------------------------------------

    def start(self) -> UUID:
        return execute(self.deployment, {}, None).pk

    def disturb(self, plan: Plan) -> Tally:
        self.campaign.server.forget()
        execution_id = self.start()
        lives = self.campaign.live_out(plan)
        tally = self.judge(execution_id, plan, lives)
        tally.kills = sum(life.was_killed for life in lives)
        return tally

    def judge(self, execution_id: UUID, plan: Plan, lives: list[Life]) -> Tally:
        """What became of a run, after the last life of a worker."""
        found = tell(execution_id, self.campaign.server.deliveries)
        tally = judge(self.kind, self.reference, found, lives)
        if tally.stuck:
            _give_up()
        if tally.faults:
            self.campaign.tell_fault(f"{self.kind.name}, killed at {plan.name}: {tally.faults} (run {execution_id})")
        return tally


class Crowd:
    """A run of each kind at once, in the threads of one worker, so that their journals are written together."""

    def __init__(self, campaign: Campaign, kinds: list[Prepared]) -> None:
        self.campaign = campaign
        self.kinds = kinds

    def disturb(self, plan: Plan) -> Tally:
        self.campaign.server.forget()
        started = [(prepared, prepared.start()) for prepared in self.kinds]
        lives = self.campaign.live_out(plan, threads=CROWD_THREADS)
        whole = Tally("all at once", kills=sum(life.was_killed for life in lives))
        for prepared, execution_id in started:
            whole.add(prepared.judge(execution_id, plan, lives))
        return whole

    def random_plans(self, random: Random, number: int) -> Iterator[Plan]:
        most = sum((prepared.points for prepared in self.kinds), Counter[str]())
        for _ in range(number):
            yield random_plan(random, most)


def random_plan(random: Random, most: Counter[str]) -> Plan:
    """Two to four kills in one run, anywhere."""
    points = [random.choice(list(+most)) for _ in range(random.randint(2, 4))]
    return Plan.of(*(Kill(point, random.randint(1, most[point])) for point in points))


def _answer(address: str) -> None:
    """Do as a person who opens the address that a run waits at."""
    Client().post(urlsplit(address).path, {"ok": True}, content_type="application/json")
    connection.close()


def _give_up() -> None:
    """End what is stuck, so that it does not get mixed up with the next run."""
    still_open = Execution.objects.exclude(status__in=ENDED)
    still_open.update(status=Status.CANCELED, ended_at=timezone.now(), worker=None)
