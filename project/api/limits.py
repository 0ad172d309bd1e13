"""How many requests each caller may send in a minute, counted in the database.

Counting is one statement, so that no two requests count the same place, and it needs no Redis.
The answer's headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import ipaddress
import time
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.counting import request_count
from accounts.models import User

WINDOW_SECONDS = 60
POLICY = "requests"


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: the limit, what is left of it, and the seconds until it is whole."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the headers that tell it."""
        headers = {
            "RateLimit-Policy": f'"{POLICY}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={self.reset}',
        }
        if self.exceeded:
            headers["Retry-After"] = str(self.reset)
        return headers


def count_request(request: HttpRequest, user: object) -> Standing:
    """Count a request of an account, or of an address where nobody is signed in."""
    if isinstance(user, User):
        key, limit = f"user:{user.pk}", settings.API_REQUESTS_PER_MINUTE
    else:
        key, limit = f"ip:{_network(request)}", settings.API_ANONYMOUS_REQUESTS_PER_MINUTE
    minute, second = divmod(int(time.time()), WINDOW_SECONDS)
    count = request_count(key=key, minute=minute)
    return Standing(limit, max(0, limit - count), WINDOW_SECONDS - second, count > limit)


def _network(request: HttpRequest) -> str:
    """Return the caller's address; of IPv6 the part that one customer gets."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
