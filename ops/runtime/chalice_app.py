"""A Chalice application that serves many threads at once.

In Lambda one process serves one request at a time, and Chalice keeps the current request on the application object. With
threads, one request would then read another's body. The class made here keeps it per thread instead.
"""

from __future__ import annotations

import threading
from typing import Any


class _PerThread:
    """Overrides the two attributes that Chalice sets on each call."""

    _local: threading.local

    @property
    def current_request(self) -> Any:
        return getattr(self._local, "current_request", None)

    @current_request.setter
    def current_request(self, value: Any) -> None:
        self._local.current_request = value

    @property
    def lambda_context(self) -> Any:
        return getattr(self._local, "lambda_context", None)

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._local.lambda_context = value


def per_thread(app: Any) -> Any:
    """Change a Chalice application in place so that `app(event, context)` can be called from many threads; returns it."""
    if not isinstance(app, _PerThread):
        app.__class__ = type("ThreadedChalice", (_PerThread, type(app)), {"_local": threading.local()})
    return app
