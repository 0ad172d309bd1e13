"""A model turns pictures into predictions, with an engine that needs no artefact."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.runtime import pictures
from tests.runtime.manifests import manifest, write_model
from worker.runtime import errors
from worker.runtime.engines import Engine, softmax
from worker.runtime.model import Model


class MeanColour:
    """A network that sees red, green and blue: the mean of each channel is its class's logit."""

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        means: NDArray[np.float32] = images.mean(axis=(1, 2)) * np.float32(4)
        return means


@pytest.fixture
def model() -> Model:
    return Model(manifest(), Engine(MeanColour(), "logits"))


def test_predictions_come_best_first(model: Model) -> None:
    best, second, third = model.classify(Image.new("RGB", (20, 20), (10, 250, 120)))
    assert [best.index, second.index, third.index] == [1, 2, 0]
    assert [best.id, second.id, third.id] == ["n02", "n03", "n01"]
    assert best.score + second.score + third.score == pytest.approx(1)
    assert best.score > second.score > third.score


def test_only_so_many_predictions_come(model: Model) -> None:
    picture = Image.new("RGB", (20, 20))
    assert len(model.classify(picture, top_k=2)) == 2
    assert len(model.classify(picture, top_k=99)) == 3


def test_equal_scores_come_in_the_order_of_the_classes(model: Model) -> None:
    assert [p.index for p in model.classify(Image.new("RGB", (20, 20), "grey"))] == [0, 1, 2]


def test_a_batch_gives_what_single_pictures_give(model: Model) -> None:
    images = [Image.new("RGB", (20, 30), colour) for colour in ("red", "green", "blue")]
    assert model.classify_batch(images, 1) == [model.classify(image, 1) for image in images]


def test_a_stream_gives_predictions_picture_and_times(model: Model) -> None:
    outcome = model.classify_stream(BytesIO(pictures.jpeg(640, 480)), top_k=1)
    assert len(outcome.predictions) == 1
    assert outcome.image.size == (640, 480)
    assert outcome.decode_ms > 0
    assert outcome.predict_ms > 0


def test_a_broken_stream_is_an_image_error(model: Model) -> None:
    with pytest.raises(errors.ImageError):
        model.classify_stream(BytesIO(b"nothing"))


def test_softmax_is_finite_whatever_the_logits() -> None:
    scores = softmax(np.array([[1e4, -1e4, 0], [0, 0, 0]], np.float32))
    assert np.isfinite(scores).all()
    assert scores.sum(axis=-1) == pytest.approx(1)


def test_an_artefact_that_is_no_model_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(errors.ModelUnloadableError):
        Model.open(write_model(tmp_path / "tiny"))


def test_an_altered_artefact_is_not_loaded(tmp_path: Path) -> None:
    directory = write_model(tmp_path / "tiny")
    (directory / "model.tflite").write_bytes(b"something else")
    with pytest.raises(errors.ModelDamagedError):
        Model.open(directory)
