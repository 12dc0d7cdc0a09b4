"""Hold: a platform's WebSocket, read by a long-lived worker: on the queue first, acknowledged then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, cast

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Account, Capability, HoldsSocket
from chalicelib.errors import Permanent, Retriable
from chalicelib.intake import Intake
from chalicelib.ports import Clock, Connectors, Counters, SecretSource


class Socket(Protocol):
    """One open connection, text frames only."""

    def send(self, text: str) -> None:
        """Send a frame; Retriable when the connection is gone."""
        ...

    def receive(self, seconds: float) -> str | None:
        """The next frame, None when none came in so many seconds; Retriable when the connection is gone."""
        ...


class Hold:
    """The step: one connection of one account's app, until it ends or is asked to stop."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        secrets: SecretSource,
        intake: Intake,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._secrets = secrets
        self._intake = intake
        self._clock = clock
        self._counters = counters

    def connect(self, platform: str, account: str, connect: Callable[[str], Socket], stopping: Callable[[], bool]) -> int:
        """Connect and read until the connection ends; returns how many records were queued.

        Permanent for an account that is not configured or a platform without a socket; Retriable when the connection or the
        queue failed, or the platform fell silent: whoever calls connects again. What was not acknowledged comes again.
        """
        config = self._config()
        known = config.account(platform, account)
        info = self._connectors.connector(platform).info
        if known is None or Capability.HOLDS_SOCKET not in info.capabilities:
            raise Permanent("cannot-hold", "no such account, or its platform has no socket", connector=platform)
        holder = cast(HoldsSocket, self._connectors.connector(platform))
        secrets = self._secrets.secrets(Account(config.merchant, platform, account, known.options))
        socket = connect(holder.connect_url(secrets, self._clock.now()))
        return self._read(holder, known, socket, stopping)

    def _read(self, holder: HoldsSocket, known: AccountConfig, socket: Socket, stopping: Callable[[], bool]) -> int:
        """The loop. The answer to a record goes out only when its envelope is on the queue."""
        queued = 0
        beaten = heard = self._clock.now()
        every, silence = timedelta(seconds=holder.heartbeat_seconds), timedelta(seconds=holder.silent_seconds)
        while not stopping():
            now = self._clock.now()
            if now - heard > silence:
                raise Retriable("platform-silent", f"nothing came for {holder.silent_seconds} s", connector=known.platform)
            if now - beaten >= every:
                socket.send(holder.heartbeat(now))
                beaten = now
            text = socket.receive(max(0.05, (beaten + every - now).total_seconds()))
            if text is not None:
                heard = self._clock.now()
                queued += self._frame(holder, known, socket, text, heard)
        return queued

    def _frame(self, holder: HoldsSocket, known: AccountConfig, socket: Socket, text: str, now: datetime) -> int:
        try:
            frame = holder.frame(text, now)
            if frame.body is None:
                return 0
            self._intake.record(known.platform, frame.body, known)
        except Permanent as error:  # unread or unowned: not acknowledged, the platform keeps it
            self._counters.count("feed_unowned", platform=known.platform, reason=error.reason)
            return 0
        if frame.ack is not None:
            socket.send(frame.ack)
        return 1
