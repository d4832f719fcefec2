"""What the settings of a deployment mean, in plain words."""

from deployments.models import Deployment
from deployments.policies import policy_of
from dragops_site.spans import brief
from dragops_site.spans import in_words as span_words

DELAYS_NAMED = 4


def in_words(deployment: Deployment) -> dict[str, str]:
    """One or two sentences for each group of settings."""
    return {
        "environment": environment(deployment),
        "limits": limits(deployment),
        "retries": retries(deployment),
        "breaker": breaker(deployment),
        "notices": notices(deployment),
        "retention": retention(deployment),
    }


def environment(deployment: Deployment) -> str:
    chosen = f"“{deployment.environment.name}”" if deployment.environment else "the default environment"
    return f"Runs read the variables and secrets of {chosen}."


def limits(deployment: Deployment) -> str:
    """As in “A run may work for 5 minutes. At most 3 runs at a time; the others wait.”"""
    said = [f"A run may work for {span_words(deployment.time_limit_s)}."]
    if (most := deployment.concurrency_limit) is not None:
        said.append(f"At most {_counted(most, 'run')} at a time; the others wait.")
    if deployment.rate_limit is not None:
        period = span_words(deployment.rate_period_s)
        said.append(f"At most {_counted(deployment.rate_limit, 'request')} in {period}; the others get 429.")
    return " ".join(said)


def retries(deployment: Deployment) -> str:
    """As in “3 attempts: after 5 s, 10 s; at most 1 h. Then it is a dead letter.”"""
    policy = policy_of(deployment)
    if policy.attempts == 1:
        return "A run that fails is not tried again."
    named = [policy.delay_s(number, 0) for number in range(1, min(policy.attempts - 1, DELAYS_NAMED) + 1)]
    delays = ", ".join(brief(delay) for delay in named) + (", …" if policy.attempts - 1 > len(named) else "")
    where = "from the start" if policy.anew else "at the failed step"
    which = "every error" if policy.every_error else "errors that may pass"
    but = f", not for {', '.join(sorted(policy.never)[:5])}" if policy.never else ""
    return (
        f"{policy.attempts} attempts: after {delays}; at most {brief(policy.max_delay_s)}. For {which}{but}. "
        f"Each goes on {where}; after the last it is a dead letter."
    )


def breaker(deployment: Deployment) -> str:
    """As in “Pauses when 50 % of at least 10 runs fail within 5 minutes; tries a run after 1 minute.”"""
    if deployment.breaker_share is None:
        return "Off: however many runs fail, it goes on."
    runs, window = _counted(deployment.breaker_minimum, "run"), span_words(deployment.breaker_window_s)
    return (
        f"Pauses when {deployment.breaker_share} % of at least {runs} fail within {window}; "
        f"lets a run try after {span_words(deployment.breaker_cooldown_s)}."
    )


def notices(deployment: Deployment) -> str:
    if not deployment.notify:
        return "Nobody is told of failures by e-mail."
    return f"Failures are told to {', '.join(deployment.notify)}."


def retention(deployment: Deployment) -> str:
    """As in “Executions are kept for 30 days, and no more than the newest 10,000.”"""
    days, count = deployment.retention_days, deployment.retention_count
    kept = "for ever" if days is None else f"for {_counted(days, 'day')}"
    if count is None:
        return f"Executions are kept {kept}."
    return f"Executions are kept {kept}, and no more than the newest {count:,}."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
