"""The database itself refuses to move an execution along an edge that the table of legal edges does not have."""

from django.db import migrations

from executions.migrations._edges import ENDED_IS_FINAL, forbid


class Migration(migrations.Migration):
    dependencies = [("executions", "0001_initial")]
    operations = [forbid(ENDED_IS_FINAL)]
