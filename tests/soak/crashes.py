"""A process that dies at a border of its effects: before or after a write, a message sent, an object put."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ops.runtime.queue import LocalQueues

EFFECTS = frozenset({"put_item", "batch_write_item", "update_item", "delete_item", "transact_write_items"})


class Crash(BaseException):
    """The process dies here. No handler catches it, as none survives its own death."""


class Fuse:
    """Armed, it blows at the `left`-th effect from then on: before it, or after it."""

    def __init__(self) -> None:
        self.left = 0
        self._before = False

    @property
    def armed(self) -> bool:
        """Whether it is still to blow."""
        return self.left > 0

    def arm(self, left: int, *, before: bool) -> None:
        """Let it blow, `left` effects from now."""
        self.left, self._before = left, before

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, nothing blows: what happens there is no work of Huitou's."""
        left, self.left = self.left, 0
        yield
        self.left = left

    def around(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        """The effect, with its two borders."""

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not self.left:
                return effect(*args, **kwargs)
            self.left -= 1
            now = not self.left
            if now and self._before:
                raise Crash
            try:
                return effect(*args, **kwargs)
            finally:
                if now:  # a write that was refused as well
                    raise Crash

        return guarded

    def into(self, queues: LocalQueues, archive: Any) -> None:
        """Sending and archiving are effects as well."""
        for part, name in ((queues.inbound, "send"), (queues.bulk, "send"), (archive, "put")):
            setattr(part, name, self.around(getattr(part, name)))


class FusedEngine:
    """An engine whose writes have borders. One client a service, as one process has."""

    def __init__(self, engine: Any, fuse: Fuse) -> None:
        self._engine, self._fuse = engine, fuse
        self.name, self.endpoint = engine.name, engine.endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """See the engine."""
        if service not in self._clients:
            self._clients[service] = _FusedClient(self._engine.client(service), self._fuse)
        return self._clients[service]


class _FusedClient:
    def __init__(self, client: Any, fuse: Fuse) -> None:
        self._client, self._fuse = client, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._fuse.around(found) if name in EFFECTS else found
