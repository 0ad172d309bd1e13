"""What libraries written in C say while they load a model."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)


@contextmanager
def native_output_logged() -> Iterator[None]:
    """Log what is written to standard error past Python, so that it looks like any other line."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            written.seek(0)
            for line in written.read().decode(errors="replace").splitlines():
                if line.strip():
                    level = logging.INFO if line.startswith("INFO") else logging.WARNING
                    logger.log(level, "%s", line.strip())
