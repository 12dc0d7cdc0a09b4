"""Hold: a platform's WebSocket, read by a long-lived worker: on the queue first, acknowledged then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, cast

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Account, Capability, HoldsSocket
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.intake import Intake
from chalicelib.ports import Clock, Connectors, Counters, SecretSource

LOOK = 1.0  # seconds: how soon a worker that is told to stop sees it


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

    def apps(self, platform: str) -> list[str]:
        """One account, the first, of each application: a connection is the application's and brings the messages of all its shops.

        Two accounts are one application's when their secrets make the same address. One without secrets stands alone, so that
        holding it says what is missing. Permanent for a platform without a socket.
        """
        config, holder, now = self._config(), self._holder(platform), self._clock.now()
        found: dict[str, str] = {}
        for each in config.accounts:
            if each.platform == platform and not each.paused:
                secrets = self._secrets.secrets(Account(config.merchant, platform, each.account, each.options))
                try:
                    found.setdefault(holder.connect_url(secrets, now), each.account)
                except ConfigError:
                    found[each.account] = each.account
        return list(found.values())

    def connect(
        self,
        platform: str,
        account: str,
        connect: Callable[[str], Socket],
        stopping: Callable[[], bool],
        took: Callable[[], object] = lambda: None,
    ) -> None:
        """Connect and read until the connection ends; `took` is called for each record that was queued and answered.

        Permanent for an account that is not configured or a platform without a socket; Retriable when the connection or the
        queue failed, or the platform fell silent: whoever calls connects again. What was not acknowledged comes again.
        """
        config, holder = self._config(), self._holder(platform)
        known = config.account(platform, account)
        if known is None:
            raise Permanent("cannot-hold", "no such account", connector=platform)
        secrets = self._secrets.secrets(Account(config.merchant, platform, account, known.options))
        socket = connect(holder.connect_url(secrets, self._clock.now()))
        self._read(holder, known, socket, stopping, took)

    def _holder(self, platform: str) -> HoldsSocket:
        connector = self._connectors.connector(platform)
        if Capability.HOLDS_SOCKET not in connector.info.capabilities:
            raise Permanent("cannot-hold", "the platform has no socket", connector=platform)
        return cast(HoldsSocket, connector)

    def _read(
        self,
        holder: HoldsSocket,
        known: AccountConfig,
        socket: Socket,
        stopping: Callable[[], bool],
        took: Callable[[], object],
    ) -> None:
        """The loop. The answer to a record goes out only when its envelope is on the queue."""
        beaten = heard = self._clock.now()
        every, silence = timedelta(seconds=holder.heartbeat_seconds), timedelta(seconds=holder.silent_seconds)
        while not stopping():
            now = self._clock.now()
            if now - heard > silence:
                raise Retriable("platform-silent", f"nothing came for {holder.silent_seconds} s", connector=known.platform)
            if now - beaten >= every:
                socket.send(holder.heartbeat(now))
                beaten = now
            text = socket.receive(min(LOOK, max(0.05, (beaten + every - now).total_seconds())))
            if text is not None:
                heard = self._clock.now()
                if self._frame(holder, known, socket, text, heard):
                    took()

    def _frame(self, holder: HoldsSocket, known: AccountConfig, socket: Socket, text: str, now: datetime) -> bool:
        """Whether the frame was a record that is now on the queue."""
        try:
            frame = holder.frame(text, now)
            if frame.body is None:
                return False
            self._intake.record(known.platform, frame.body, known)
        except Permanent as error:  # unread or unowned: not acknowledged, the platform keeps it
            self._counters.count("feed_unowned", platform=known.platform, reason=error.reason)
            return False
        if frame.ack is not None:
            socket.send(frame.ack)
        return True
