"""Keeps TensorFlow's chatter off the terminal, and shows it when something failed."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_SHOWN_BYTES = 4000


@contextmanager
def quiet() -> Iterator[None]:
    """Divert what native code writes to standard error, and ignore Python's warnings.

    An exception that leaves the block carries the end of the diverted text as a note.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as sink, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(sink.fileno(), 2)
        try:
            yield
        except Exception as error:
            sink.seek(max(0, sink.tell() - _SHOWN_BYTES))
            error.add_note(sink.read().decode(errors="replace"))
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
