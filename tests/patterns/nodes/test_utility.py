import pytest

from tests.patterns.nodes.calling import Run, call


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize("message", ["42 orders", None, {"a": [1]}, "\x00\ud800"])
def test_log_hands_its_message_to_the_run(message, level):
    run = Run()
    assert call("Log", message, level, run=run) is None
    assert run.logged == [(message, level)]


def test_log_says_info_unless_told_otherwise_and_refuses_other_levels():
    run = Run()
    call("Log", "hello", run=run)
    assert run.logged == [("hello", "info")]
    with pytest.raises(ValueError, match="not one of debug, info, warning, error"):
        call("Log", "hello", "fatal", run=run)


def test_comment_does_nothing():
    assert call("Comment", text="Prices are in cents.") is None


def test_execution_info_tells_what_the_run_knows_of_itself():
    assert call("ExecutionInfo") == ("e1", "Order intake", 3, 1, "live", "webhook")
