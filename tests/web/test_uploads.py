"""What the upload handler keeps of files that are too large or too many."""

import tempfile

import pytest
from django.core.files.uploadhandler import StopUpload
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from project.uploads import LimitedUploadHandler
from tests.web.conftest import upload


def request_with(*sizes: int) -> HttpRequest:
    files = [upload(f"{number}.jpg", bytes(size)) for number, size in enumerate(sizes)]
    return RequestFactory().post("/", {"images": files, "field": "after"})


def kept(request: HttpRequest) -> list[int]:
    sizes = [len(file.read()) for file in request.FILES.getlist("images")]
    request.close()
    return sizes


def test_it_keeps_files_that_fit(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    request = request_with(1, 999, 1000)
    assert kept(request) == [1, 999, 1000]
    assert request.POST["field"] == "after"


def test_it_keeps_one_byte_too_many_and_the_true_size(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    request = request_with(500_000, 10)
    first, second = request.FILES.getlist("images")
    assert first.size == 500_000
    assert kept(request) == [1001, 10]
    assert second.name == "1.jpg"


def test_it_keeps_one_file_too_many(settings: Settings) -> None:
    settings.UPLOAD_MAX_FILES = 2
    request = request_with(1, 2, 3, 4, 5)
    assert kept(request) == [1, 2, 3]
    assert request.POST["field"] == "after"


def test_it_stops_reading_an_endless_request(settings: Settings) -> None:
    settings.UPLOAD_MAX_FILES, settings.UPLOAD_MAX_BYTES = 1, 1000
    handler = LimitedUploadHandler()
    handler.new_file("images", "a.jpg", "image/jpeg", None)
    chunk = bytes(64 * 1024)
    for number in range(16):
        handler.receive_data_chunk(chunk, number * len(chunk))
    with pytest.raises(StopUpload):
        handler.receive_data_chunk(chunk, 16 * len(chunk))


def test_a_request_that_was_stopped_can_still_be_answered(settings: Settings) -> None:
    settings.UPLOAD_MAX_FILES, settings.UPLOAD_MAX_BYTES = 1, 1000
    request = request_with(5_000_000)
    assert kept(request) == []


def test_it_spills_large_files_to_disk() -> None:
    handler = LimitedUploadHandler()
    handler.new_file("images", "a.jpg", "image/jpeg", None)
    handler.receive_data_chunk(bytes(1024 * 1024), 0)
    file = handler.file_complete(1024 * 1024)
    assert file is not None
    assert isinstance(file.file, tempfile.SpooledTemporaryFile)
    assert vars(file.file)["_rolled"]
    file.close()
