from dragops_site.errors import CompileRefused, Conflict, NotFound, Paused
from patterns.graph import Problem, Severity


def test_refused_shows_its_code_and_message_and_details_only_when_there_are_some() -> None:
    assert NotFound("No such thing.").as_dict() == {"code": "NOT_FOUND", "message": "No such thing."}
    refused = Conflict("Stale.", details={"revision": 2})
    assert refused.as_dict() == {"code": "CONFLICT", "message": "Stale.", "details": {"revision": 2}}


def test_refused_takes_a_code_of_its_own_for_one_case() -> None:
    assert NotFound("No version 9.", code="VERSION_NOT_FOUND").code == "VERSION_NOT_FOUND"
    assert (NotFound("x").code, Paused("x").status) == ("NOT_FOUND", 409)


def test_compile_refused_counts_errors_and_lists_warnings_besides() -> None:
    warning = Problem("UNUSED", "Not used.", severity=Severity.WARNING)
    refused = CompileRefused([warning, Problem("NO_TRIGGER", "No trigger.")])
    assert refused.message == "The graph has one error: No trigger."
    assert [problem["code"] for problem in refused.details] == ["UNUSED", "NO_TRIGGER"]
