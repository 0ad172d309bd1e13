"""Reading many rows, few at a time."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import RequestCount, User
from project.rows import rows_by_key, rows_in_order
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 100])
def test_each_row_comes_once_in_the_order_of_keys(size: int) -> None:
    made = [UserFactory.create().pk for _ in range(5)]
    users = User.objects.order_by("-email")

    assert [user.pk for user in rows_by_key(users, size=size)] == made
    backwards = rows_by_key(users, size=size, newest_first=True)
    assert [user.pk for user in backwards] == made[::-1]
    found = rows_by_key(users.filter(pk__gt=made[1]).values("pk", "email"), size=size)
    assert [row["pk"] for row in found] == made[2:]


def test_keys_may_be_text() -> None:
    keys = ["user:10", "user:2", "ip:a"]
    RequestCount.objects.bulk_create(RequestCount(key=key, minute=1, requests=1) for key in keys)

    found = [row.key for row in rows_by_key(RequestCount.objects.all(), size=1)]

    assert found == list(RequestCount.objects.order_by("key").values_list("key", flat=True))


def test_never_more_than_so_many_are_read_at_once() -> None:
    UserFactory.create_batch(5)
    with CaptureQueriesContext(connection) as captured:
        rows = rows_by_key(User.objects.all(), size=2)
        next(rows)
        assert len(captured) == 1
        assert "LIMIT 2" in captured.captured_queries[0]["sql"]
        list(rows)
    assert len(captured) == 3


@pytest.mark.parametrize("size", [1, 2, 100])
def test_any_order_is_kept_and_any_limit(size: int) -> None:
    made = [UserFactory.create(name=name).pk for name in ("b", "c", "a", "d")]
    users = User.objects.order_by("name")[:3]

    found = [user.pk for user in rows_in_order(users, size=size)]

    assert found == [made[2], made[0], made[1]]


def test_what_is_deleted_meanwhile_is_left_out() -> None:
    made = UserFactory.create_batch(3)
    rows = rows_in_order(User.objects.order_by("pk"), size=1)
    first = next(rows)
    made[1].delete()

    assert [first, *rows] == [made[0], made[2]]
