"""Project: images on the stream to facts, member profiles and dirty cells. Nothing is counted up.

Every write carries its source's version and may be repeated, so that batches which come twice, overlap, are cut shorter,
bisected or late end in the same rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Fact, Image, MemberOrder, member_order, order_facts
from chalicelib.domain.graph import LOOKED_AT, Member
from chalicelib.domain.member import Visit, people_rows, place_in, profile_of
from chalicelib.domain.order_number import Numbered, numbered
from chalicelib.domain.purchases import PLACE, Purchases, member_cell, purchases_of, row_of
from chalicelib.errors import Retriable
from chalicelib.people import People
from chalicelib.ports import CellStore, Clock, Counters, Link, MemberStore, OrderNumbers, OrderStore, StoredProfile

TRIES = 8
LOGGED = 20  # changes of a person's buyers that are remembered
BUCKETS_KEPT = timedelta(seconds=5)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the stream: an order before and after. `before` None: it is new."""

    before: Image | None
    after: Image
    identities_before: tuple[str, ...]
    identities: tuple[str, ...]


class Project:
    """The step."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cells: CellStore,
        members: MemberStore,
        orders: OrderStore,
        clock: Clock,
        counters: Counters,
        fan_out: int = 1,
        numbers: OrderNumbers | None = None,
    ) -> None:
        self._orders = orders
        self._numbers = numbers
        self._buckets: dict[str, tuple[datetime, tuple[int, int]]] = {}
        self._fan_out = fan_out
        self._config = config
        self._cells = cells
        self._members = members
        self._who = People(members)
        self._clock = clock
        self._counters = counters

    def handle(self, changes: Iterable[Change]) -> None:
        """Handle a batch. Raises Retriable when it has to come again; nothing is harmed when it does."""
        zone = self._config().zone
        groups = _by_order(changes)
        touched: set[Cell] = set()
        affected: dict[tuple[str, str], int] = {}
        numbers: list[Numbered] = []
        for cells, members, told in self._side_by_side([partial(self._order, group, zone) for group in groups]):
            touched |= cells
            affected |= members
            numbers += told
        if self._numbers is not None and numbers:  # once for the batch: neighbours share an item
            self._numbers.note(numbers)
        links = {link for group in groups for link in _links(group)}
        if links:
            self._members.link(links)
        for merchant, identity, bucket in sorted({each for group in groups for each in _shown(group)}):
            for buyer in self._seen_with(merchant, identity):  # whoever had it may be somebody else from now on
                affected.setdefault((merchant, buyer), bucket)
        # Rows first, dirty numbers after, once for the batch: dying in between brings the batch again, and it raises again
        # what it attempted, whether or not its rows are still accepted.
        self._cells.raise_dirty(touched)
        others = self._refresh_all(affected)
        self._refresh_all({who: bucket for who, bucket in others.items() if who not in affected})
        self._counters.count("projected", len(affected))

    def again(self, merchant: str, buyers: Iterable[str]) -> None:
        """Recompute these buyers' persons, after ops severed or joined them."""
        others = self._refresh_all({(merchant, buyer): 0 for buyer in buyers})
        self._refresh_all(others)

    def _refresh_all(self, affected: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Recompute the profiles of these buyers; returns all buyers of the persons that they turned out to be."""
        if not affected:
            return {}
        profiles = self._members.profiles(affected)
        done = self._side_by_side([partial(self._refresh, *who, bucket, profiles[who]) for who, bucket in affected.items()])
        self._cells.raise_dirty(set().union(*(cells for cells, _ in done)))
        return {
            (merchant, buyer): bucket
            for ((merchant, _), bucket), (_, buyers) in zip(affected.items(), done, strict=True)
            for buyer in buyers
        }

    def _seen_with(self, merchant: str, identity: str) -> list[str]:
        """The buyers of an identity, unless they are so many that it links nobody, and has not for long."""
        seen = self._members.linked(merchant, identity, LOOKED_AT + 1)
        return seen if len(seen) <= LOOKED_AT else []

    def _side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run tasks that wait for the table most of the time; the first error is raised once all have ended."""
        if self._fan_out == 1 or len(tasks) < 2:
            return [task() for task in tasks]
        with ThreadPoolExecutor(min(self._fan_out, len(tasks))) as pool:
            return [future.result() for future in [pool.submit(task) for task in tasks]]

    def _order(self, group: list[Change], zone: ZoneInfo) -> tuple[set[Cell], dict[tuple[str, str], int], list[Numbered]]:
        """The rows of one order; the cells and members it touches, and its number where that is new."""
        affected: dict[tuple[str, str], int] = {}
        touched, numbers = self._facts(group, zone)
        self._member_rows(group, zone, affected)
        return touched, affected, numbers

    def _facts(self, group: list[Change], zone: ZoneInfo) -> tuple[set[Cell], list[Numbered]]:
        last = group[-1].after
        wanted = {(fact.cell, fact.row): fact for fact in order_facts(last, zone)}
        earlier = [{(fact.cell, fact.row): fact for fact in order_facts(image, zone)} for image in _earlier(group)]
        if group[0].before is None:
            earlier.append({})  # before the first image there was no row: whatever the batch brought has still to be put
        # A row that stood so in every image was put by the record that made it, and needs no newer version. Comparing the
        # ends alone is not enough: what changed and changed back may have been put by a shorter batch in between.
        changed = [(fact, last.version) for name, fact in wanted.items() if any(rows.get(name) != fact for rows in earlier)]
        left = {name for rows in earlier for name in rows}
        dropped = [(cell, row, last.version) for cell, row in sorted(left - set(wanted))]
        self._cells.put_rows(changed, dropped)
        # Also where a row was refused: a longer batch may have put the newer one and died before it raised the number.
        known = [_numbers(rows.values()) for rows in earlier]
        new = [each for each in _numbers(wanted.values()) if any(each not in told for told in known)]
        return {fact.cell for fact, _ in changed} | {cell for cell, _, _ in dropped}, new

    def _member_rows(self, group: list[Change], zone: ZoneInfo, affected: dict[tuple[str, str], int]) -> None:
        last = group[-1].after
        wanted = member_order(last, zone, group[-1].identities)
        known = _identities(group)
        earlier = [member_order(image, zone, known[image.version]) for image in _earlier(group)]
        if wanted and (group[0].before is None or any(row != wanted for row in earlier)):
            self._members.put_order(last.key.merchant, wanted, last.version)
            affected[last.key.merchant, wanted.member] = last.bucket
        for row in _moved(earlier, wanted):
            self._members.drop_order(last.key.merchant, row, last.version)
            affected[last.key.merchant, row.member] = last.bucket

    def _refresh(self, merchant: str, buyer: str, bucket: int, stored: StoredProfile) -> tuple[set[Cell], tuple[str, ...]]:
        """Recompute a profile from the person's rows, then the rows that follow from it; returns their cells.

        These are the people rows that its change touches, and the member's row among all members. The profile stands with the
        buyer who bears the person's name; the person's other buyers have an empty one. Returned as well: all buyers of the
        person, whose profiles have to be recomputed where this is the first that one knows of them.

        The profile, `stored`, was read before rows and links are: whoever put one recomputes after it, and a profile that was
        put in between fails our condition, so that the last profile to stand was made from all of them. It is put even where
        it says what it said, if it was made from other rows: somebody with older ones may be about to put theirs. What the
        stored profile touched is written again before ours replaces it, since its writer may have died before its people
        rows, and nobody would know any more which they were. The member's row needs no such care: ours goes to the same place.
        """
        for _ in range(TRIES):
            person = self._who.member(merchant, buyer)
            rows = person.rows if person.name == buyer else ()
            profile, bought = profile_of(rows), purchases_of(rows)
            told = self._people(merchant, buyer, stored, stored.touched)
            placed = bought is None or stored.place is not None
            if placed and (profile, _basis(person)) == (stored.profile, stored.basis):
                return told | self._member(merchant, buyer, stored, bought), person.buyers
            self._cells.raise_dirty(told)  # now: once ours stands, nobody knows any more what the stored one touched
            changed = profile.visits ^ stored.profile.visits
            fresh = StoredProfile(
                version=stored.version + 1,
                profile=profile,
                bucket=stored.bucket if stored.version else bucket,
                touched=changed,
                basis=_basis(person),
                buyers=person.buyers if person.name == buyer else (),
                log=self._log(stored, person, buyer),
                place=stored.place if placed else self._place(merchant, buyer),
            )
            if self._members.put_profile(merchant, buyer, fresh, expected_version=stored.version):
                cells = self._people(merchant, buyer, fresh, changed) | self._member(merchant, buyer, fresh, bought)
                return cells, person.buyers
            stored = self._members.profile(merchant, buyer)
        raise Retriable("member-contended", f"{TRIES} writers were faster")

    def _log(self, stored: StoredProfile, person: Member, buyer: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """When this buyer's person came to have which buyers; nothing is noted of those who were always alone."""
        last = stored.log[-1][1] if stored.log else (buyer,)
        if person.buyers == last:
            return stored.log
        return (*stored.log, (self._clock.now().isoformat(timespec="seconds"), person.buyers))[-LOGGED:]

    def _place(self, merchant: str, buyer: str) -> int:
        """The bucket of a new member's row, for good. Growth is seen a few seconds late: so many are too many in a cell."""
        now = self._clock.now()
        until, found = self._buckets.get(merchant, (now, (0, 1)))
        if now >= until:
            found = self._orders.buckets(merchant, *PLACE)
            self._buckets[merchant] = (now + BUCKETS_KEPT, found)
        return place_in(found, buyer)

    def _member(self, merchant: str, buyer: str, stored: StoredProfile, bought: Purchases | None) -> set[Cell]:
        """The row of the buyer who bears a person's name; who does not any more leaves a tombstone, and who never did nothing."""
        if stored.place is None:
            return set()
        cell = member_cell(merchant, stored.place)
        rows = [(Fact(cell, buyer, row_of(bought)), stored.version)] if bought else []
        self._cells.put_rows(rows, [] if bought else [(cell, buyer, stored.version)])
        return {cell}

    def _people(self, merchant: str, member: str, stored: StoredProfile, touched: Iterable[Visit]) -> set[Cell]:
        places = set(people_rows(merchant, touched, stored.bucket))
        wanted = people_rows(merchant, stored.profile.visits, stored.bucket)
        rows = [(Fact(cell, member, {"new": wanted[cell]}), stored.version) for cell in sorted(places) if cell in wanted]
        dropped = [(cell, member, stored.version) for cell in sorted(places) if cell not in wanted]
        self._cells.put_rows(rows, dropped)
        return places


def _numbers(facts: Iterable[Fact]) -> list[Numbered]:
    return [found for fact in facts if (found := numbered(fact)) is not None]


def _by_order(changes: Iterable[Change]) -> list[list[Change]]:
    """The changes of each order, oldest version first: a batch writes an order's rows once."""
    groups: dict[object, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.after.key, []).append(change)
    return [sorted(group, key=lambda change: change.after.version) for group in groups.values()]


def _links(group: list[Change]) -> list[Link]:
    """Identities that the batch newly shows with the order's member."""
    first, last = group[0], group[-1]
    member = last.after.member
    if member is None:
        return []
    moved = first.before is None or first.before.member != member
    new = [identity for identity in last.identities if moved or identity not in first.identities_before]
    return [Link(last.after.key.merchant, identity, member) for identity in new]


def _shown(group: list[Change]) -> list[tuple[str, str, int]]:
    """(merchant, identity, bucket) of identities that the batch shows for the first time with an order's buyer, or for the last."""
    last = group[-1]
    told = [each.identities if each.after.member else () for each in group]
    before = group[0].identities_before if group[0].before and group[0].before.member else ()
    changed = {link.identity for link in _links(group)}
    changed |= {identity for each in (*told, before) for identity in each if identity not in last.identities}
    return [(last.after.key.merchant, identity, last.after.bucket) for identity in changed]


def _identities(group: list[Change]) -> dict[int, tuple[str, ...]]:
    """The identities of every image that the batch shows, by version."""
    found = {change.before.version: change.identities_before for change in group if change.before}
    return found | {change.after.version: change.identities for change in group}


def _basis(person: Member) -> str:
    """What a profile was made from: the person's buyers, and their rows by version."""
    rows = sorted((row.platform, row.account, row.order_id, row.version) for row in person.rows)
    return hashlib.sha256(repr((person.buyers, rows)).encode()).hexdigest()[:16]


def _earlier(group: list[Change]) -> list[Image]:
    """Every image of the order that the batch shows, but for the last."""
    images = {image.version: image for change in group for image in (change.before, change.after) if image}
    return [image for version, image in sorted(images.items()) if version != group[-1].after.version]


def _moved(rows: list[MemberOrder | None], wanted: MemberOrder | None) -> list[MemberOrder]:
    """Rows that lie under another member than the order has now."""
    now = wanted.member if wanted else None
    return list({row.member: row for row in rows if row and row.member != now}.values())
