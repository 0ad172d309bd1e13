"""What came of each of many pictures."""

from dataclasses import dataclass

from vitrina.errors import VitrinaError
from vitrina.pictures import Picture
from vitrina.shapes import Job

CONCURRENCY = 16
"""Pictures that are under way at once: as many as the site lets one user have in a line."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one picture: a job that has ended, or why there is none.

    :ivar error: it was not accepted, the site did not answer, or the file cannot be read.
    """

    picture: Picture
    job: Job | None = None
    error: VitrinaError | OSError | None = None
