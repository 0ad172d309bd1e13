"""Links that show a result to anybody."""

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import picture
from tests.factories import UserFactory
from tests.web.test_pages import check
from worker.models import Job, Share
from worker.retention import pictures_delete
from worker.sharing import SHARES_MAX, share_token

pytestmark = pytest.mark.django_db

SECRET_NAME = "passport of Ada Lovelace.jpg"


@pytest.fixture
def job(succeeded: Callable[..., Job]) -> Job:
    return succeeded(input_name=SECRET_NAME, input_bytes=1000)


def share(web: Client, job: Job, days: str = "7") -> str:
    """Make a link on the page and return its path."""
    response = web.post(f"/jobs/{job.id}/links", {"days": days}, follow=True)
    found = re.search(r'value="http://testserver(/shared/[^"]+)"', response.text)
    assert found
    return found[1]


def test_anybody_with_the_link_sees_the_result(web: Client, client: Client, job: Job) -> None:
    path = share(web, job)
    visitor = Client()
    response = visitor.get(path)
    assert response.status_code == 200
    assert "espresso" in response.text
    assert "87.4%" in response.text
    shown = visitor.get(f"{path}picture.jpg")
    assert shown.getvalue() == picture(colour="red")
    small = visitor.get(f"{path}thumbnail.jpg")
    assert small.getvalue() == picture((32, 24), colour="red")


@pytest.mark.parametrize(
    ("language", "title", "description"),
    [
        ("en", "espresso", "What Vitrina sees in a photograph that somebody has shared."),
        ("es", "café expreso", "Lo que ve Vitrina en una fotografía que alguien ha compartido."),
    ],
)
def test_a_preview_of_the_link_says_what_it_leads_to(
    web: Client, job: Job, language: str, title: str, description: str
) -> None:
    page = Client().get(share(web, job), headers={"accept-language": language}).text
    preview = dict(re.findall(r'<meta property="og:(\S+)" content="(.*)">', page))
    assert (preview["title"], preview["description"]) == (title, description)
    assert preview["image:alt"] == title
    assert SECRET_NAME not in str(preview)


def test_nothing_tells_of_the_owner(web: Client, user: User, job: Job) -> None:
    path = share(web, job)
    for browser in (Client(), web):
        text = browser.get(path).text
        text = re.sub(r"<header.*?</header>", "", text, flags=re.DOTALL)
        assert "Ada" not in text
        assert user.email not in text
        assert str(job.id) not in text
        assert str(job.created_at.year) + " UTC" not in text
    shown = Client().get(f"{path}picture.jpg")
    assert "Ada" not in shown["Content-Disposition"]
    shown.close()


def test_it_speaks_the_visitors_language(web: Client, job: Job) -> None:
    path = share(web, job)
    text = Client().get(path, headers={"Accept-Language": "es"}).text
    assert "café expreso" in text
    assert "¿Qué muestra esta fotografía?" in text


def test_it_is_kept_out_of_search_engines_and_caches(web: Client, job: Job) -> None:
    path = share(web, job)
    for name in ("", "picture.jpg", "thumbnail.jpg"):
        response = Client().get(path + name)
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        # No other site is told the address; our own forms need to know where they were.
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
        assert response.getvalue()
    check(Client().get(path).text)


def test_its_picture_cannot_run(web: Client, job: Job) -> None:
    response = Client().get(f"{share(web, job)}picture.jpg")
    response.close()
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_where_the_picture_is_deleted_the_result_is_shared_alone(web: Client, job: Job) -> None:
    assert "sees the picture and the result" in web.get(f"/jobs/{job.id}/").text
    path = share(web, job)
    pictures_delete(jobs=[job])
    assert "sees the result, without" in web.get(f"/jobs/{job.id}/").text
    page = Client().get(path).text
    assert "espresso" in page
    assert "og:image" not in page
    assert Client().get(f"{path}picture.jpg").status_code == 404


