"""Which files are meant."""

from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
STDIN = "-"


def named(paths: Iterable[str]) -> list[str]:
    """Return each file that is meant, once: those named, and the pictures in folders."""
    return list(dict.fromkeys(_expanded(paths)))


def _expanded(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            yield from (str(file) for file in pictures_in(Path(path)))
        else:
            yield path if path == STDIN else str(Path(path))


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder and in those below it, in their order."""
    return sorted(
        file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
    )


def mark(path: str) -> tuple[int, int] | None:
    """Return what changes when a file does; ``None`` when there is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
