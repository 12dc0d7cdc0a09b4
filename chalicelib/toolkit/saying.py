"""Saying something in the merchant's name: once, and never again on a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from chalicelib.errors import Permanent, Retriable

A = TypeVar("A")
NOT_SAID = frozenset({"platform-throttled", "token-refused"})  # refused before anything was said


class _Once:
    """The contract's HttpClient, which never tries a request again of its own accord."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def send(self, request: Any) -> Any:
        return self._http.send(replace(request, once=True))


@contextmanager
def said_once(api: A, connector: str) -> Iterator[A]:
    """Around a call that says something: gives the contract's Api with a client that tries once.

    A failure that leaves open whether it was said is Permanent("outcome-unknown"). Throttled and refused for the token it was
    not said: these stay Retriable.
    """
    given = cast(Any, api)
    try:
        yield replace(given, http=_Once(given.http))
    except Retriable as error:
        if error.reason in NOT_SAID:
            raise
        raise Permanent("outcome-unknown", f"it may have been said: {error.reason}", connector=connector) from None
