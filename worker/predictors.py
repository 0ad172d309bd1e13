"""What a worker expects of a service: load a model once, predict many times. No Django here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol


@dataclass(frozen=True)
class Result:
    """What came of one job.

    ``label`` and ``score`` repeat the best of ``output``, for people to filter by;
    ``display`` is the picture to show and ``thumbnail`` the small one for lists: upright,
    re-encoded, without metadata. ``started`` is when decoding began, by ``time.perf_counter``.
    """

    output: dict[str, Any]
    display: bytes
    thumbnail: bytes = b""
    label: str = ""
    score: float | None = None
    model_version: str = ""
    model_sha256: str = ""
    decode_ms: float | None = None
    predict_ms: float | None = None
    started: float | None = None


class Predictor(Protocol):
    """Runs the models of one service in one worker process."""

    def __init__(self, models_dir: Path) -> None:
        """Remember where the models are; load nothing yet."""

    def load(self, model: str) -> None:
        """Load a model and run it once, so that the first job is as quick as the next.

        :raises worker.runtime.errors.ModelError: when it is missing, damaged or unusable.
        """

    def predict(self, image: BinaryIO, *, model: str, parameters: Mapping[str, Any]) -> Result:
        """Run the model on one picture.

        :raises worker.runtime.errors.ImageError: when the picture cannot be used.
        :raises worker.runtime.errors.ModelError: as :meth:`load` does.
        """
