"""Where the command keeps who is signed in where: one file that only its owner may read."""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click

from vitrina.cli.words import gettext as _


@dataclass(frozen=True)
class Login:
    """A site and a token for it."""

    url: str
    token: str = field(repr=False)


def directory() -> Path:
    """Return the command's directory, as the platform has it."""
    return Path(click.get_app_dir("vitrina"))


def login_file() -> Path:
    """Return where the login is kept."""
    return directory() / "login.json"


def make_directory(path: Path) -> Path:
    """Make a directory that only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def stored_login() -> Login | None:
    """Return the login of ``vitrina login``.

    :raises ClickException: when its file is damaged.
    """
    try:
        data = json.loads(login_file().read_text(encoding="utf-8"))
        return Login(data["url"], data["token"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        sentence = _("{file} cannot be read. Run «vitrina login» to write it anew.")
        raise click.ClickException(sentence.format(file=login_file())) from error


def store_login(login: Login) -> None:
    """Keep a login: in a file that nobody else may read, and that is never half written."""
    make_directory(directory())
    descriptor, name = tempfile.mkstemp(dir=directory(), prefix="login-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": login.url, "token": login.token}, file)
    Path(name).replace(login_file())


def forget_login() -> bool:
    """Forget the login; tell whether there was one."""
    try:
        login_file().unlink()
    except FileNotFoundError:
        return False
    return True


def current_login() -> Login:
    """Return the login of the environment, else the stored one.

    A stored token goes to the site that it was stored for, and to no other.

    :raises ClickException: when there is none.
    """
    url = os.environ.get("VITRINA_URL", "").strip().rstrip("/")
    token = os.environ.get("VITRINA_TOKEN", "").strip()
    stored = None if url and token else stored_login()
    if stored and url in {"", stored.url}:
        return Login(stored.url, token or stored.token)
    if not url:
        raise NotSignedInError
    return Login(url, token)


class NotSignedInError(click.ClickException):
    """There is neither a login nor an address in the environment."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(_("You are not signed in. Run: vitrina login"))
