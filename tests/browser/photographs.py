"""Pictures that the journeys hand in: real photographs, and files that are none."""

import io
from pathlib import Path

from classify.builder.calibration import read_photograph


def photograph(name: str = "coffee.png", *, width: int = 600, form: str = "JPEG") -> bytes:
    """Return one of scikit-image's photographs as a camera would store it."""
    image = read_photograph(name)
    image.thumbnail((width, width))
    buffer = io.BytesIO()
    image.save(buffer, form, quality=88)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> Path:
    """Store a file to choose."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
