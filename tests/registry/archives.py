"""Archives as honest and hostile people make them."""

import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

SAVED_MODEL = {
    "saved_model.pb": b"pb",
    "fingerprint.pb": b"f",
    "variables/variables.index": b"i",
    "variables/variables.data-00000-of-00001": b"d",
}
CONFIG: dict[str, Any] = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {"name": "s", "layers": []},
    "registered_name": None,
}


def zipped(files: Mapping[str, bytes], *, deflate: bool = False) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zip_with_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("saved_model.pb", b"pb")
        link = zipfile.ZipInfo("variables")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc")
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def tar_with(kind: bytes, name: str = "variables", target: str = "/etc") -> bytes:
    """Return an archive with a member that is no file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        archive.addfile(member)
        inner = tarfile.TarInfo("variables/passwd")
        inner.size = 1
        archive.addfile(inner, io.BytesIO(b"x"))
    return buffer.getvalue()


def keras_file(config: Any = None, **files: bytes) -> bytes:
    """Return a ``.keras`` file around a configuration."""
    text = config if isinstance(config, bytes) else json.dumps(config or CONFIG).encode()
    inner = {"metadata.json": b"{}", "config.json": text, "model.weights.h5": b"none"}
    return zipped(inner | {name.replace("__", "/"): data for name, data in files.items()})
