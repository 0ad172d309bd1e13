"""What Celery is told of each kind of address that ``REDIS_URL`` may be."""

from pathlib import Path

import pytest

from project.broker import Trust, broker


@pytest.mark.parametrize(
    "url",
    ["redis://host:6379/0", "redis://:secret@[::1]/2", "redis+socket:///run/valkey.sock", ""],
)
def test_a_plain_address_is_passed_on(url: str) -> None:
    told = broker(url)

    assert (told.url, told.use_ssl, told.transport_options) == (url, None, {})


def test_tls_checks_certificate_and_name_unless_told_otherwise() -> None:
    assert broker("rediss://host").use_ssl == {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
    }
    trust = Trust("ca", Path("/ca"), Path("/crt"), Path("/key"))
    assert broker("rediss://host", trust=trust).use_ssl == {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": False,
        "ssl_ca_certs": "/ca",
        "ssl_certfile": "/crt",
        "ssl_keyfile": "/key",
    }
    unchecked = broker("rediss://host", trust=Trust("none")).use_ssl
    assert unchecked == {"ssl_cert_reqs": "none", "ssl_check_hostname": False}


def test_each_sentinel_gets_a_whole_address() -> None:
    """Celery goes on with the next when one is away, and forgets what the first one said."""
    told = broker("sentinel://me:s%2F@one,two:7,[::1]/3", primary="site", password="own")

    assert told.url == (
        "sentinel://me:s%2F@one:26379/3;sentinel://me:s%2F@two:7/3;sentinel://me:s%2F@[::1]:26379/3"
    )
    assert told.use_ssl is None
    assert told.transport_options["master_name"] == "site"
    assert told.transport_options["sentinel_kwargs"]["password"] == "own"


def test_sentinels_are_spoken_to_through_tls_too() -> None:
    told = broker("sentinels://one", trust=Trust(ca=Path("/ca")))

    own = told.transport_options["sentinel_kwargs"]
    assert told.url == "sentinel://one:26379/0"
    assert own["ssl"] is True
    assert own["ssl_ca_certs"] == "/ca"
    assert told.use_ssl is not None
    assert "password" not in own
