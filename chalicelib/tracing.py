"""One id from a webhook to the last message it led to: the digest of the delivery, which its envelope has for a name.

It stands in the envelope, in the order's history (as the name of the archived bytes), and with the message that came of it; what is
counted or logged while it is bound carries it. It names content and says nothing of it: 32 hex digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_bound: ContextVar[str | None] = ContextVar("huitou_trace", default=None)


def current() -> str | None:
    """The id that is bound, None outside."""
    return _bound.get()


@contextmanager
def under(trace: str | None) -> Iterator[None]:
    """Inside, what is counted and logged carries this id; None: none."""
    token = _bound.set(trace)
    try:
        yield
    finally:
        _bound.reset(token)


def of_archive(key: str | None) -> str | None:
    """The id in the name under which raw bytes are archived: its last part, behind the form; None where nothing is archived."""
    return key.rpartition("/")[2].rpartition("-")[2] or None if key else None
