"""The registry in the admin: what administrators see and do, and what nobody else may."""

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AuditEntry, User
from classify.checking import model_check_next
from classify.models import Label, Model, State
from classify.services import COMPARE
from project.uploads import upload_limit
from tests.conftest import picture
from tests.factories import JobFactory, UserFactory
from tests.registry.conftest import RECIPE, add
from tests.registry.networks import colours
from worker.models import Job, Status, Usage

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(90)]

PAGE = "/admin/classify/model/"
MOST_QUERIES = 25
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def superuser() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def staff(client: Client, superuser: User) -> Client:
    client.force_login(superuser)
    return client


def form(**fields: object) -> dict[str, object]:
    names = SimpleUploadedFile("names.csv", f"name_en,name_es\nred,rojo\n{EVIL},b\ng,v".encode())
    file = SimpleUploadedFile("colours.tflite", colours())
    values = {key: str(value) for key, value in RECIPE.items()}
    return {"name": "colours", "version": "7", "file": file, "labels": names, **values, **fields}


def act(client: Client, action: str, name: str, **fields: str) -> str:
    chosen = {"action": action, "_selected_action": [name], "from": name}
    return client.post(PAGE, chosen | fields, follow=True).text


def test_a_model_is_added_checked_switched_and_rolled_back(
    staff: Client,
    superuser: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Model.objects.create(name="old", version="1", engine="litert", input_size=8, is_default=True)
    assert staff.get(f"{PAGE}add/").status_code == 200
    page = staff.post(f"{PAGE}add/", form() | {"_continue": "1"}, follow=True).text
    assert "A worker is about to check it" in page
    assert "waits to be checked" in page
    assert "Switch on" not in page

    assert model_check_next()
    with django_assert_max_num_queries(MOST_QUERIES):
        page = staff.get(f"{PAGE}colours/change/").text
    assert "ready, off" in page
    assert "ms a picture" in page
    assert "3 of its own" in page
    assert "A worker is about to check it" not in page

    assert "<h1" in act(staff, "enable", "colours")
    page = act(staff, "make_default", "colours")
    assert "the default" in page
    assert "Roll back to the default before" in page
    page = act(staff, "roll_back", "colours")
    assert Model.objects.get(is_default=True).name == "old"
    assert "Switch off" in page
    events = AuditEntry.objects.filter(event__startswith="model.").order_by("id")
    assert [(entry.event, entry.actor) for entry in events] == [
        ("model.added", superuser),
        ("model.checked", None),
        ("model.enabled", superuser),
        ("model.made_default", superuser),
        ("model.rolled_back", superuser),
    ]
    with django_assert_max_num_queries(MOST_QUERIES):
        listed = staff.get(PAGE).text
    assert "Compare two models" in listed


def test_a_refusal_is_told(staff: Client) -> None:
    names = SimpleUploadedFile("names.txt", b"only\ntwo")
    staff.post(f"{PAGE}add/", form(labels=names))
    assert model_check_next()
    page = staff.get(f"{PAGE}colours/change/").text
    assert "another number of outputs than there are classes" in page
    assert "It has 3 outputs, the list of classes 2." in page
    assert "Check again" in page
    assert "waits to be checked" in act(staff, "check_again", "colours")
    staff.cookies["django_language"] = "es"
    assert model_check_next()
    assert "otro número de salidas" in staff.get(f"{PAGE}colours/change/").text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "Big Name"}, "Small letters"),
        ({"name": "../evil"}, "Small letters"),
        ({"name": "x" * 41}, "40 characters"),
        ({"file": ""}, "Choose either"),
        ({"application": "ResNet50"}, "Choose either"),
        ({"application": "ResNet50", "file": ""}, "brings its classes"),
        ({"application": "os.system", "file": "", "labels": ""}, "Select a valid choice"),
        ({"size": "0"}, "greater than or equal"),
        ({"size": "9000"}, "less than or equal"),
        ({"crop": "nan"}, "Enter a number"),
        ({"std": "0"}, "greater than or equal"),
        ({"labels": SimpleUploadedFile("n.txt", b"a\na")}, "twice"),
    ],
)
def test_nonsense_is_told_and_not_stored(
    staff: Client, fields: dict[str, object], says: str
) -> None:
    assert says in staff.post(f"{PAGE}add/", form(**fields)).text
    assert not Model.objects.exists()


