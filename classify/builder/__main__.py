"""``python -m classify.builder DIRECTORY``: what a container's image brings along.

The default models and, made with the last of them, the examples of the landing page. Without
Django, so that a change of the site does not build an image's models again.
"""

import sys
from pathlib import Path

from classify.builder.build import build
from classify.builder.examples import examples_build
from worker.runtime.model import Model

MODEL = "efficientnet-lite2-int8"
"""The default model, by which the examples are classified."""


def main(directory: Path) -> None:
    """Build everything into a directory."""
    build((), directory / "models", report=lambda progress: print(progress.name, progress.step))
    examples_build(Model.open(directory / "models" / MODEL), directory / "examples/examples.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
