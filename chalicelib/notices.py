"""Notices to the shop's own people: sealed in the archive, and one row of the outbox for each reader.

Used by watch and storms, and by the digest for sources that have gone silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import NamedTuple, Protocol

import msgspec

from chalicelib.channels import Notice
from chalicelib.config import Config
from chalicelib.coverage import Spell
from chalicelib.domain.mail import reader_name
from chalicelib.domain.report import Freshness
from chalicelib.domain.storm import Finding
from chalicelib.domain.wording import Rendered
from chalicelib.ports import Archive, Clock, Message, Outbox, Vault
from chalicelib.ports_cases import CaseKey
from chalicelib.readership import Readership


class DeadlineLine(NamedTuple):
    """A deadline that is near or over (`mark`, see domain.sla), and of which case."""

    place: CaseKey
    mark: str
    due: datetime
    owner: str | None
    stars: int | None


class Quote(NamedTuple):
    """A review's own words; never who wrote them. `text` is empty for stars alone."""

    platform: str
    stars: int | None
    text: str


class NoticeWords(Protocol):
    """Puts notices into the reader's language."""

    def deadlines(self, config: Config, lines: Sequence[DeadlineLine], more: int) -> Notice:
        """Reminders and breaches; `more` others are not listed."""

    def storm(self, config: Config, found: Finding, product: str | None, quotes: Sequence[Quote]) -> Notice:
        """A storm over a product, or over the whole shop (None)."""

    def stale(self, config: Config, source: Freshness, held_until: time | None) -> Notice:
        """A source that is not fresh; the digest waits for it until then (None: it has gone, or goes, marked)."""

    def dry(self, config: Config, source: tuple[str, str], spell: Spell) -> Notice:
        """A platform and account whose pushes have stopped."""

    def mail(self, config: Config, notice: Notice) -> Rendered:
        """The same as a mail."""


COPY = "digest_copy"  # the template of a digest that somebody sent to themselves: it has no way out, since nobody subscribed
ReaderName = tuple[str, str]  # channel, and address or account


def desk_readers(config: Config) -> tuple[ReaderName, ...]:
    """Whom `[reviews]` names."""
    terms = config.reviews
    return (*(("email", name) for name in terms.recipients), *(("robot", name) for name in terms.robots))


class Notices:
    """Queues what robots and recipients get: those of `[reviews]` where nobody else is named."""

    def __init__(
        self, *, config: Callable[[], Config], words: NoticeWords, vault: Vault, archive: Archive, outbox: Outbox, clock: Clock
    ) -> None:
        self._config = config
        self._words = words
        self._vault = vault
        self._archive = archive
        self._outbox = outbox
        self._clock = clock

    def queue(
        self,
        name: str,
        template: str,
        make: Callable[[NoticeWords, Config], Notice],
        readers: Sequence[ReaderName] | None = None,
    ) -> int:
        """Queue a notice for each reader who has none of that name yet; returns how many. `name` is its key: again is the same."""
        config = self._config()
        named = desk_readers(config) if readers is None else readers
        owners = {self._vault.lookup(config.merchant, "reader", reader_name(*reader)): reader[0] for reader in named}
        ids = {owner: f"{name}-{owner}" for owner in owners}
        missing = [owner for owner in owners if self._outbox.read(config.merchant, owner, ids[owner]) is None]
        if not missing:
            return 0
        notice = make(self._words, config)
        places = {channel: self._keep(config, name, channel, notice) for channel in {owners[owner] for owner in missing}}
        now = self._clock.now()
        made = (
            to_reader(config, owners[owner], owner, ids[owner], places[owners[owner]], template=template, at=now)
            for owner in missing
        )
        return sum(int(self._outbox.add(message)) for message in made)

    def _keep(self, config: Config, name: str, channel: str, notice: Notice) -> dict[str, str]:
        """Sealed where digests lie, and deleted with them. Returns where, and what opens it."""
        said: Rendered | Notice = self._words.mail(config, notice) if channel == "email" else notice
        place, context = f"digests/{config.merchant}/{name}-{channel}", f"notice-{name}-{channel}"
        self._archive.put(place, self._vault.seal_raw(config.merchant, msgspec.json.encode(said), context))
        return {"archive": place, "context": context}


class PushNotices:
    """Tells those who run a shop that a platform's pushes have stopped, once a spell."""

    def __init__(self, *, config: Callable[[], Config], readers: Readership, notices: Notices) -> None:
        self._config = config
        self._readers = readers
        self._notices = notices

    def dry(self, platform: str, account: str, spell: Spell) -> int:
        """Queue it for readers as owner who have not left; without any, for whom `[reviews]` names. Returns for how many."""
        told = self._readers.subscriptions()
        owners = tuple((each.reader.channel, each.reader.name) for each in told if each.reader.role == "owner" and not each.left)
        return self._notices.queue(
            f"dry-{platform}-{account}-{spell.since:%Y%m%dT%H}",
            "push_dry",
            lambda words, config: words.dry(config, (platform, account), spell),
            owners or desk_readers(self._config()),
        )


def to_reader(
    config: Config, channel: str, owner: str, message_id: str, values: dict[str, str], *, template: str, at: datetime
) -> Message:
    """The row of what goes to a reader named in the configuration: a digest or a notice. `values` tell where it lies sealed."""
    return Message(
        merchant=config.merchant,
        message_id=message_id,
        owner=owner,
        kind="digest",
        channel=channel,
        template=template,
        locale=config.digest.locale,
        state="queued",
        reason=None,
        due_at=at,
        campaign=None,
        arm=None,
        version=1,
        values=values,
    )
