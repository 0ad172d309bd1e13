"""Measures one row in the place that the environment names: ``python -m benchmarks.measure``."""

import json
import logging
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Read from stdin what to measure; write to the named file what came of it."""
    task = json.load(sys.stdin)

    import django

    django.setup()
    logging.getLogger().setLevel(logging.WARNING)

    from django.conf import settings

    from benchmarks.plan import Plan

    measured = import_module(task["module"]).measure(
        Plan.from_json(task["plan"]),
        models=settings.MODELS_DIR,
        photographs=Path(task["photographs"]),
    )
    Path(task["answer"]).write_text(json.dumps([asdict(figure) for figure in measured]))


if __name__ == "__main__":
    main()
