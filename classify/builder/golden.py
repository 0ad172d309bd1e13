"""Photographs with known answers; a model that answers otherwise is not put in place."""

from dataclasses import dataclass

from classify.builder.calibration import read_photograph
from worker.runtime.errors import ModelDamagedError
from worker.runtime.model import Model


@dataclass(frozen=True)
class Golden:
    """What the best class of a photograph may be.

    :ivar photograph: file in scikit-image's data.
    :ivar classes: ImageNet indexes, of which one has to come first.
    :ivar score: the least that they score together.
    """

    photograph: str
    classes: frozenset[int]
    score: float


GOLDEN = (
    # tabby, tiger cat, Egyptian cat
    Golden("chelsea.png", frozenset({281, 282, 285}), 0.8),
    # espresso
    Golden("coffee.png", frozenset({967}), 0.8),
    # missile, projectile, drilling platform, space shuttle
    Golden("rocket.jpg", frozenset({657, 744, 540, 812}), 0.25),
    # moped, motor scooter, disc brake, crash helmet
    Golden("motorcycle_left.png", frozenset({665, 670, 535, 518}), 0.4),
)


def check_golden(model: Model) -> None:
    """Classify the golden photographs.

    :raises ModelDamagedError: when an answer is not the expected one.
    """
    scores = model.scores([read_photograph(golden.photograph) for golden in GOLDEN])
    for golden, row in zip(GOLDEN, scores, strict=True):
        best, together = int(row.argmax()), float(row[sorted(golden.classes)].sum())
        if best not in golden.classes or together < golden.score:
            raise ModelDamagedError(f"It takes {golden.photograph} for class {best}.")
