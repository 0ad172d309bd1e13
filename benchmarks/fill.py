"""Fills the table of jobs as long use would, in the database itself: a million in a minute."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import User
from project.statements import columns_of
from worker.models import Job, Status, Usage

DAYS = 90
USERS = 200
OWNED = 10
"""One of so many jobs belongs to the user whose pages are measured."""

_TEMPLATES = 50
_FAILED, _CANCELED = 1, 2  # of the templates
_MILLISECONDS_APART = 7_000

_LABELS = ("n02123045", "n07920052", "n03792782", "n04552348", "n02099601")

_SERIES = {
    "postgresql": "SELECT generate_series(%s, %s) AS i",
    "sqlite": (
        "WITH RECURSIVE counted(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM counted WHERE i < %s) "
        "SELECT i FROM counted"
    ),
}

# What differs from its template in a copied row. ``{ms}`` is the time of creation.
_OWN = {
    "postgresql": {
        "id": (
            "(lpad(to_hex({ms}), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '8' || "
            "substr(md5(i::text), 1, 15))::uuid"
        ),
        "created_at": "to_timestamp({ms} / 1000.0)",
        "published_at": "to_timestamp(({ms} + 3) / 1000.0)",
        "started_at": "to_timestamp(({ms} + 12) / 1000.0)",
        "finished_at": "to_timestamp(({ms} + 60) / 1000.0)",
        "expires_at": "to_timestamp(({ms} + 86400000) / 1000.0)",
        "input": "'jobs/00/' || md5(i::text) || '/input.jpg'",
        "display": "'jobs/00/' || md5(i::text) || '/display-1.jpg'",
    },
    "sqlite": {
        "id": "printf('%%012x7%%03x8%%015x', {ms}, i %% 4096, (i * 2654435761) %% (1 << 59))",
        "created_at": "{at}{ms} / 1000.0, 'unixepoch')",
        "published_at": "{at}({ms} + 3) / 1000.0, 'unixepoch')",
        "started_at": "{at}({ms} + 12) / 1000.0, 'unixepoch')",
        "finished_at": "{at}({ms} + 60) / 1000.0, 'unixepoch')",
        "expires_at": "{at}({ms} + 86400000) / 1000.0, 'unixepoch')",
        "input": "printf('jobs/00/%%032x/input.jpg', i)",
        "display": "printf('jobs/00/%%032x/display-1.jpg', i)",
    },
}


class Table:
    """The table of jobs, which grows.

    :ivar owner: the user whose pages are measured.
    """

    def __init__(self) -> None:
        User.objects.bulk_create(
            [User(email=f"grown{number}@example.com") for number in range(USERS)],
        )
        ids = sorted(User.objects.filter(email__startswith="grown").values_list("id", flat=True))
        self._first_user = ids[0]
        self.owner = User.objects.get(id=ids[0])
        self._began = timezone.now() - timedelta(days=DAYS)
        self._made = 0
        self._add_usage()
        self._add_templates()

    def grow(self, size: int) -> None:
        """Add finished jobs until there are so many."""
        more = size - Job.objects.count()
        columns = [str(field.column) for field in Job._meta.concrete_fields]  # noqa: SLF001 - Django's door
        own = self._own_columns()
        values = ", ".join(own.get(column, f't."{column}"') for column in columns)
        series = _SERIES[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO worker_job ({columns_of(Job)}) "  # noqa: S608 - the names are our own
                f"SELECT {values} FROM ({series}) AS s JOIN "
                "(SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM worker_job "
                f"WHERE input_name LIKE 'template%%') AS t ON t.n = s.i %% {_TEMPLATES}",
                [self._made, self._made + more - 1],
            )
            # What the database's own housekeeping does in time.
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        self._made += more

    def _own_columns(self) -> dict[str, str]:
        """Return the expressions for the columns that differ from the template's."""
        began = int(self._began.timestamp() * 1000)
        ms = f"({began} + CAST(i AS bigint) * {_MILLISECONDS_APART})"
        at = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', "
        own = {
            column: expression.replace("{ms}", ms).replace("{at}", at)
            for column, expression in _OWN[connection.vendor].items()
        }
        if connection.vendor == "postgresql":
            own["id"] = own["id"].replace(" % ", " %% ")
        first = self._first_user
        own["user_id"] = (
            f"CASE WHEN i %% {OWNED} = 0 THEN {first} ELSE {first} + 1 + i %% {USERS - 1} END"
        )
        own["input_name"] = (
            f"'photograph' || {'i' if connection.vendor == 'sqlite' else 'i::text'} || '.jpg'"
        )
        return own

    def _add_templates(self) -> None:
        """Store the jobs that the others are copies of."""
        Job.objects.bulk_create(self._template(number) for number in range(_TEMPLATES))

    def _template(self, number: int) -> Job:
        """Return a finished job: nearly all have succeeded."""
        job = Job(
            user=self.owner,
            service="classify",
            model="efficientnet-lite2-int8",
            parameters={"top_k": 5},
            input="jobs/template.jpg",
            input_name=f"template{number}.jpg",
            input_sha256=f"{number:064x}",
            input_format="JPEG",
            input_bytes=70_000,
            input_width=500,
            input_height=375,
            status=Status.SUCCEEDED,
            attempts=1,
            rings=1,
            worker="host:1234",
            published_at=self._began,
            started_at=self._began,
            finished_at=self._began,
            expires_at=self._began,
        )
        if number in {_FAILED, _CANCELED}:
            job.status = Status.FAILED if number == _FAILED else Status.CANCELED
            job.error_code = "broken" if number == _FAILED else ""
            return job
        label = _LABELS[number % len(_LABELS)]
        job.output = {
            "predictions": [
                {"id": one, "index": place, "score": 0.7 / (place + 1)}
                for place, one in enumerate(_LABELS)
            ],
        }
        job.label, job.score, job.display = label, 0.7, "jobs/template-display.jpg"
        job.model_version, job.model_sha256 = "1", f"{number:064x}"
        job.decode_ms, job.predict_ms = 4.1, 12.3
        return job

    def _add_usage(self) -> None:
        """Store what each user handed in on each day."""
        today: date = datetime.now(UTC).date()
        ids = User.objects.filter(email__startswith="grown").values_list("id", flat=True)
        Usage.objects.bulk_create(
            Usage(user_id=user, day=today - timedelta(days=day), jobs=50, stored_bytes=3_000_000)
            for user in ids
            for day in range(1, DAYS)
        )
