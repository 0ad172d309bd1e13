"""What the built models say about photographs, and that both engines say the same."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from classify.builder.build import MODEL_NAMES
from classify.builder.calibration import PHOTOGRAPHS, read_photograph
from classify.builder.golden import GOLDEN, Golden, check_golden
from tests.runtime import pictures
from worker.runtime.engines import Engine
from worker.runtime.errors import ModelDamagedError
from worker.runtime.model import Model

pytestmark = [pytest.mark.model, pytest.mark.timeout(120)]

OpenModel = Callable[[str], Model]
NETWORKS = ("efficientnet-lite0", "efficientnet-lite2")


def held_out_crops() -> list[Image.Image]:
    """Return views of the photographs that calibration did not use."""
    random = np.random.default_rng(42)
    crops = []
    for name in PHOTOGRAPHS:
        image = read_photograph(name)
        for _ in range(8):
            side = int(min(image.size) * random.uniform(0.5, 1))
            left, top = (int(random.integers(0, length - side + 1)) for length in image.size)
            crops.append(image.crop((left, top, left + side, top + side)))
    return crops


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.photograph)
def test_golden_photographs(name: str, golden: Golden, open_model: OpenModel) -> None:
    best, *_ = open_model(name).classify(read_photograph(golden.photograph))
    assert best.index in golden.classes


@pytest.mark.parametrize("network", NETWORKS)
def test_both_engines_give_the_same_scores(network: str, open_model: OpenModel) -> None:
    images = [read_photograph(golden.photograph) for golden in GOLDEN]
    litert = open_model(f"{network}-fp32").scores(images)
    tensorflow = open_model(f"{network}-savedmodel").scores(images)
    assert np.abs(litert - tensorflow).max() < 1e-3
    assert (np.argsort(litert)[:, -5:] == np.argsort(tensorflow)[:, -5:]).all()


@pytest.mark.parametrize("network", NETWORKS)
def test_int8_agrees_with_float32(network: str, open_model: OpenModel) -> None:
    images = held_out_crops()
    exact = open_model(f"{network}-fp32").scores(images)
    rounded = open_model(f"{network}-int8").scores(images)
    best = exact.argmax(axis=1)
    rows = np.arange(len(images))
    first, second = np.sort(exact)[:, :-3:-1].T
    sure = first - second > 0.15
    assert sure.sum() >= 20
    assert (rounded.argmax(axis=1) == best)[sure].mean() >= 0.97
    assert np.abs(rounded - exact)[rows, best].mean() < 0.03


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize("kind", ["black", "white", "noise"])
def test_scores_are_always_finite_and_sum_to_one(
    name: str, kind: str, open_model: OpenModel
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    image = Image.fromarray(noise) if kind == "noise" else Image.new("RGB", (400, 300), kind)
    scores = open_model(name).scores([image])
    assert np.isfinite(scores).all()
    assert scores.min() >= 0
    assert scores.sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_file_is_classified(name: str, open_model: OpenModel) -> None:
    model = open_model(name)
    cat = BytesIO(pictures.encoded(read_photograph("chelsea.png"), "JPEG", quality=90))
    outcome = model.classify_stream(cat, top_k=3)
    assert [p.id for p in outcome.predictions] == [
        model.manifest.class_ids[p.index] for p in outcome.predictions
    ]
    assert {p.id for p in outcome.predictions} == {"n02123045", "n02123159", "n02124075"}


@pytest.mark.parametrize("name", [name for name in MODEL_NAMES if "savedmodel" not in name])
def test_a_batch_and_a_repetition_change_nothing(name: str, open_model: OpenModel) -> None:
    images = [read_photograph(golden.photograph) for golden in GOLDEN]
    together = open_model(name).scores(images)
    alone = np.concatenate([open_model(name).scores([image]) for image in images])
    assert (together == alone).all()


def test_an_int8_input_keeps_every_pixel_value(open_model: OpenModel) -> None:
    model = open_model("efficientnet-lite2-int8")
    tensor = model._engine._model._input  # type: ignore[attr-defined]
    assert tensor["dtype"] == np.int8
    assert tensor["quantization"] == (1 / 128, -1)


def test_a_model_that_sees_something_else_is_refused(open_model: OpenModel) -> None:
    class Constant:
        def run(self, images: np.ndarray) -> np.ndarray:
            return np.eye(1, 1000, 3, np.float32).repeat(len(images), axis=0)

    manifest = open_model("efficientnet-lite0-fp32").manifest
    with pytest.raises(ModelDamagedError, match=r"chelsea\.png"):
        check_golden(Model(manifest, Engine(Constant(), "probabilities")))
