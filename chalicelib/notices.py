"""Notices to the shop's own people: sealed in the archive, and one row of the outbox for each reader. Used by watch and storms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from chalicelib.channels import Notice
from chalicelib.config import Config
from chalicelib.domain.mail import reader_name
from chalicelib.domain.storm import Finding
from chalicelib.domain.wording import Rendered
from chalicelib.ports import Archive, Clock, Message, Outbox, Vault
from chalicelib.ports_cases import CaseKey


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

    def mail(self, config: Config, notice: Notice) -> Rendered:
        """The same as a mail."""


class Notices:
    """Queues what `[reviews]` says robots and recipients get."""

    def __init__(
        self, *, config: Callable[[], Config], words: NoticeWords, vault: Vault, archive: Archive, outbox: Outbox, clock: Clock
    ) -> None:
        self._config = config
        self._words = words
        self._vault = vault
        self._archive = archive
        self._outbox = outbox
        self._clock = clock

    def queue(self, name: str, template: str, make: Callable[[NoticeWords, Config], Notice]) -> int:
        """Queue a notice for each reader who has none of that name yet; returns how many. `name` is its key: again is the same."""
        config = self._config()
        terms = config.reviews
        readers = [("email", reader) for reader in terms.recipients] + [("robot", reader) for reader in terms.robots]
        owners = {self._vault.lookup(config.merchant, "reader", reader_name(*reader)): reader[0] for reader in readers}
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
        place, context = f"{config.merchant}/digests/{name}-{channel}", f"notice-{name}-{channel}"
        self._archive.put(place, self._vault.seal_raw(config.merchant, msgspec.json.encode(said), context))
        return {"archive": place, "context": context}


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
