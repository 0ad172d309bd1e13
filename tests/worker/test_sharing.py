"""Links to results: signed, expiring, revocable."""

from datetime import timedelta

import pytest
from django.core import signing

from tests.factories import JobFactory
from worker.models import Share
from worker.sharing import (
    SHARES_MAX,
    share_create,
    share_find,
    share_is_genuine,
    share_revoke,
    share_token,
    shares_open,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def share() -> Share:
    made = share_create(job=JobFactory.create(finished="succeeded"), lifetime=timedelta(days=1))
    assert made
    return made


def test_its_token_opens_it(share: Share) -> None:
    assert share_find(share_token(share)) == share


def test_what_is_stored_opens_nothing(share: Share) -> None:
    assert share_find(share.id.hex) is None
    assert share_find(str(share.id)) is None


@pytest.mark.parametrize("change", ["first", "last", "cut", "salt", "other id"])
def test_a_changed_token_opens_nothing(share: Share, change: str) -> None:
    token = share_token(share)
    changed = {
        "first": ("1" if token[0] == "0" else "0") + token[1:],
        "last": token[:-1] + ("A" if token[-1] != "A" else "E"),
        "cut": token[:40],
        "salt": signing.Signer(salt="another", sep=".").sign(share.id.hex),
        "other id": "0" * 32 + token[32:],
    }[change]
    assert not share_is_genuine(changed)
    assert share_find(changed) is None


def test_a_signed_text_that_is_no_id_opens_nothing() -> None:
    signed = signing.Signer(salt="worker.share", sep=".").sign("no id")
    assert share_find(signed) is None


def test_it_ends_by_itself(share: Share) -> None:
    Share.objects.update(expires_at=share.created_at)
    assert share_find(share_token(share)) is None
    assert share_is_genuine(share_token(share))
    assert not shares_open(share.job).exists()


def test_it_can_be_revoked(share: Share) -> None:
    token = share_token(share)
    share_revoke(share=share)
    assert share_find(token) is None


def test_it_goes_with_its_job(share: Share) -> None:
    token = share_token(share)
    share.job.delete()
    assert share_find(token) is None


@pytest.mark.parametrize("state", ["failed", "canceled", "expired", ""])
def test_only_a_result_is_shared(state: str) -> None:
    job = JobFactory.create(finished=state)
    assert share_create(job=job, lifetime=timedelta(days=1)) is None


def test_a_job_has_so_many_links_at_a_time(share: Share) -> None:
    for _ in range(SHARES_MAX - 1):
        assert share_create(job=share.job, lifetime=timedelta(days=1))
    assert share_create(job=share.job, lifetime=timedelta(days=1)) is None
    share_revoke(share=share)
    assert share_create(job=share.job, lifetime=timedelta(days=1))
