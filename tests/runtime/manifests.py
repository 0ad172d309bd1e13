"""A tiny model's directory, for tests that need one but no engine."""

from pathlib import Path

from worker.runtime.manifest import Manifest, Preprocessing, Source, artefact_sha256


def manifest(sha256: str = "0" * 64) -> Manifest:
    return Manifest(
        name="tiny",
        version="1",
        engine="litert",
        artefact="model.tflite",
        sha256=sha256,
        output="logits",
        preprocessing=Preprocessing(4),
        class_ids=("n01", "n02", "n03"),
        licence="Apache-2.0",
        source=Source("tiny-package", "1.0", "weights.pth", "0" * 64),
        created_by={"tensorflow": "2"},
        reproducible="Always.",
    )


def write_model(directory: Path, artefact: bytes = b"no flatbuffer") -> Path:
    """Write a sound model directory whose artefact holds the given bytes."""
    directory.mkdir()
    path = directory / "model.tflite"
    path.write_bytes(artefact)
    manifest(artefact_sha256(path)).write(directory)
    return directory
