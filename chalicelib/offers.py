"""Offers: unique coupon codes from pools, one a message. Used by trigger, deliver and the command line."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from chalicelib.domain.coupons import SHELVES, Code, Issued, PoolCount, Pooled, is_code, name_of
from chalicelib.domain.facts import Image
from chalicelib.domain.order import counts
from chalicelib.domain.record import ever_earned, told_order, view
from chalicelib.errors import Rejected, Retriable
from chalicelib.offer_ports import OfferStore

AT_ONCE = 50  # codes of one transaction: two rows each
LOOKED_AT = 25  # free codes read at once; workers pick among them by their messages, and seldom the same
ROUNDS = 40


class Offers:
    """Every code goes to one message at most, and every message has one at most, whoever asks at the same time."""

    def __init__(self, store: OfferStore) -> None:
        self._store = store

    def add(self, merchant: str, pool: str, codes: Mapping[int, Code]) -> int:
        """Put codes (by line) into a pool; returns how many were new. The same file again adds none.

        Rejected names a line whose code lies in another pool, or in this one with another last day; then nothing is added.
        """
        new = self._new(merchant, pool, codes)
        added = 0
        while new:
            part = new[:AT_ONCE]
            if self._store.add(merchant, pool, part):
                added += len(part)
                new = new[AT_ONCE:]
            else:  # somebody is adding some of them at the same time: which, is asked again
                again = self._new(merchant, pool, {line: code for line, code in codes.items() if code in part})
                new = again + new[AT_ONCE:]
        return added

    def take(self, merchant: str, pool: str, message_id: str, owner: str, today: date) -> Code | None:
        """The code of a message: the one it has, else a free one that is still taken on `today`; None when there is none left.

        A code that the message has but that has expired meanwhile goes back, and the message gets another.
        Retriable when others keep being faster.
        """
        for _ in range(ROUNDS):
            held = self._store.held(merchant, message_id)
            if held and held.pool == pool and held.code.is_valid(today):
                return held.code
            if held and not _moved(self._store.release, merchant, held):
                continue  # another worker moved it: look again
            found = self._free(merchant, pool, message_id, today)
            if found is None:  # unless the last one went to this message a moment ago
                return self.code_of(merchant, message_id)
            if _moved(self._store.issue, merchant, Issued(pool, found, message_id, owner)):
                return found
        raise Retriable("offers-contended", f"{ROUNDS} workers were faster")

    def give_back(self, merchant: str, pool: str, message_id: str) -> None:
        """Take a message's code back after the send has certainly failed: it is free again. Harmless when there is none."""
        held = self._store.held(merchant, message_id)
        if held and held.pool == pool:
            self._store.release(merchant, held)

    def code_of(self, merchant: str, message_id: str) -> Code | None:
        """The code that a message has."""
        held = self._store.held(merchant, message_id)
        return held.code if held else None

    def expiring(self, merchant: str, pool: str, day: date) -> Iterator[tuple[str, Code, str]]:
        """(owner, code, message id) of each code that was issued, is not taken up, and is taken for the last time on `day`."""
        for shelf in range(SHELVES):
            used = self._store.used(merchant, pool, shelf, day)
            for each in self._store.issued(merchant, pool, shelf, day):
                if each.code.name not in used:
                    yield each.owner, each.code, each.message_id

    def count(self, merchant: str, pool: str, today: date) -> PoolCount:
        """The pool in figures; reads all of it."""
        free = [code for shelf in range(SHELVES) for code in self._store.free(merchant, pool, shelf, date.min)]
        issued = [each.code.name for shelf in range(SHELVES) for each in self._store.issued(merchant, pool, shelf)]
        used = {name for shelf in range(SHELVES) for name in self._store.used(merchant, pool, shelf)}
        left = sum(code.is_valid(today) for code in free)
        return PoolCount(left, len(issued), len(used.intersection(issued)), len(free) - left)

    def on_order(self, before: Image | None, after: Image) -> None:
        """Keep which pool's codes an order uses; a code of no pool, as most are, costs one read."""
        told = dict.fromkeys(_coupons(before), False) | dict.fromkeys(_coupons(after), True)
        if not told:
            return
        for name, pooled in self._store.known(after.key.merchant, told).items():
            self._store.put_use(after.key.merchant, pooled, after.key, after.version, used=told[name])

    def _free(self, merchant: str, pool: str, message_id: str, today: date) -> Code | None:
        """A free code, different ones for different messages; shelf after shelf, so that the last code of a pool is found."""
        spread = hashlib.sha256(message_id.encode()).digest()
        for step in range(SHELVES):
            free = self._store.free(merchant, pool, (spread[0] + step) % SHELVES, today, LOOKED_AT)
            if free:
                return free[int.from_bytes(spread[1:5], "big") % len(free)]
        return None

    def _new(self, merchant: str, pool: str, codes: Mapping[int, Code]) -> list[Code]:
        return check_known(pool, codes, self._store.known(merchant, [code.name for code in codes.values()]))


