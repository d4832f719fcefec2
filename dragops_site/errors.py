"""What a verb raises when it will not do what was asked; whatever the entrance, the answer is made of these fields.

`code` and `status` are the API's (a published code, an HTTP status), `message` is for people, `details` for programs.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Refused(Exception):
    """Asked for something that cannot be done; nothing was changed."""

    code = "REFUSED"
    status = 400
    headers: Mapping[str, str] = {}  # of the answer

    def __init__(self, message: str, *, code: str = "", details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """The `error` member of an API answer."""
        details = {} if self.details is None else {"details": self.details}
        return {"code": self.code, "message": self.message, **details}


class BadRequest(Refused):
    """The request itself cannot be read."""

    code = "BAD_REQUEST"


class Forbidden(Refused):
    """It needs a role that this user has not."""

    code = "FORBIDDEN"
    status = 403


class NotFound(Refused):
    code = "NOT_FOUND"
    status = 404


class PatternNotFound(NotFound):
    code = "PATTERN_NOT_FOUND"

    def __init__(self, pattern_id: object) -> None:
        super().__init__(f"There is no pattern {pattern_id}.")


class NotDeployed(Refused):
    """The pattern has no live version."""

    code = "NOT_DEPLOYED"
    status = 409


class Conflict(Refused):
    """The thing is no longer, or not, in the state that the request takes it to be in."""

    code = "CONFLICT"
    status = 409


class Paused(Refused):
    """The deployment takes no runs until somebody resumes it."""

    code = "DEPLOYMENT_PAUSED"
    status = 409


class MethodNotAllowed(Refused):
    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, message: str, allowed: Iterable[str]) -> None:
        super().__init__(message)
        self.headers = {"Allow": ", ".join(allowed)}


class Unavailable(Refused):
    """Neither done nor refused: ask again."""

    code = "UNAVAILABLE"
    status = 503


class TooLarge(Refused):
    code = "TOO_LARGE"
    status = 413


class Invalid(Refused):
    """A value that cannot be accepted; `details`, where given, is {field: message}."""

    code = "VALIDATION"
    status = 422


class CompileProblem(Protocol):
    """What `patterns.graph.Problem` offers; this module imports no app."""

    def as_dict(self) -> dict[str, Any]: ...


class CompileRefused(Refused):
    """The graph has errors; `details` lists all problems, each with node and pin."""

    code = "COMPILE_FAILED"
    status = 422

    def __init__(self, problems: Iterable[CompileProblem]) -> None:
        found = [problem.as_dict() for problem in problems]
        errors = [problem for problem in found if problem["severity"] == "error"]
        count = "one error" if len(errors) == 1 else f"{len(errors)} errors"
        first = f": {errors[0]['message']}" if errors else "."
        super().__init__(f"The graph has {count}{first}", details=found)
