"""Who reads digests: by a keyed hash, never by address; who has left, and the link by which they do.

Readers are named in `huitou.toml`. That one has left is kept in the table, where nobody's edit of a file takes it back. Used by the
digest, by what delivers it, by unsubscribe and by ops.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from chalicelib.config import Config
from chalicelib.config_digest import Reader
from chalicelib.domain.mail import reader_name
from chalicelib.errors import Retriable
from chalicelib.links import Links
from chalicelib.ports import Clock, Marks, Vault
from chalicelib.toolkit.decode import decoder

TRIES = 5


class Word(msgspec.Struct, frozen=True):
    """What a reader said last. `source`: `link`, or who recorded it."""

    left: bool
    at: datetime
    source: str


class Subscription(NamedTuple):
    """A reader as configured, the hash they are known by, and what they said last."""

    reader: Reader
    owner: str
    word: Word | None

    @property
    def left(self) -> bool:
        """Whether they get nothing."""
        return self.word is not None and self.word.left


class Readership:
    """Readers, and their word on it."""

    def __init__(self, *, config: Callable[[], Config], words: Marks, vault: Vault, clock: Clock) -> None:
        self._config = config
        self._words = words
        self._vault = vault
        self._clock = clock
        self._links = Links(vault, "reader-leaves")

    def owner(self, merchant: str, channel: str, name: str) -> str:
        """The hash of a reader: the owner of their rows in the outbox."""
        return self._vault.lookup(merchant, "reader", reader_name(channel, name))

    def subscriptions(self) -> list[Subscription]:
        """All configured readers, with what each said last; one query."""
        config = self._config()
        if not config.digest.readers:
            return []
        words = self._words.named(config.merchant, "")
        found = []
        for reader in config.digest.readers:
            owner = self.owner(config.merchant, reader.channel, reader.name)
            told = words.get(owner)
            found.append(Subscription(reader, owner, decoder(Word).decode(told) if told else None))
        return found

    def configured(self, owner: str) -> Reader | None:
        """The reader of that hash, None when there is none any more. Reads nothing."""
        config = self._config()
        readers = (each for each in config.digest.readers if self.owner(config.merchant, each.channel, each.name) == owner)
        return next(readers, None)

    def has_left(self, merchant: str, owner: str) -> bool:
        """Whether a reader has left; one read."""
        word, _ = self._word(merchant, owner)
        return word is not None and word.left

    def url(self, merchant: str, owner: str) -> str:
        """A reader's own link out."""
        return f"{self._config().base_url}/unsubscribe/{self._links.token(merchant, owner, 'digest')}"

    def reader_of(self, token: str) -> str:
        """The reader that a token speaks for; Rejected 404 on any other."""
        owner, _ = self._links.named(self._config().merchant, token)
        return owner

    def say(self, merchant: str, owner: str, *, left: bool, source: str) -> bool:
        """Keep a reader's word; False: they had said so before, and nothing changes."""
        for _ in range(TRIES):
            word, version = self._word(merchant, owner)
            if (word is not None and word.left) == left:
                return False
            value = msgspec.json.encode(Word(left, self._clock.now(), source)).decode()
            if self._words.put(merchant, owner, value, expected_version=version):
                return True
        raise Retriable("reader-contended", f"{TRIES} writers were faster")

    def _word(self, merchant: str, owner: str) -> tuple[Word | None, int]:
        stored = self._words.get(merchant, owner)
        return (decoder(Word).decode(stored[0]), stored[1]) if stored else (None, 0)
