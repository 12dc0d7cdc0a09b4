"""Project: images on the stream to facts, member profiles and dirty cells. Nothing is counted up.

Every write carries its source's version and may be repeated, so that batches which come twice, overlap, are cut shorter,
bisected or late end in the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Fact, Image, MemberOrder, member_order, order_facts
from chalicelib.domain.member import Visit, people_rows, profile_of
from chalicelib.errors import Retriable
from chalicelib.ports import CellStore, Counters, Link, MemberStore, StoredProfile

TRIES = 8
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
        self, *, config: Callable[[], Config], cells: CellStore, members: MemberStore, counters: Counters, fan_out: int = 1
    ) -> None:
        self._fan_out = fan_out
        self._config = config
        self._cells = cells
        self._members = members
        self._counters = counters

    def handle(self, changes: Iterable[Change]) -> None:
        """Handle a batch. Raises Retriable when it has to come again; nothing is harmed when it does."""
        zone = self._config().zone
        groups = _by_order(changes)
        touched: set[Cell] = set()
        affected: dict[tuple[str, str], int] = {}
        for cells, members in self._side_by_side([partial(self._order, group, zone) for group in groups]):
            touched |= cells
            affected |= members
        links = {link for group in groups for link in _links(group)}
        if links:
            self._members.link(links)
        # Rows first, dirty numbers after, once for the batch: dying in between brings the batch again, and it raises again
        # what it attempted, whether or not its rows are still accepted.
        self._cells.raise_dirty(touched)
        profiles = self._members.profiles(affected) if affected else {}
        places = self._side_by_side([partial(self._refresh, *who, bucket, profiles[who]) for who, bucket in affected.items()])
        self._cells.raise_dirty(set().union(*places))
        self._counters.count("projected", len(affected))

    def _side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run tasks that wait for the table most of the time; the first error is raised once all have ended."""
        if self._fan_out == 1 or len(tasks) < 2:
            return [task() for task in tasks]
        with ThreadPoolExecutor(min(self._fan_out, len(tasks))) as pool:
            return [future.result() for future in [pool.submit(task) for task in tasks]]

    def _order(self, group: list[Change], zone: ZoneInfo) -> tuple[set[Cell], dict[tuple[str, str], int]]:
        """The rows of one order; the cells and members it touches."""
        affected: dict[tuple[str, str], int] = {}
        touched = self._facts(group, zone)
        self._member_rows(group, zone, affected)
        return touched, affected

    def _facts(self, group: list[Change], zone: ZoneInfo) -> set[Cell]:
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
        return {fact.cell for fact, _ in changed} | {cell for cell, _, _ in dropped}

    def _member_rows(self, group: list[Change], zone: ZoneInfo, affected: dict[tuple[str, str], int]) -> None:
        last = group[-1].after
        wanted = member_order(last, zone)
        earlier = [member_order(image, zone) for image in _earlier(group)]
        if wanted and (group[0].before is None or any(row != wanted for row in earlier)):
            self._members.put_order(last.key.merchant, wanted, last.version)
            affected[last.key.merchant, wanted.member] = last.bucket
        for row in _moved(earlier, wanted):
            self._members.drop_order(last.key.merchant, row, last.version)
            affected[last.key.merchant, row.member] = last.bucket

    def _refresh(self, merchant: str, member: str, bucket: int, stored: StoredProfile) -> set[Cell]:
        """Recompute a profile from the member's rows, then the people rows that its change touches; returns their cells.

        The profile, `stored`, was read before the rows are: whoever put a row recomputes after it, and a profile that was
        put in between fails our condition, so that the last profile to stand was made from all rows. What the stored
        profile touched is written again before ours replaces it, since its writer may have died before its people rows,
        and nobody would know any more which they were.
        """
        for _ in range(TRIES):
            profile = profile_of(self._members.orders(merchant, member))
            told = self._people(merchant, member, stored, stored.touched)
            if profile == stored.profile:
                return told
            self._cells.raise_dirty(told)  # now: once ours stands, nobody knows any more what the stored one touched
            changed = profile.visits ^ stored.profile.visits
            home = stored.bucket if stored.version else bucket
            fresh = StoredProfile(stored.version + 1, profile, home, changed)
            if self._members.put_profile(merchant, member, fresh, expected_version=stored.version):
                return self._people(merchant, member, fresh, changed)
            stored = self._members.profile(merchant, member)
        raise Retriable("member-contended", f"{TRIES} writers were faster")

    def _people(self, merchant: str, member: str, stored: StoredProfile, touched: Iterable[Visit]) -> set[Cell]:
        places = set(people_rows(merchant, touched, stored.bucket))
        wanted = people_rows(merchant, stored.profile.visits, stored.bucket)
        rows = [(Fact(cell, member, {"new": wanted[cell]}), stored.version) for cell in sorted(places) if cell in wanted]
        dropped = [(cell, member, stored.version) for cell in sorted(places) if cell not in wanted]
        self._cells.put_rows(rows, dropped)
        return places


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


def _earlier(group: list[Change]) -> list[Image]:
    """Every image of the order that the batch shows, but for the last."""
    images = {image.version: image for change in group for image in (change.before, change.after) if image}
    return [image for version, image in sorted(images.items()) if version != group[-1].after.version]


def _moved(rows: list[MemberOrder | None], wanted: MemberOrder | None) -> list[MemberOrder]:
    """Rows that lie under another member than the order has now."""
    now = wanted.member if wanted else None
    return list({row.member: row for row in rows if row and row.member != now}.values())
