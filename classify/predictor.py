"""Runs the classification models in a worker. Imported by workers only; no Django here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from classify.loaded import model_loaded
from worker.predictors import Result
from worker.runtime.decode import encode_display, encode_thumbnail


class ClassifyPredictor:
    """Implements :class:`worker.predictors.Predictor` for the classes of ImageNet."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir

    def load(self, model: str) -> None:
        """Load a model and run it once.

        :raises worker.runtime.errors.ModelError: when it is missing, damaged or unusable.
        """
        model_loaded(self._models_dir / model)

    def predict(self, image: BinaryIO, *, model: str, parameters: Mapping[str, Any]) -> Result:
        """Classify one picture.

        :param parameters: ``top_k`` classes at most, of ``min_score`` at least.
        """
        loaded = model_loaded(self._models_dir / model)
        outcome = loaded.classify_stream(image, top_k=parameters.get("top_k", 5))
        least = parameters.get("min_score", 0.0)
        predictions = [
            {"id": prediction.id, "index": prediction.index, "score": prediction.score}
            for prediction in outcome.predictions
            if prediction.score >= least
        ]
        best = outcome.predictions[0]
        return Result(
            output={"predictions": predictions},
            label=best.id,
            score=best.score,
            display=encode_display(outcome.image),
            thumbnail=encode_thumbnail(outcome.image),
            model_version=loaded.manifest.version,
            model_sha256=loaded.manifest.sha256,
            decode_ms=outcome.decode_ms,
            predict_ms=outcome.predict_ms,
            started=outcome.started,
        )