@pytest.mark.parametrize("days", ["1", "7", "30"])
def test_it_ends_by_itself(web: Client, job: Job, days: str) -> None:
    path = share(web, job, days)
    link = Share.objects.get()
    assert (link.expires_at - link.created_at).total_seconds() == pytest.approx(
        int(days) * 86_400, abs=5
    )
    Share.objects.update(expires_at=link.created_at)
    visitor = Client()
    response = visitor.get(path)
    assert response.status_code == 410
    assert "This link has ended" in response.text
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert visitor.get(f"{path}picture.jpg").status_code == 404
    assert path not in web.get(f"/jobs/{job.id}/").text


def test_it_can_be_revoked(web: Client, job: Job) -> None:
    path = share(web, job)
    link = Share.objects.get()
    response = web.post(f"/jobs/{job.id}/links/{link.id}/revoke", follow=True)
    assert "The link opens nothing any more." in response.text
    assert Client().get(path).status_code == 410
    assert Client().get(f"{path}thumbnail.jpg").status_code == 404


def test_expired_and_revoked_links_look_alike(web: Client, job: Job) -> None:
    expired, revoked = share(web, job), share(web, job, "1")
    last = Share.objects.latest("id")
    Share.objects.exclude(id=last.id).update(expires_at=last.created_at)
    last.delete()
    pages = [Client().get(path).text for path in (expired, revoked)]
    tokens = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert tokens.sub("", pages[0]) == tokens.sub("", pages[1])


@pytest.mark.parametrize("name", ["", "picture.jpg", "thumbnail.jpg"])
@pytest.mark.parametrize("token", ["changed", "unsigned", "1", "' OR 1=1", "x" * 10_000, "%00"])
def test_a_token_that_is_not_ours_is_not_found(
    web: Client, job: Job, token: str, name: str
) -> None:
    path = share(web, job)
    link = Share.objects.get()
    forged = {"changed": share_token(link)[:-2] + "AA", "unsigned": link.id.hex}.get(token, token)
    visitor = Client()
    answer = visitor.get(f"/shared/{forged}/{name}")
    assert answer.status_code == 404
    assert answer.content == visitor.get(f"/jobs-{path[:8]}-nothing").content


def test_nobody_elses_result_can_be_shared(web: Client, succeeded: Callable[..., Job]) -> None:
    other = succeeded(user=UserFactory.create())
    answers = [web.post(f"/jobs/{job}/links", {"days": "1"}) for job in (other.id, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert not Share.objects.exists()


def test_nobody_elses_link_can_be_revoked(
    web: Client, job: Job, succeeded: Callable[..., Job]
) -> None:
    stranger = UserFactory.create()
    theirs = Client()
    theirs.force_login(stranger)
    share(theirs, succeeded(user=stranger))
    link = Share.objects.get()
    for path in (
        f"/jobs/{job.id}/links/{link.id}/revoke",
        f"/jobs/{link.job_id}/links/{link.id}/revoke",
    ):
        assert web.post(path).status_code == 404
    assert Share.objects.filter(id=link.id).exists()


def test_revoking_needs_a_login_and_a_post(web: Client, client: Client, job: Job) -> None:
    share(web, job)
    path = f"/jobs/{job.id}/links/{Share.objects.get().id}/revoke"
    assert Client().post(path)["Location"].startswith("/accounts/login/")
    assert web.get(path).status_code == 405
    assert Share.objects.exists()


@pytest.mark.parametrize("days", ["", "0", "-1", "365", "1e9", "seven"])
def test_a_link_lasts_as_long_as_is_offered(web: Client, job: Job, days: str) -> None:
    assert web.post(f"/jobs/{job.id}/links", {"days": days}).status_code == 400
    assert not Share.objects.exists()


def test_too_many_links_are_refused(web: Client, job: Job) -> None:
    for _ in range(SHARES_MAX):
        web.post(f"/jobs/{job.id}/links", {"days": "1"})
    response = web.post(f"/jobs/{job.id}/links", {"days": "1"}, follow=True)
    assert "too many links" in response.text
    assert Share.objects.count() == SHARES_MAX


def test_a_shared_page_refuses_other_methods(web: Client, job: Job) -> None:
    path = share(web, job)
    assert Client().post(path).status_code == 405


def test_deleting_the_job_ends_its_links(web: Client, job: Job) -> None:
    path = share(web, job)
    web.post(f"/jobs/{job.id}/delete")
    assert Client().get(path).status_code == 410
