"""Runs the classification models in a worker. Imported by workers only; no Django here."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from worker.predictors import Result
from worker.runtime.decode import THUMBNAIL_SIDE, encode_display
from worker.runtime.model import Model

LOADED_AT_MOST = 3
"""Models kept in memory by one process; the one used longest ago makes room."""


class ClassifyPredictor:
    """Implements :class:`worker.predictors.Predictor` for the classes of ImageNet."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._loaded: OrderedDict[str, Model] = OrderedDict()

    def load(self, model: str) -> None:
        """Load a model and run it once.

        :raises worker.runtime.errors.ModelError: when it is missing, damaged or unusable.
        """
        self._model(model)

    def predict(self, image: BinaryIO, *, model: str, parameters: Mapping[str, Any]) -> Result:
        """Classify one picture.

        :param parameters: ``top_k`` classes at most, of ``min_score`` at least.
        """
        loaded = self._model(model)
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
            thumbnail=encode_display(outcome.image, side=THUMBNAIL_SIDE),
            model_version=loaded.manifest.version,
            model_sha256=loaded.manifest.sha256,
            decode_ms=outcome.decode_ms,
            predict_ms=outcome.predict_ms,
        )

    def _model(self, name: str) -> Model:
        """Return a loaded model, loading it if need be."""
        if name not in self._loaded:
            model = Model.open(self._models_dir / name)
            model.warm_up()
            self._loaded[name] = model
            if len(self._loaded) > LOADED_AT_MOST:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(name)
        return self._loaded[name]
