"""Makes a method of both clients from one flow."""

import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from vitrina.flow import Flow, Listing

P = ParamSpec("P")
T = TypeVar("T")


class Blocking(ABC):
    """A client whose methods return results."""

    @abstractmethod
    def _run(self, flow: Flow[T]) -> T:
        """Perform a flow."""

    @abstractmethod
    def _iterate(self, listing: Listing[T]) -> Iterator[T]:
        """Go through a list, page by page."""


class Awaiting(ABC):
    """A client whose methods return awaitables."""

    @abstractmethod
    async def _run(self, flow: Flow[T]) -> T:
        """Perform a flow."""

    @abstractmethod
    def _iterate(self, listing: Listing[T]) -> AsyncIterator[T]:
        """Go through a list, page by page."""


class Endpoint(Generic[P, T]):
    """A method that returns, or awaits, what its flow returns."""

    def __init__(self, flow: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        """Return the method of a client."""
        if client is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._run(self.flow(client, *args, **kwargs))  # noqa: SLF001 - our own

        return functools.update_wrapper(call, MethodType(self.flow, client))


class Pages(Generic[P, T]):
    """A method that iterates over what its listing lists."""

    def __init__(self, listing: Callable[Concatenate[Any, P], Listing[T]]) -> None:
        self.listing = listing
        self.__doc__ = listing.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        """Return the method of a client."""
        if client is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._iterate(self.listing(client, *args, **kwargs))  # noqa: SLF001

        return functools.update_wrapper(call, MethodType(self.listing, client))


def endpoint(flow: Callable[Concatenate[Any, P], Flow[T]]) -> Endpoint[P, T]:
    """Make a method from a flow."""
    return Endpoint(flow)


def pages(listing: Callable[Concatenate[Any, P], Listing[T]]) -> Pages[P, T]:
    """Make a method from a listing."""
    return Pages(listing)
