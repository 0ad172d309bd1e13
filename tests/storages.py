"""A storage like a bucket: names without folders, and no complaint about what is not there."""

from django.core.files.storage import InMemoryStorage


class Bucket(InMemoryStorage):
    """Keeps files in memory; its folders are what their names have in common."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return what begins with a path: nothing where nothing does."""
        try:
            return super().listdir(path)
        except FileNotFoundError:
            return [], []

    def delete(self, name: str) -> None:
        """Delete a file; a folder is none."""
        folder, _, last = name.rpartition("/")
        if last in self.listdir(folder)[1]:
            super().delete(name)
