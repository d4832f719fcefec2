"""The database itself refuses to move an execution along an edge that the table of legal edges does not have."""

from django.db import migrations

TABLE = "executions_execution"
ILLEGAL = """
    OLD.status <> NEW.status AND NOT (
        (OLD.status = 'queued' AND NEW.status IN ('running', 'canceled', 'dead_letter'))
        OR (OLD.status = 'running'
            AND NEW.status IN ('queued', 'completed', 'failed', 'timeout', 'dead_letter', 'canceled'))
    )
"""

POSTGRES_FORWARD = f"""
    CREATE FUNCTION executions_refuse_illegal_edge() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'an execution cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'status_moves_along_legal_edges';
    END $$;
    CREATE TRIGGER status_moves_along_legal_edges BEFORE UPDATE OF status ON {TABLE}
        FOR EACH ROW WHEN ({ILLEGAL}) EXECUTE FUNCTION executions_refuse_illegal_edge();
"""
POSTGRES_BACKWARD = f"""
    DROP TRIGGER status_moves_along_legal_edges ON {TABLE};
    DROP FUNCTION executions_refuse_illegal_edge();
"""
SQLITE_FORWARD = f"""
    CREATE TRIGGER status_moves_along_legal_edges BEFORE UPDATE OF status ON {TABLE}
        WHEN {ILLEGAL}
    BEGIN
        SELECT RAISE(ABORT, 'status_moves_along_legal_edges');
    END;
"""
SQLITE_BACKWARD = "DROP TRIGGER status_moves_along_legal_edges;"


def forward(apps, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRES_FORWARD if is_postgres else SQLITE_FORWARD, params=None)


def backward(apps, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRES_BACKWARD if is_postgres else SQLITE_BACKWARD, params=None)


class Migration(migrations.Migration):
    dependencies = [("executions", "0001_initial")]
    operations = [migrations.RunPython(forward, backward)]
