"""Deliver: outbox to channel, at most once. Messages to members pass the gate (winback); digests go to readers by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from chalicelib import tracing
from chalicelib.answering import Answering
from chalicelib.channels import Notice, PostsNotices
from chalicelib.config import Config
from chalicelib.contract import Account
from chalicelib.domain.mail import Channel, Mail, message_id_of, personal
from chalicelib.domain.order import local_day
from chalicelib.domain.receipt import reference
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.handing import Handing, Place
from chalicelib.notices import COPY
from chalicelib.ports import Archive, Clock, Connectors, Counters, Message, Outbox, Vault
from chalicelib.readership import Readership
from chalicelib.reckoning import outcome_fact
from chalicelib.speaking import mail_place
from chalicelib.toolkit.decode import decoder
from chalicelib.winback import Winback
from chalicelib.writing import Writing

LEFT = timedelta(minutes=15)  # longer than any worker lives
DIGEST_AGAIN = timedelta(hours=1)
BATCH = 100
ROBOTS = "robots"
DIGEST = "digest"


class Deliver:
    """The step, run on a schedule: messages whose time has come."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        outbox: Outbox,
        winback: Winback,
        answering: Answering,
        writing: Writing,
        handing: Handing,
        readers: Readership,
        vault: Vault,
        archive: Archive,
        connectors: Connectors,
        channel: Channel,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._winback = winback
        self._answering = answering
        self._writing = writing
        self._handing = handing
        self._readers = readers
        self._vault = vault
        self._archive = archive
        self._connectors = connectors
        self._channel = channel
        self._clock = clock
        self._counters = counters

    def run(self, limit: int = BATCH) -> int:
        """Handle what is due, at most `limit`; returns how many were handled."""
        config = self._config()
        self._settle_left(config)
        due = self._outbox.due(config.merchant, self._clock.now(), limit)
        for message in due:
            with tracing.under(message.trace):
                self._one(config, message)
        return len(due)

    def _one(self, config: Config, message: Message) -> None:
        try:
            self._handle(config, message)
        except Permanent as error:  # sealed data that is erased, a page that is gone: nothing can be sent any more
            done = replace(message, state="cancelled", reason=error.reason, due_at=None, version=message.version + 1)
            self._outbox.save(done, outcome_fact(done, local_day(self._clock.now(), config.zone)))
            self._counters.count("message_cancelled", kind=message.kind, reason=error.reason)
        except (Retriable, ConfigError) as error:  # still due: the next run takes it again
            self._counters.count("message_waiting", kind=message.kind, reason=error.reason)

    def _handle(self, config: Config, message: Message) -> None:
        if message.kind == "digest":
            self._digest(config, message)
        elif message.kind == "review_reply":
            self._answering.handle(message)
        elif message.kind == "service":
            self._writing.handle(message)
        else:
            self._winback.handle(message)

    def _settle_left(self, config: Config) -> None:
        """A worker died between claim and outcome. To a member nothing goes twice: the outcome is unknown, and stays so.

        A digest's reader is better served by the same mail twice than by none: it goes once more, under its own id.
        """
        now = self._clock.now()
        for message in self._outbox.left_sending(config.merchant, now - LEFT):
            # A chat group has no Message-ID by which the second would be seen to be the first.
            once_more = message.kind == "digest" and message.channel == "email" and "again" not in message.values
            if once_more and message.sent_at and now - message.sent_at < DIGEST_AGAIN:
                continue
            done = replace(
                message,
                state="queued" if once_more else "unknown",
                reason="again" if once_more else "worker-died",
                due_at=now if once_more else None,
                values=message.values | ({"again": "1"} if once_more else {}),
                version=message.version + 1,
            )
            day = local_day(message.sent_at or now, config.zone)
            self._outbox.save(done, None if once_more else outcome_fact(done, day))
            self._counters.count("message_left", kind=message.kind)

    def _digest(self, config: Config, message: Message) -> None:
        """A digest goes to a reader named in the configuration who has not left: no other consent is asked, and it goes once."""
        reviews = config.reviews  # whose deadlines and storms go the same way
        names = [reader.name for reader in config.digest.readers if reader.channel == message.channel]
        names += reviews.recipients if message.channel == "email" else reviews.robots
        if message.template == COPY:  # somebody sent it to themselves
            names = [seat.address for seat in config.console.people]
        reader = next((name for name in names if self._is_reader(config, message, name)), None)
        sender = config.digest.sender
        left = message.template == DIGEST and self._readers.has_left(message.merchant, message.owner)
        if left or reader is None or (message.channel == "email" and sender is None):
            why = "unsubscribed" if left else "no-reader"
            self._outbox.save(replace(message, state="cancelled", reason=why, due_at=None, version=message.version + 1))
            return
        sealed = self._archive.get(message.values["archive"])
        opened = self._vault.open_raw(config.merchant, sealed, message.values["context"])
        claimed = replace(message, state="sending", due_at=None, sent_at=self._clock.now(), version=message.version + 1)
        if not self._outbox.save(claimed):
            return
        if message.channel == "email":
            mail_id = message_id_of(message.message_id, message.merchant, sender or "")
            rendered, leave = decoder(Rendered).decode(opened), None
            if message.template == DIGEST:  # notices are not left: whoever has the work to do is named in the configuration
                leave = self._readers.url(message.merchant, message.owner)
                rendered = personal(rendered, leave)
            tags = {"kind": "digest", "message": reference(message.owner, message.message_id), "merchant": message.merchant}
            mail = Mail(mail_id, sender or "", reader, None, rendered, leave, marketing=False, tags=tags)
            self._handing.over(claimed, lambda: self._channel.send(mail), config, place=mail_place(config))
        else:
            notice = decoder(Notice).decode(opened)
            self._handing.over(claimed, lambda: self._post(config, reader, notice), config, place=Place(ROBOTS, reader))

    def _is_reader(self, config: Config, message: Message, name: str) -> bool:
        return self._readers.owner(config.merchant, message.channel, name) == message.owner

    def _post(self, config: Config, robot: str, notice: Notice) -> str | None:
        known, connector = config.account(ROBOTS, robot), self._connectors.connector(ROBOTS)
        if known is None or not isinstance(connector, PostsNotices):
            raise ConfigError("no-robot", "no such account of the platform robots", connector=ROBOTS)
        account = Account(config.merchant, ROBOTS, robot, known.options)
        return connector.post(notice, self._connectors.api(account)).platform_id
