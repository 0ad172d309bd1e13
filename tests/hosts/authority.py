"""An authority of our own, which signs certificates as an operator's would."""

import shutil
import subprocess
from pathlib import Path

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")

is_possible = shutil.which("openssl") is not None


class Authority:
    """Makes certificates in a folder.

    :ivar certificate: what whoever trusts it has to know.
    """

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self.directory = directory
        self.certificate = directory / f"{name}.crt"
        self.key = directory / f"{name}.key"
        extension = "basicConstraints=critical,CA:TRUE"
        _openssl(self.certificate, self.key, f"/CN={name}", extension)

    def sign(self, name: str, alternative: str) -> tuple[Path, Path]:
        """Return a certificate and its key.

        :param alternative: whom it is for, as openssl has it: ``IP:127.0.0.1``.
        """
        certificate, key = (self.directory / f"{name}.{kind}" for kind in ("crt", "key"))
        signer = ("-CA", str(self.certificate), "-CAkey", str(self.key))
        _openssl(certificate, key, f"/CN={name}", f"subjectAltName={alternative}", *signer)
        return certificate, key


def _openssl(certificate: Path, key: Path, subject: str, extension: str, *more: str) -> None:
    files = ("-keyout", str(key), "-out", str(certificate))
    command = ["openssl", "req", "-x509", *CURVE, "-subj", subject, "-addext", extension]
    subprocess.run([*command, *files, *more], check=True, capture_output=True)
