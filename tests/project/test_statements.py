"""Statements that PostgreSQL prepares once a connection."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.db.models import Model
from django.db.utils import ProgrammingError
from django.test import Client

from accounts.models import User
from project.statements import columns_of, row_get, run
from tests.factories import JobFactory, UserFactory
from worker.attempts import job_claim
from worker.models import Job

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite keeps its statements itself"
)


def kept(text: str) -> int:
    """Return how many statements with a text the connection has prepared."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", [text]
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("sql", "parameters", "result"),
    [
        ("SELECT CAST(%s AS integer) - CAST(%s AS integer)", [7, 2], (5,)),
        ("SELECT 2 * CAST(%(b)s AS integer) - CAST(%(a)s AS integer)", {"a": 1, "b": 2}, (3,)),
        ("SELECT CAST(%(a)s AS integer) * %(a)s %% 10", {"a": 7, "unused": 1}, (9,)),
        ("SELECT CAST(%s AS text), '%%s'", ["it's %s; $1"], ("it's %s; $1", "%s")),
        ("SELECT CAST(%s AS integer)", [None], (None,)),
    ],
)
def test_a_statement_means_the_same(sql: str, parameters: Any, result: Any) -> None:
    assert run(sql, parameters) == [result]
    assert run(sql, parameters) == [result]


@on_postgresql
def test_it_is_prepared_once_a_connection() -> None:
    sql = "SELECT CAST(%s AS integer) AS of_a_test"

    assert [run(sql, [number]) for number in (1, 2, 3)] == [[(1,)], [(2,)], [(3,)]]

    assert kept("AS of_a_test") == 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_another_connection_prepares_its_own() -> None:
    sql = "SELECT CAST(%s AS integer) AS of_a_test"
    run(sql, [1])

    connection.close()

    assert kept("AS of_a_test") == 0
    assert run(sql, [2]) == [(2,)]
    assert kept("AS of_a_test") == 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_has_died_is_replaced_first() -> None:
    sql = "SELECT id FROM accounts_user WHERE id = %s"
    user = UserFactory.create()
    assert run(sql, [user.pk]) == [(user.pk,)]
    died = connection.connection.get_backend_pid()

    administrator = connection.copy()
    with administrator.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [died])
    administrator.close()
    # As each request and each message begins.
    ours: Any = connections[connection.alias]
    ours.health_check_enabled, ours.health_check_done = True, False

    assert run(sql, [user.pk]) == [(user.pk,)]
    assert connection.connection.get_backend_pid() != died


@on_postgresql
def test_what_cannot_be_prepared_is_an_error_of_the_database() -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"):
        run("SELECT * FROM no_such_table WHERE id = %s", [1])


@on_postgresql
def test_a_process_of_the_release_before_goes_on_when_a_column_is_added() -> None:
    """The statement would fail until the connection ends if it named no columns."""
    jobs, user = JobFactory.create_batch(2), UserFactory.create()
    assert job_claim(job_id=jobs[0].id, attempt=0, worker="a") is not None
    assert row_get(User, user.pk) == user

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE worker_job ADD COLUMN of_the_next_release integer")
        cursor.execute("ALTER TABLE accounts_user ADD COLUMN of_the_next_release integer")

    claimed = job_claim(job_id=jobs[1].id, attempt=0, worker="a")
    assert claimed == jobs[1]
    assert row_get(User, user.pk) == user


@pytest.mark.parametrize("model", [User, Session, Job])
def test_a_row_is_what_the_orm_reads(model: type[Model], django_assert_num_queries: Any) -> None:
    for name in ("Ana", "Luis"):
        user = UserFactory.create(name=name)
        JobFactory.create(user=user, parameters={"top_k": 5}, score=0.5)
        Client().force_login(user)
    expected: Any = model._default_manager.first()

    with django_assert_num_queries(1):
        found = row_get(model, expected.pk)
        assert found is not None
        assert vars(found) | {"_state": 0} == vars(expected) | {"_state": 0}
    assert vars(found._state) == vars(expected._state)
    expected.delete()
    assert row_get(model, found.pk) is None


def test_columns_are_those_of_the_table() -> None:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "worker_job")

    assert {f'"{column.name}"' for column in described} == set(columns_of(Job).split(", "))
