"""A release migrates the database under the feet of the one before: docs/upgrading.md.

What the linter refuses is either written another way, or stands in ``DONE_WITH`` once no release
that may still run needs it.
"""

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser.analyser import (
    analyse_sql_statements,
    get_sql_analyser_class,
)

OURS = ["accounts", "classify", "worker"]
RELEASED = {"accounts": 7, "classify": 2, "worker": 10}
"""The number of each app's last migration in the first release: before it nothing ran."""

DONE_WITH: dict[str, str] = {}
"""Migrations that take away what an earlier release needed, with the one since which none does."""

ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite does it otherwise: TEST_DATABASE_URL"
)
LEFT_OUT = [] if connection.vendor == "postgresql" else ["NOT_NULL"]
"""SQLite's tables are made anew for most changes, which looks as if each column were new."""

# SQLite's editor of tables wants no transaction around it.
pytestmark = pytest.mark.django_db(transaction=True)


def refused(*operations: Any, atomic: bool = True) -> set[str]:
    """Return the codes of what is wrong with a migration of the app ``worker``."""
    content = {"operations": list(operations), "atomic": atomic}
    migration = type("Migration", (migrations.Migration,), content)("new", "worker")
    state = MigrationLoader(connection).project_state()
    with connection.schema_editor(collect_sql=True, atomic=atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
        statements = [line for line in editor.collected_sql if not line.startswith("--")]
    errors, _, warnings = analyse_sql_statements(
        get_sql_analyser_class(connection.vendor), statements, LEFT_OUT
    )
    return {issue.code for issue in [*errors, *warnings]}


def test_no_migration_breaks_the_release_before() -> None:
    released = [
        name
        for app, name in MigrationLoader(connection).disk_migrations
        if app in OURS and int(name[:4]) <= RELEASED[app]
    ]
    linter = MigrationLinter(
        include_apps=OURS,
        ignore_name=[*released, *DONE_WITH],
        all_warnings_as_errors=True,
        exclude_migration_tests=LEFT_OUT,
        no_cache=True,
    )

    linter.lint_all_migrations()

    everything = [name for app, name in linter.migration_loader.disk_migrations if app in OURS]
    assert len(released) == sum(RELEASED.values())
    assert not linter.has_errors
    assert linter.nb_valid == len(everything) - len(released) - len(DONE_WITH)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (migrations.RemoveField("job", "label"), "DROP_COLUMN"),
        (migrations.DeleteModel("Tally"), "DROP_TABLE"),
        (migrations.RenameField("job", "label", "best"), "RENAME_COLUMN"),
        (migrations.RenameModel("Usage", "Use"), "RENAME_TABLE"),
        pytest.param(
            migrations.AddField("job", "more", models.IntegerField(default=0)),
            "NOT_NULL",
            marks=ON_POSTGRESQL,
        ),
        pytest.param(
            migrations.AlterField("job", "label", models.TextField()),
            "ALTER_COLUMN",
            marks=ON_POSTGRESQL,
        ),
        pytest.param(
            migrations.AddIndex("job", models.Index(fields=["label"], name="slow")),
            "CREATE_INDEX",
            marks=ON_POSTGRESQL,
        ),
        pytest.param(
            migrations.AddConstraint(
                "job", models.UniqueConstraint(fields=["label", "user"], name="one")
            ),
            "ADD_UNIQUE",
            marks=ON_POSTGRESQL,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_break_it_is_refused(operation: Any, code: str) -> None:
    assert code in refused(operation)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("job", "more", models.IntegerField(null=True)),
        migrations.AddField("job", "more", models.IntegerField(db_default=0)),
        migrations.AddField("job", "at", models.DateTimeField(db_default=Now(), null=True)),
        migrations.CreateModel("More", [("id", models.BigAutoField(primary_key=True))]),
    ],
    ids=["may be empty", "the database fills in", "both", "a table of its own"],
)
def test_what_the_release_before_does_not_notice_passes(operation: Any) -> None:
    assert refused(operation) == set()


@ON_POSTGRESQL
def test_an_index_is_made_beside_the_work() -> None:
    index = models.Index(fields=["label"], name="slow")
    assert refused(AddIndexConcurrently("job", index), atomic=False) == set()
