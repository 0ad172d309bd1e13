"""What the web server and Django leave to each other, and neither does."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from gunicorn.http.errors import ParseException

from project.uploads import ROOM_FOR_FIELDS, longest_request, uploads_close

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CHUNK = 64 * 1024


def at_the_edge(application: Application) -> Application:
    """Wrap a WSGI application such that bodies begin and end as HTTP says.

    - Django takes a request that is sent in chunks (RFC 9112, 7.1) for one without a body. Its
      body is read, to the end of the longest honest one at most.
    - Both take a body that breaks off for one that ends: half of a batch would be a batch.
    - gunicorn closes a connection on which a body was left unread, and does not say so: the
      client's next request on it is lost. What a client sends of one picture is read and thrown
      away, whatever it was answered; only who sends more is cut off.
    - An answer to ``HEAD`` has no body; gunicorn complains of one, and would wait for all of an
      endless one.
    """

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
            environ["CONTENT_LENGTH"] = str(longest_request())
            body = _Body(environ["wsgi.input"])
        else:
            body = _Body(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = body
        answer = application(environ, start_response)
        body.drain()
        if body.broke_off:
            uploads_close(environ)
        if environ["REQUEST_METHOD"] == "HEAD":
            close = getattr(answer, "close", None)
            if close is not None:
                close()
            return []
        return answer

    return wrapped


class _Body:
    """A request's body that is all of it, or an error.

    :param length: how long it is, where that is known.
    :ivar broke_off: whether it was an error.
    """

    def __init__(self, stream: Any, length: int = 0) -> None:
        self.broke_off = False
        self._stream = stream
        self._left = length

    def read(self, *args: int) -> bytes:
        """Read some bytes."""
        return self._checked(self._stream.read, args)

    def readline(self, *args: int) -> bytes:
        """Read a line."""
        return self._checked(self._stream.readline, args)

    def _checked(self, read: Callable[..., bytes], args: tuple[int, ...]) -> bytes:
        """Read, and count what was read.

        :raises ConnectionError: when there is less than there should be, or no sense in it.
        """
        self.broke_off = True  # unless all goes well
        try:
            data = read(*args)
        except ParseException as error:
            raise ConnectionError("The request's chunks are none.") from error
        self._left -= len(data)
        if not data and self._left > 0 and args != (0,):
            raise ConnectionError("The request breaks off.")
        self.broke_off = False
        return data

    def drain(self) -> None:
        """Read what is left, unless it is too much to bother."""
        most = settings.UPLOAD_MAX_BYTES + ROOM_FOR_FIELDS
        if self._left > most:
            return
        try:
            while most > 0 and (chunk := self._stream.read(_CHUNK)):
                most -= len(chunk)
        except (OSError, ParseException):
            return  # the client is gone
