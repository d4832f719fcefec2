"""The settings of a deployment: what each is called, what it may be, and how people read of it, for every entrance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from deployments.breaker import RUNS_COUNTED
from deployments.models import Environment
from executions.retries import LONGEST_PAUSE_S

LONGEST_RUN_S = int(timedelta(days=30).total_seconds())
LONGEST_EMAIL = 254


# --- What a setting may be: each kind says what is wrong with a value, or nothing -------------------------------------
@dataclass(frozen=True)
class Whole:
    least: int
    most: int
    is_optional: bool = False  # None switches it off

    def problem(self, value: Any) -> str:
        if value is None and self.is_optional:
            return ""
        fits = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        return "" if fits else f"must be a whole number from {self.least:,} to {self.most:,}."


@dataclass(frozen=True)
class Number:
    least: float
    most: float

    def problem(self, value: Any) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        fits = is_number and self.least <= value <= self.most
        return "" if fits else f"must be a number from {self.least:,} to {self.most:,}."


@dataclass(frozen=True)
class Flag:
    def problem(self, value: Any) -> str:
        return "" if isinstance(value, bool) else "must be true or false."


@dataclass(frozen=True)
class Texts:
    most: int
    longest: int
    are_emails: bool = False

    def problem(self, value: Any) -> str:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            return "must be a list of texts."
        if len(value) > self.most:
            return f"has {len(value):,} lines; the limit is {self.most}."
        wrong = next((text for text in value if not self._fits(text)), None)
        return "" if wrong is None else self._told(wrong)

    def _fits(self, text: str) -> bool:
        is_fine = text.isprintable() and text.strip() != "" and len(text) <= self.longest
        return is_fine and (not self.are_emails or _is_email(text))

    def _told(self, wrong: str) -> str:
        what = "no e-mail address" if self.are_emails else f"empty, longer than {self.longest} characters, or no text"
        return f"has a line that is {what}: “{wrong[:100]}”."


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


@dataclass(frozen=True)
class Place:
    """The id of an environment; None is the default one."""

    def problem(self, value: Any) -> str:
        is_there = isinstance(value, UUID) and Environment.objects.filter(pk=value).exists()
        return "" if value is None or is_there else "must be one that there is."


Kind = Whole | Number | Flag | Texts | Place


@dataclass(frozen=True)
class Setting:
    """`column` is the model's name, `group` and `name` are the API's (nested by group, where there is one)."""

    column: str
    group: str
    name: str
    label: str
    kind: Kind
    unit: str = ""
    help: str = ""


SETTINGS = (
    Setting(
        "environment_id",
        "",
        "environmentId",
        "Environment",
        Place(),
        "",
        "Whose variables and secrets its runs read. None: the default one.",
    ),
    Setting(
        "time_limit_s",
        "",
        "timeLimitS",
        "Time limit",
        Whole(1, LONGEST_RUN_S),
        "seconds",
        "Of a run; time on a worker counts, waiting does not.",
    ),
    Setting(
        "concurrency_limit",
        "",
        "concurrencyLimit",
        "Concurrency limit",
        Whole(1, 10_000, is_optional=True),
        "runs",
        "Run at a time; the others wait in the queue. Empty: no limit.",
    ),
    Setting(
        "rate_limit",
        "rateLimit",
        "limit",
        "Rate limit",
        Whole(1, 1_000_000, is_optional=True),
        "requests",
        "In each period to the webhook; the others are answered 429. Empty: no limit.",
    ),
    Setting("rate_period_s", "rateLimit", "periodS", "Rate period", Whole(1, 86_400), "seconds"),
    Setting(
        "retry_attempts",
        "retry",
        "attempts",
        "Attempts",
        Whole(1, 100),
        "attempts",
        "Of a run that fails, the first included; after the last it is a dead letter. 1: no retries.",
    ),
    Setting(
        "retry_first_delay_s",
        "retry",
        "firstDelayS",
        "First delay",
        Number(0, LONGEST_PAUSE_S),
        "seconds",
        "Before the second attempt.",
    ),
    Setting("retry_factor", "retry", "factor", "Factor", Number(1, 100), "", "By which each further delay is longer."),
    Setting("retry_max_delay_s", "retry", "maxDelayS", "Longest delay", Number(0, LONGEST_PAUSE_S), "seconds"),
    Setting(
        "retry_jitter",
        "retry",
        "jitter",
        "Jitter",
        Number(0, 1),
        "",
        "By which share a delay may be longer, so that runs which failed together do not come back together.",
    ),
    Setting("retry_never", "retry", "never", "Never retry", Texts(100, 200), "", "Types of errors, one a line."),
    Setting(
        "retry_every_error",
        "retry",
        "everyError",
        "Retry every error",
        Flag(),
        "",
        "Also those that do not say that they can pass.",
    ),
    Setting(
        "retry_anew",
        "retry",
        "anew",
        "Retry from the start",
        Flag(),
        "",
        "Instead of at the failed step: what was done is done again.",
    ),
    Setting(
        "breaker_share",
        "breaker",
        "share",
        "Failed runs that pause it",
        Whole(1, 100, is_optional=True),
        "%",
        "Of the runs that ended within the window. Empty: never.",
    ),
    Setting(
        "breaker_minimum",
        "breaker",
        "minimum",
        "Fewest runs that count",
        Whole(1, RUNS_COUNTED),
        "runs",
        "Fewer within the window pause nothing.",
    ),
    Setting("breaker_window_s", "breaker", "windowS", "Window", Whole(1, 86_400), "seconds"),
    Setting(
        "breaker_cooldown_s",
        "breaker",
        "cooldownS",
        "Cool-down",
        Whole(1, 604_800),
        "seconds",
        "Then one run is let through to try.",
    ),
    Setting(
        "notify",
        "",
        "notify",
        "Who is told of failures",
        Texts(20, LONGEST_EMAIL, are_emails=True),
        "",
        "E-mail addresses, one a line.",
    ),
    Setting(
        "retention_days",
        "retention",
        "days",
        "Keep executions for",
        Whole(1, 3_650, is_optional=True),
        "days",
        "Empty: for ever.",
    ),
    Setting(
        "retention_count",
        "retention",
        "count",
        "Keep at most",
        Whole(1, 1_000_000, is_optional=True),
        "executions",
        "The newest ones. Empty: all.",
    ),
)
BY_COLUMN = {setting.column: setting for setting in SETTINGS}


def problems(changes: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with these values, by column: one sentence each. Raises KeyError where there is no such setting."""
    found = {column: BY_COLUMN[column].kind.problem(value) for column, value in changes.items()}
    return {column: f"{BY_COLUMN[column].label}: {problem}" for column, problem in found.items() if problem}


def by_api_name(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by column, as the API names and nests them."""
    nested: dict[str, Any] = {}
    for column, value in values.items():
        setting = BY_COLUMN[column]
        place = nested.setdefault(setting.group, {}) if setting.group else nested
        place[setting.name] = value
    return nested
