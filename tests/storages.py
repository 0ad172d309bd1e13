"""A storage like a bucket: names without folders, and no complaint about what is not there."""

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage


class Bucket(Storage):
    """Keeps files in memory; its folders are what their names have in common."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        del mode
        if name not in self.files:
            raise FileNotFoundError(name)
        return ContentFile(self.files[name], name)

    def _save(self, name: str, content: File[Any]) -> str:
        self.files[name] = b"".join(content.chunks())
        return name

    def delete(self, name: str) -> None:
        """Delete a file, if there is one."""
        self.files.pop(name, None)

    def exists(self, name: str) -> bool:
        """Tell whether there is a file."""
        return name in self.files

    def size(self, name: str) -> int:
        """Return the size of a file."""
        return len(self.files[name])

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return what comes next in the names that begin with a path."""
        begin = f"{path}/" if path else ""
        rest = [name.removeprefix(begin) for name in self.files if name.startswith(begin)]
        folders = {name.partition("/")[0] for name in rest if "/" in name}
        return sorted(folders), [name for name in rest if "/" not in name]
