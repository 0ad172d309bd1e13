"""Somebody with a browser, and a program with a token."""

import http.cookiejar
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """What came back."""

    status: int
    url: str
    headers: Message
    body: bytes

    def __str__(self) -> str:
        """What to say where it is not what it should be."""
        words = re.sub(r"<[^>]*>|\s+", " ", self.text.split("<main", 1)[-1])
        return f"{self.status} {self.url} {words[:600]}"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Visitor:
    """Asks a site for things over TLS, whose certificate is checked, and keeps its cookies."""

    def __init__(self, url: str, certificate: Path, token: str = "") -> None:
        self.url, self.token = url, token
        context = ssl.create_default_context(cafile=str(certificate))
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request; an error is an answer, too."""
        url = path if path.startswith("https:") else f"{self.url}{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Referer": f"{self.url}/"} if body is not None else {}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = urllib.request.Request(url, body, sent)
        try:
            with self._opener.open(request, timeout=70) as answer:
                return Answer(answer.status, answer.url, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.url or url, error.headers, error.read())

    def post_form(
        self, path: str, picture: bytes | None = None, *, action: str = "", **fields: str
    ) -> Answer:
        """Load a page and send its form, with a picture if there is one."""
        page = self.ask(path)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if found is None:
            raise SystemExit(f"{path} answers {page.status} without a form:\n{page.text[:500]}")
        fields["csrfmiddlewaretoken"] = found[1]
        if picture is None:
            body = urllib.parse.urlencode(fields).encode()
            return self.ask(action or path, body)
        body, kind = multipart(fields, ("images", picture))
        return self.ask(action or path, body, Content_Type=kind)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in, or end."""
        answer = self.post_form("/accounts/login/", login=email, password=password)
        expect(answer.status == 200 and "/login" not in answer.url, f"signing in: {answer.url}")

    def job_create(self, picture: bytes, **fields: str) -> Answer:
        """Hand in one picture as a program does."""
        body, kind = multipart(fields, ("image", picture))
        return self.ask(
            "/api/v1/services/classify/jobs",
            body,
            Content_Type=kind,
            Idempotency_Key=uuid.uuid4().hex,
        )

    def batch_create(self, pictures: list[bytes]) -> set[str]:
        """Hand in many pictures at once; return the ids of the jobs."""
        body, kind = multipart({"service": "classify"}, *(("images", one) for one in pictures))
        answer = self.ask("/api/v1/batches", body, Content_Type=kind)
        expect(answer.status == 202, f"batch: {answer}")
        batch = json.loads(answer.body)["id"]
        page = json.loads(self.ask(f"/api/v1/jobs?batch={batch}&limit=100").body)
        ids = {job["id"] for job in page["results"]}
        expect(len(ids) == len(pictures), f"{len(ids)} jobs of {len(pictures)} pictures")
        return ids

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job."""
        found: dict[str, Any] = json.loads(self.ask(f"/api/v1/jobs/{job_id}").body)
        return found

    def unfinished(self, ids: set[str], *, seconds: float) -> tuple[set[str], set[str]]:
        """Wait until jobs have ended; return those that have not, and those that failed."""
        waiting, failed = set(ids), set()
        end = time.monotonic() + seconds
        while waiting and time.monotonic() < end:
            for job_id in sorted(waiting):
                status = self.job(job_id).get("status")
                if status in {"succeeded", "failed", "expired", "canceled"}:
                    waiting.remove(job_id)
                    failed |= {job_id} if status != "succeeded" else set()
            time.sleep(0.5)
        return waiting, failed


def multipart(fields: Mapping[str, str], *files: tuple[str, bytes]) -> tuple[bytes, str]:
    """Return a form with files as a body, and what kind of body it is."""
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files:
        head = f'form-data; name="{name}"; filename="photo.jpg"\r\nContent-Type: image/jpeg'
        parts += [f"--{mark}\r\nContent-Disposition: {head}\r\n\r\n".encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


def expect(right: bool, what: str) -> None:
    """End where something is not as it should be."""
    if not right:
        raise SystemExit(f"NOT AS IT SHOULD BE: {what}")
