"""The trigger by which the database itself refuses to move an execution along an edge that the table does not have.

SQLite drops it when a migration remakes the table: one that alters `Execution` drops it first and makes it anew at its end.
"""

from django.db import migrations

TABLE = "executions_execution"
FUNCTION = "executions_refuse_illegal_edge"
TRIGGER = "status_moves_along_legal_edges"


def forbid(illegal):
    """The operation that makes the trigger for the condition `illegal` over OLD and NEW."""
    return migrations.RunPython(lambda apps, editor: _make(editor, illegal), lambda apps, editor: _drop(editor))


def allow(illegal):
    """The operation that drops the trigger; undone, it makes the one for `illegal`."""
    return migrations.RunPython(lambda apps, editor: _drop(editor), lambda apps, editor: _make(editor, illegal))


def _make(editor, illegal):
    is_postgres = editor.connection.vendor == "postgresql"
    editor.execute(_for_postgres(illegal) if is_postgres else _for_sqlite(illegal), params=None)


def _drop(editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER {TRIGGER} ON {TABLE}; DROP FUNCTION {FUNCTION}();", params=None)
    else:
        editor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER};", params=None)


def _for_postgres(illegal):
    return f"""
        CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an execution cannot go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = '{TRIGGER}';
        END $$;
        CREATE TRIGGER {TRIGGER} BEFORE UPDATE OF status ON {TABLE}
            FOR EACH ROW WHEN ({illegal}) EXECUTE FUNCTION {FUNCTION}();
    """


def _for_sqlite(illegal):
    return f"""
        CREATE TRIGGER {TRIGGER} BEFORE UPDATE OF status ON {TABLE}
            WHEN {illegal}
        BEGIN
            SELECT RAISE(ABORT, '{TRIGGER}');
        END;
    """


ENDED_IS_FINAL = """
    OLD.status <> NEW.status AND NOT (
        (OLD.status = 'queued' AND NEW.status IN ('running', 'canceled', 'dead_letter'))
        OR (OLD.status = 'running'
            AND NEW.status IN ('queued', 'completed', 'failed', 'timeout', 'dead_letter', 'canceled'))
    )
"""
# What has ended otherwise than well is opened again by a further attempt, and by nothing else.
ONLY_ATTEMPTS_REOPEN = """
    OLD.status <> NEW.status AND NOT (
        (OLD.status = 'queued' AND NEW.status IN ('running', 'canceled', 'dead_letter'))
        OR (OLD.status = 'running'
            AND NEW.status IN ('queued', 'completed', 'failed', 'timeout', 'dead_letter', 'canceled'))
        OR (OLD.status IN ('failed', 'timeout', 'dead_letter', 'canceled')
            AND NEW.status = 'queued' AND NEW.attempt > OLD.attempt)
    )
"""
