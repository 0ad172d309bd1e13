"""Where the pictures of jobs lie: a folder each, with what every attempt has left there."""

from contextlib import suppress

from django.core.files.storage import default_storage

from worker.models import Job

TOP = "jobs"
"""The folder of all pictures. In it are 256 folders, named by the end of a job's id."""


def folder_of(job: Job) -> str:
    """Return the folder of a job."""
    return f"{TOP}/{job.id.hex[-2:]}/{job.id}"


def files_delete(job: Job) -> None:
    """Delete a job's pictures, also those that a lost attempt has left."""
    for field in (job.input, job.display, job.thumbnail):
        if field.name:
            field.storage.delete(field.name)
    folder_delete(folder_of(job))


def folder_delete(path: str) -> None:
    """Delete a folder with its files; another process may be doing the same."""
    with suppress(FileNotFoundError):
        _, names = default_storage.listdir(path)
        for name in names:
            default_storage.delete(f"{path}/{name}")
        default_storage.delete(path)  # a folder, where the storage knows any
