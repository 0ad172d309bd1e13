"""``python -m classify.checker``: a task as JSON from standard input, an answer as JSON to output.

The task: ``name``, ``version``, ``upload`` (a file) or ``application`` (a name), ``place`` (where
to make the model's directory), ``classes`` (ids; none for ImageNet's), ``recipe``, ``licence``,
``source``. The answer: ``{"manifest": …, "report": …}`` or ``{"refused": code, "detail": …}``.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from classify import table
from classify.checker.refused import RefusedError
from classify.checker.unpack import ARTEFACTS, MOST_BYTES, Kind, unpack
from worker.runtime.manifest import (
    EngineName,
    Manifest,
    Preprocessing,
    Source,
    artefact_sha256,
)

MEMORY = 6 * 1024**3
"""Of address space. TensorFlow takes 1.4 GB of it, a large network two more."""

CPU_SECONDS = 600
_DEATH_OF_PARENT = 1


def limit() -> None:
    """Bound what this process may take, and end it with the one that started it."""
    bounds = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: MOST_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
    os.nice(10)


def write_nothing() -> None:
    """Let this process fill no file from here on; pipes still take what it says."""
    tempfile.gettempdir()  # which it finds out by writing, and then remembers
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, MOST_BYTES))


def check(task: dict[str, Any]) -> dict[str, Any]:
    """Make a model's directory of what was handed in, and try it.

    :raises RefusedError: when it may not be used.
    """
    place = Path(task["place"])
    recipe = dict(task["recipe"])
    kind: Kind = "tflite"
    output = recipe.pop("output")
    if task["application"]:
        from classify.checker.application import build_application

        output = "probabilities"
        size = build_application(task["application"], place)
        recipe |= {"size": size, "mean": 0.0, "std": 1.0}
    else:
        kind = unpack(Path(task["upload"]), place)
    engine: EngineName = "litert" if kind == "tflite" else "tensorflow"
    artefact = place / ARTEFACTS[kind]
    manifest = Manifest(
        name=task["name"],
        version=task["version"],
        engine=engine,
        artefact=artefact.name,
        sha256=artefact_sha256(artefact),
        output=output,
        preprocessing=Preprocessing(**recipe),
        class_ids=tuple(task["classes"] or (row.id for row in table.rows())),
        licence=task["licence"],
        source=_source(task, artefact),
        created_by=_versions(engine),
        reproducible="It is what was handed in.",
    )
    manifest.write(place)
    write_nothing()
    _inspect(kind, artefact)
    from classify.checker.trial import try_model

    report = try_model(place, imagenet=not task["classes"])
    return {"manifest": asdict(manifest), "report": report | {"kind": kind}}


def _inspect(kind: str, artefact: Path) -> None:
    """Look into an artefact before its engine does.

    :raises RefusedError: when it holds what may not run, or its engine is not here.
    """
    if kind == "tflite":
        return
    if kind == "keras":
        from classify.checker.keras_file import inspect_keras

        inspect_keras(artefact)
    try:
        import tensorflow as tf
    except ImportError as error:
        raise RefusedError("no_tensorflow", str(error)) from error
    del tf
    if kind == "keras":
        from classify.checker.keras_file import inspect_weights

        inspect_weights(artefact)
    else:
        from classify.checker.saved_model import inspect_saved_model

        inspect_saved_model(artefact)


def _source(task: dict[str, Any], artefact: Path) -> Source:
    if task["application"]:
        return Source("keras", version("keras"), task["application"], artefact_sha256(artefact))
    digest = artefact_sha256(Path(task["upload"]))
    return Source("upload", task["version"], task["source"], digest)


def _versions(engine: EngineName) -> dict[str, str]:
    """Return what has looked at it."""
    packages = {"litert": "ai-edge-litert", "tensorflow": "tensorflow-cpu"}
    try:
        return {packages[engine]: version(packages[engine])}
    except PackageNotFoundError:
        return {engine: ""}


def main() -> None:
    """Answer, whatever happens."""
    limit()
    task = json.load(sys.stdin)
    try:
        answer = check(task)
    except RefusedError as refused:
        answer = {"refused": refused.code, "detail": refused.detail}
    except MemoryError:
        answer = {"refused": "too_much_memory", "detail": ""}
    except Exception as error:  # noqa: BLE001 - libraries raise anything at what they do not know
        answer = {"refused": "broken", "detail": f"{type(error).__name__}: {error}"[:400]}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")
    sys.stdout.flush()
    # Engines may hang or crash when they are taken down; the answer is given.
    os._exit(0)


if __name__ == "__main__":
    main()
