"""Where a person's words lie sealed together with others': quarantine, parked work, dead letters, what is archived by the day.

Nobody can take one person's key away there. Each is opened and looked through for what is known of the person, and one that holds
any of it is taken away whole: nothing was made of it yet, and the platform has it still.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import msgspec

from chalicelib.config import Config
from chalicelib.dead_letters import LOOKED_AT, OURS, DeadLetters, Letter, in_hand
from chalicelib.domain.order import Order
from chalicelib.domain.wording import clean
from chalicelib.envelope import decode, unpack_event, unpack_request
from chalicelib.errors import HuitouError, Permanent
from chalicelib.ports import Archive, Counters, Vault, Work
from chalicelib.quarantine import QuarantineStore
from chalicelib.unsealing import Unsealing

QUOTED = 40  # columns of what was written, by which a quotation is known again
SHORTEST = 6  # signs of something that is looked for: what is shorter is found in anybody's words
EVER = datetime(9999, 1, 1, tzinfo=UTC)
AT_ONCE = 1000


class Needles:
    """What is known of a person: `words`, looked for in bytes as whole words; `quotes`, what they wrote, in rendered texts."""

    def __init__(self, words: Iterable[str], quotes: Iterable[str] = ()) -> None:
        self.words = tuple(sorted({word for word in words if len(word) >= SHORTEST}))
        self.quotes = tuple(sorted({said for written in quotes if len(said := clean(written, QUOTED).rstrip("…")) >= SHORTEST}))
        spelled = {each for word in self.words for each in _spellings(word)}
        self._pattern = re.compile(
            rb"(?<![0-9A-Za-z])(?:" + b"|".join(map(re.escape, sorted(spelled))) + rb")(?![0-9A-Za-z])", re.I
        )

    def __bool__(self) -> bool:
        return bool(self.words or self.quotes)

    def are_in(self, data: bytes) -> bool:
        """Whether any of it is there."""
        return bool(self.words) and self._pattern.search(data) is not None

    def are_quoted(self, rendered: bytes) -> bool:
        """Whether a rendered text (JSON of texts) has any of it."""
        said = unescape("\n".join(_texts(msgspec.json.decode(rendered))))
        return any(written in said for written in self.quotes) or self.are_in(said.encode("utf-8", "surrogatepass"))


class Seeking:
    """Looks, and takes away."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        quarantine: QuarantineStore,
        work: Work,
        letters: DeadLetters,
        archive: Archive,
        unsealing: Unsealing,
        vault: Vault,
        counters: Counters,
    ) -> None:
        self._config = config
        self._quarantine = quarantine
        self._work = work
        self._letters = letters
        self._archive = archive
        self._unsealing = unsealing
        self._vault = vault
        self._counters = counters

    def take_away(self, needles: Needles) -> int:
        """Everything that holds any of it; returns how many. Retriable where a place cannot be asked: then once more, later."""
        if not needles:
            return 0
        merchant = self._config().merchant
        places = (self._quarantined, self._parked, self._dead, self._set_aside)
        return sum(place(merchant, needles) for place in places)

    def _quarantined(self, merchant: str, needles: Needles) -> int:
        count, after = 0, None
        while True:
            rows, after = self._quarantine.page(merchant, after, AT_ONCE)
            for held in rows:
                if self._holds(self._quarantine.body(merchant, held) or "", needles):
                    count += self._quarantine.release(merchant, held)
            if after is None:
                break
        if count:
            self._quarantine.tidy(merchant)
        return count

    def _parked(self, merchant: str, needles: Needles) -> int:
        found = [(key, body) for key, body in self._work.due(merchant, EVER, AT_ONCE) if self._holds(body, needles)]
        for key, body in found:
            self._work.done(merchant, key, body)
        return len(found)

    def _dead(self, merchant: str, needles: Needles) -> int:
        count = 0
        for queue in self._letters.names():
            box, seen, kept = self._letters.box(queue), list[Letter](), list[Letter]()
            if queue in ("stream", "jobs") or box.depth() == 0:  # these hold nobody's words
                continue
            try:
                for letter in in_hand(box, LOOKED_AT, seen):
                    if self._of(merchant, queue, letter) and self._holds(letter.body, needles):
                        box.delete(letter)
                        count += 1
                    else:
                        kept.append(letter)
            finally:
                box.put_back(kept)
        return count

    def _of(self, merchant: str, queue: str, letter: Letter) -> bool:
        return queue not in OURS or self._letters.describe(queue, letter).merchant in (None, merchant)

    def _set_aside(self, merchant: str, needles: Needles) -> int:
        """What nobody could read yet, what was too large for a queue, and what was rendered for the shop's own people."""
        count = 0
        for name, context in self._objects(merchant):
            try:
                sealed = self._archive.get(name)
            except Permanent:
                continue  # it is over
            if self._opens(merchant, sealed, context, needles):
                self._archive.remove(name)
                count += 1
        return count

    def _objects(self, merchant: str) -> Iterator[tuple[str, str]]:
        """Each with what it was sealed for."""
        for prefix in (f"raw/{quote(merchant, safe='')}/unread/", f"claims/{merchant}/"):
            for name in self._archive.names(prefix):
                yield name, name.rpartition("/")[2].rpartition("-")[2]
        for name in self._archive.names(f"digests/{merchant}/"):
            yield name, f"notice-{name.rpartition('/')[2]}"

    def _opens(self, merchant: str, sealed: bytes, context: str, needles: Needles) -> bool:
        try:
            opened = self._vault.open_raw(merchant, sealed, context)
        except Permanent:  # sealed for something else: a digest holds nothing of a person
            return False
        return needles.are_quoted(opened) if context.startswith("notice-") else needles.are_in(opened)

    def _holds(self, body: str, needles: Needles) -> bool:
        """Whether an envelope holds any of it, inside its seal or, where it is none of ours, as it lies there."""
        if needles.are_in(body.encode()):
            return True
        try:
            envelope = decode(body)
            packed = self._unsealing.open(envelope)
            told = unpack_event(packed).payload if envelope.form == "event" else _whole(packed)
        except HuitouError:  # no envelope, or nothing that anybody can open
            return False
        return needles.are_in(told)


def words_of(order: Order) -> Iterator[str]:
    """What of an order tells who it is of, as it stands in messages: numbers and ids, no words that others have as well."""
    buyer, unionid = order.buyer, order.extra.get("unionid")
    told = (order.order_id, order.order_no, buyer.id, buyer.email, buyer.phone, order.ship_to.phone, unionid)
    yield from (each for each in told if isinstance(each, str))


def _whole(packed: bytes) -> bytes:
    request = unpack_request(packed)
    return b"\n".join((request.url.encode("utf-8", "surrogatepass"), request.body))


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from _texts(each)


def _spellings(word: str) -> set[bytes]:
    """As plain text, in JSON, and in a form."""
    found = {word, word.replace("/", "\\/"), quote(word), quote(word, safe="")}
    if word.startswith("+") and word[1:].isdigit():
        found.add(word[1:])
    return {each.encode("utf-8", "surrogatepass") for each in found}