def test_a_taken_name_is_told(staff: Client) -> None:
    add()
    page = staff.post(f"{PAGE}add/", form(), follow=True).text
    assert "There is, or was, a model of this name." in page


def test_a_file_may_be_large_there_and_only_for_who_may_add(
    staff: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES, settings.MODEL_MAX_BYTES = 2_000, 400_000
    from project import uploads

    view = "admin:classify_model_add"
    before = uploads._larger[view]
    uploads.larger_uploads_register(view, most=400_000, right="classify.add_model")
    try:
        large = SimpleUploadedFile("a.tflite", b"x" * 300_000)
        staff.post(f"{PAGE}add/", form(file=large))
        assert Model.objects.get().file.size == 300_000
        larger = SimpleUploadedFile("a.tflite", b"x" * 400_001)
        assert "use the command" in staff.post(f"{PAGE}add/", form(name="b", file=larger)).text
    finally:
        uploads._larger[view] = before
    assert Model.objects.count() == 1

    class Request:
        resolver_match = type("Match", (), {"view_name": view})
        user = UserFactory.create(is_staff=True)

    assert upload_limit(Request()) == 2_000


def test_without_a_right_nothing_can_be_done(client: Client) -> None:
    Model.objects.create(name="old", version="1", engine="litert", input_size=8, is_default=True)
    Model.objects.create(name="new", version="1", engine="litert", input_size=8)
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_model"))
    client.force_login(user)
    assert client.get(f"{PAGE}add/").status_code == 403
    assert client.post(f"{PAGE}add/", form()).status_code == 403
    for action in ("make_default", "roll_back", "enable", "disable", "check_again", "remove"):
        act(client, action, "new")
    assert client.get(f"{PAGE}compare/").status_code == 403
    assert not AuditEntry.objects.filter(event__startswith="model.").exists()
    assert Model.objects.get(is_default=True).name == "old"
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    assert client.get(f"{PAGE}compare/").status_code == 200
    pair = {"first": "old", "second": "new"}
    assert client.post(f"{PAGE}compare/", pair).status_code == 403


@pytest.fixture
def two(superuser: User) -> Callable[[int], list[Job]]:
    """Two models, and jobs of the first."""
    for name in ("one", "two"):
        Model.objects.create(name=name, version="1", engine="litert", input_size=8)
    Label.objects.create(id="two--evil", model_id="two", index=0, name_en=EVIL)
    Label.objects.create(id="two--cup", model_id="two", index=1, name_en="cup")

    def make(count: int) -> list[Job]:
        return [
            JobFactory.create(
                user=UserFactory.create(),
                service="classify",
                model="one",
                finished="succeeded",
                output={"predictions": [{"id": "cup", "index": 0, "score": 0.9}]},
                predict_ms=10,
                picture=picture(),
            )
            for _ in range(count)
        ]

    return make


def test_two_models_are_compared_on_the_same_pictures(
    staff: Client,
    two: Callable[[int], list[Job]],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    jobs = two(12)
    address = f"{PAGE}compare/?first=one&second=two"
    assert "no picture yet" in staff.get(address).text
    pair = {"first": "one", "second": "two"}
    page = staff.post(f"{PAGE}compare/", pair, follow=True).text
    assert "12 pictures are looked at." in page
    assert "12 pictures are still to be looked at." in page
    compared = Job.objects.filter(service=COMPARE, model="two").order_by("-id")
    assert compared.count() == 12
    assert {job.source for job in compared} == set(jobs)
    assert not any(job.input for job in compared)
    assert not Usage.objects.exists()

    for number, job in enumerate(compared):
        label = "two--evil" if number < 3 else "two--cup"
        job.output = {"predictions": [{"id": label, "index": 0, "score": 0.7}]}
        job.status, job.finished_at, job.predict_ms = Status.SUCCEEDED, job.created_at, 20
        job.save()
    with django_assert_max_num_queries(MOST_QUERIES):
        page = staff.get(address).text
    assert "75.0%" in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") == 3
    assert EVIL not in page
    assert "different classes apart" not in page

    more = staff.post(f"{PAGE}compare/", pair, follow=True).text
    assert "0 pictures are looked at." in more
    entry = AuditEntry.objects.get(event="models.compared")
    assert entry.details == {"other": "one", "count": 12}


def test_owners_notice_nothing_of_a_comparison(
    staff: Client, two: Callable[[int], list[Job]], client: Client
) -> None:
    (job,) = two(1)
    staff.post(f"{PAGE}compare/", {"first": "one", "second": "two"})
    owner = Client()
    owner.force_login(job.user)
    assert owner.get("/jobs/").text.count(f"/jobs/{job.id}/") > 0
    for other in Job.objects.exclude(id=job.id):
        assert str(other.id) not in owner.get("/jobs/").text
        assert str(other.id) not in owner.get(f"/jobs/{job.id}/").text
    assert Job.objects.filter(user=job.user).count() == 2
    from worker.selectors import jobs_listed_for
    from worker.services import job_delete

    assert list(jobs_listed_for(job.user)) == [job]
    job_delete(job=job)
    assert not Job.objects.filter(user=job.user).exists()


def test_an_address_that_makes_no_sense_compares_nothing(
    staff: Client, two: Callable[[int], list[Job]]
) -> None:
    two(1)
    for query in ("", "?first=one&second=one", f"?first={EVIL}&second=x", "?second=two"):
        page = staff.get(f"{PAGE}compare/{query}").text
        assert "Agreement" not in page
        assert EVIL not in page
    assert staff.post(f"{PAGE}compare/", {"first": "one", "second": "one"}).status_code == 302
    assert not Job.objects.filter(service=COMPARE).exists()


def test_html_in_a_class_is_text_wherever_it_is_shown(staff: Client, superuser: User) -> None:
    Model.objects.create(name="two", version="1", engine="litert", input_size=8)
    Label.objects.create(id="two--evil", model_id="two", index=0, name_en=EVIL, synonyms_en=EVIL)
    job = JobFactory.create(
        user=superuser,
        service="classify",
        model="two",
        finished="succeeded",
        label="two--evil",
        score=0.9,
        output={"predictions": [{"id": "two--evil", "index": 0, "score": 0.9}]},
    )
    for url in (
        f"/jobs/{job.id}/",
        "/jobs/",
        "/jobs/?q=img",
        "/jobs/?label=two--evil",
        f"/jobs/{job.id}/right-class?q=img",
        "/admin/classify/label/?model=two",
        "/admin/classify/label/two--evil/change/",
    ):
        page = staff.get(url)
        assert page.status_code == 200, url
        assert "&lt;img src=x onerror" in page.text, url
        assert EVIL not in page.text, url
    answer = staff.get("/api/v1/services/classify/labels", {"model": "two"}).json()
    assert [one["name"] for one in answer["results"]] == [EVIL]
    assert answer["results"][0]["parents"] == []
    assert staff.get("/api/v1/services/classify/labels").json()["results"] == []


def test_the_upload_is_read_as_it_was_sent(staff: Client) -> None:
    staff.post(f"{PAGE}add/", form())
    stored = Model.objects.get()
    with stored.file.open("rb") as file:
        assert io.BytesIO(file.read()).getvalue() == colours()
    assert stored.state == State.WAITING
    assert stored.recipe == RECIPE
