"""A model ready for use: the one object that a predictor, a command or a script needs.

::

    model = Model.open(Path("var/models/efficientnet-lite2-int8"))
    with open("cat.jpg", "rb") as file:
        outcome = model.classify_stream(file)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.runtime import manifest as manifests
from worker.runtime.decode import decode
from worker.runtime.engines import Engine, load_engine
from worker.runtime.manifest import Manifest
from worker.runtime.preprocess import preprocess

DECODED_SIDE = 512
"""Least short side in pixels to which pictures are decoded. Scores then differ from those of a full
decode by 0.0015 on average; decoded to just above the model's input they would differ by 0.015."""


@dataclass(frozen=True)
class Prediction:
    """A class with a score.

    :ivar index: the class's place in the model's output.
    :ivar id: the class's id by the manifest, for ImageNet a WordNet id such as ``n02123045``.
    :ivar score: probability in [0, 1].
    """

    index: int
    id: str
    score: float


@dataclass(frozen=True)
class Outcome:
    """What classifying one file gave.

    :ivar predictions: best first.
    :ivar image: the decoded picture, upright RGB.
    :ivar decode_ms: milliseconds from bytes to the decoded picture.
    :ivar predict_ms: milliseconds from there to the predictions.
    :ivar started: when decoding began, by ``time.perf_counter``.
    """

    predictions: list[Prediction]
    image: Image.Image
    decode_ms: float
    predict_ms: float
    started: float


class Model:
    """A manifest and a loaded engine; one per process, used from one thread."""

    def __init__(self, manifest: Manifest, engine: Engine) -> None:
        self.manifest = manifest
        self._engine = engine

    @classmethod
    def open(cls, directory: Path, *, verify: bool = True) -> Self:
        """Load the model in a directory.

        :param verify: compare the artefact with its checksum first (about 20 ms).
        :raises ModelError: when it is missing, damaged or cannot be loaded.
        """
        manifest = manifests.verify(directory) if verify else manifests.read(directory)
        engine = load_engine(manifest.engine, directory / manifest.artefact, manifest.output)
        return cls(manifest, engine)

    def warm_up(self) -> None:
        """Classify a grey picture, so that the first real one is not slower than the others."""
        side = self.manifest.preprocessing.size
        self.classify(Image.new("RGB", (side, side), "grey"), top_k=1)

    def classify(self, image: Image.Image, top_k: int = 5) -> list[Prediction]:
        """Return the ``top_k`` best classes of an upright RGB image, best first."""
        return self.classify_batch([image], top_k)[0]

    def classify_batch(
        self, images: Sequence[Image.Image], top_k: int = 5
    ) -> list[list[Prediction]]:
        """Do what :meth:`classify` does for several images, in their order."""
        return [self._best(scores, top_k) for scores in self.scores(images)]

    def scores(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return all scores of upright RGB images: float32 ``[N, classes]``, rows sum to 1."""
        return self._engine.predict(preprocess(images, self.manifest.preprocessing))

    def classify_stream(self, stream: IO[bytes], top_k: int = 5) -> Outcome:
        """Decode a file and classify its first picture.

        :param stream: a seekable binary file; read from its start.
        :raises ImageError: when the picture is refused, damaged or too complex.
        """
        start = perf_counter()
        short_side = max(DECODED_SIDE, self.manifest.preprocessing.short_side)
        image = decode(stream, short_side=short_side)
        decoded = perf_counter()
        predictions = self.classify(image, top_k)
        done = perf_counter()
        return Outcome(predictions, image, (decoded - start) * 1e3, (done - decoded) * 1e3, start)

    def _best(self, scores: NDArray[np.float32], top_k: int) -> list[Prediction]:
        indexes = np.argsort(-scores, kind="stable")[:top_k]
        ids = self.manifest.class_ids
        return [Prediction(int(i), ids[i], float(scores[i])) for i in indexes]