def _moved(move: Callable[[str, Issued], bool], merchant: str, issued: Issued) -> bool:
    """Issue or release. False: somebody else was faster, or is about to be; the next look shows."""
    try:
        return move(merchant, issued)
    except Retriable as error:
        if error.reason != "table-contended":
            raise
        return False


def _coupons(image: Image | None) -> frozenset[str]:
    """The names of the codes of an order that counts."""
    if image is None or not told_order(image.layers):
        return frozenset()
    order = view(image.key, image.layers)
    if not counts(order, ever_paid=ever_earned(image.layers)):
        return frozenset()
    return frozenset(name_of(text) for text in order.attribution.coupons if is_code(text))


def parse_codes(text: str, expires: date | None = None) -> dict[int, Code]:
    """Codes by the number of their line: one a line, or `code,expires` with a day; an empty line is none.

    `expires` holds where a line tells no day. Rejected names the first line that is no code, or repeats one; never the code.
    """
    found: dict[int, Code] = {}
    lines: dict[str, int] = {}
    for line, parts in _lines(text):
        code = _code(line, parts, expires)
        if code.name in lines:
            raise _refused(line, f"the same code as line {lines[code.name]}")
        lines[code.name] = line
        found[line] = code
    if not found:
        raise Rejected("codes-refused", "no code in it", status=400)
    return found


def check_known(pool: str, codes: Mapping[int, Code], known: Mapping[str, Pooled]) -> list[Code]:
    """Those of the codes that are new. Rejected names the first line whose code lies elsewhere, or expires on another day."""
    new = []
    for line, code in codes.items():
        there = known.get(code.name)
        if there is None:
            new.append(code)
        elif there.pool != pool:
            raise _refused(line, f"its code lies in the pool {there.pool}")
        elif there.code != code:
            raise _refused(line, "its code is in the pool with another spelling or last day")
    return new


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    # With their ends, and strictly: a quote that is not closed would join the codes of two lines into one that nobody knows.
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    try:
        for line, parts in enumerate(reader, start=1):
            told = [part.strip() for part in parts]
            if any(told) and not (line == 1 and [part.lower() for part in told] in (["code"], ["code", "expires"])):
                yield line, told
    except csv.Error:
        raise _refused(reader.line_num, "a quote that is not closed, or a line that is no CSV") from None


def _code(line: int, parts: list[str], expires: date | None) -> Code:
    if len(parts) > 2 or not is_code(parts[0]):
        raise _refused(line, "one code of 1 to 64 visible ASCII characters, or code,expires")
    if len(parts) < 2 or not parts[1]:
        return Code(parts[0], expires)
    try:
        return Code(parts[0], date.fromisoformat(parts[1]))
    except ValueError:
        raise _refused(line, "its last day is no day such as 2026-11-20") from None


def _refused(line: int, why: str) -> Rejected:
    return Rejected("codes-refused", f"line {line}: {why}", status=400)
