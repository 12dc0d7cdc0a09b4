"""Project: images on the stream to facts, member profiles and dirty cells. Nothing is counted up.

Every write carries its source's version and may be repeated, so that batches which come twice, overlap, are cut shorter,
bisected or late end in the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Fact, Image, MemberOrder, member_order, order_facts
from chalicelib.domain.member import Visit, people_rows, profile_of
from chalicelib.errors import Retriable
from chalicelib.ports import CellStore, Counters, MemberStore, StoredProfile

TRIES = 8


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the stream: an order before and after. `before` None: it is new."""

    before: Image | None
    after: Image
    identities_before: tuple[str, ...]
    identities: tuple[str, ...]


class Project:
    """The step."""

    def __init__(self, *, config: Callable[[], Config], cells: CellStore, members: MemberStore, counters: Counters) -> None:
        self._config = config
        self._cells = cells
        self._members = members
        self._counters = counters

    def handle(self, changes: Iterable[Change]) -> None:
        """Handle a batch. Raises Retriable when it has to come again; nothing is harmed when it does."""
        zone = self._config().zone
        touched: set[Cell] = set()
        affected: dict[tuple[str, str], int] = {}
        for group in _by_order(changes):
            touched |= self._facts(group, zone)
            self._member_rows(group, zone, affected)
            self._links(group)
        # Rows first, dirty numbers after: a crash in between brings the batch again, and the same rows are accepted again.
        self._cells.raise_dirty(touched)
        for (merchant, member), bucket in affected.items():
            self._refresh(merchant, member, bucket)
        self._counters.count("projected", len(affected))

    def _facts(self, group: list[Change], zone: ZoneInfo) -> set[Cell]:
        last = group[-1].after
        wanted = {(fact.cell, fact.row): fact for fact in order_facts(last, zone)}
        base = {(fact.cell, fact.row): fact for fact in _facts_of(group[0].before, zone)}
        left: set[tuple[Cell, str]] = set(base)
        for change in group[:-1]:
            left |= {(fact.cell, fact.row) for fact in order_facts(change.after, zone)}
        # A row that stands as it stood before the batch was put by the record that made it, and needs no newer version.
        changed = [(fact, last.version) for name, fact in wanted.items() if base.get(name) != fact]
        dropped = [(cell, row, last.version) for cell, row in sorted(left - set(wanted))]
        return self._cells.put_rows(changed, dropped)

    def _member_rows(self, group: list[Change], zone: ZoneInfo, affected: dict[tuple[str, str], int]) -> None:
        last = group[-1].after
        wanted = member_order(last, zone)
        base = member_order(group[0].before, zone) if group[0].before else None
        earlier = [member_order(change.after, zone) for change in group[:-1]]
        if wanted and wanted != base:
            self._members.put_order(last.key.merchant, wanted, last.version)
            affected[last.key.merchant, wanted.member] = last.bucket
        for row in _moved([base, *earlier], wanted):
            self._members.drop_order(last.key.merchant, row, last.version)
            affected[last.key.merchant, row.member] = last.bucket

    def _links(self, group: list[Change]) -> None:
        last = group[-1]
        if last.after.member is None:
            return
        for identity in last.identities:
            if identity not in group[0].identities_before or group[0].before is None:
                self._members.link(last.after.key.merchant, identity, last.after.member)

    def _refresh(self, merchant: str, member: str, bucket: int) -> None:
        """Recompute a profile from the member's rows, then the people rows that its change touches.

        The profile is read before the rows: whoever put a row recomputes after it, and a profile that was put in between
        fails our condition, so that the last profile to stand was made from all rows. What the profile before ours
        touched is written again, since its writer may have died before its people rows.
        """
        for _ in range(TRIES):
            stored = self._members.profile(merchant, member)
            profile = profile_of(self._members.orders(merchant, member))
            changed = profile.visits ^ stored.profile.visits
            fresh = stored
            if profile != stored.profile:
                home = stored.bucket if stored.version else bucket
                fresh = StoredProfile(stored.version + 1, profile, home, changed)
                if not self._members.put_profile(merchant, member, fresh, expected_version=stored.version):
                    continue
            self._people(merchant, member, fresh, changed | stored.touched)
            return
        raise Retriable("member-contended", f"{TRIES} writers were faster")

    def _people(self, merchant: str, member: str, stored: StoredProfile, touched: Iterable[Visit]) -> None:
        places = set(people_rows(merchant, touched, stored.bucket))
        wanted = people_rows(merchant, stored.profile.visits, stored.bucket)
        rows = [(Fact(cell, member, {"new": wanted[cell]}), stored.version) for cell in sorted(places) if cell in wanted]
        dropped = [(cell, member, stored.version) for cell in sorted(places) if cell not in wanted]
        self._cells.put_rows(rows, dropped)
        self._cells.raise_dirty(places)


def _by_order(changes: Iterable[Change]) -> list[list[Change]]:
    """The changes of each order, oldest version first: a batch writes an order's rows once."""
    groups: dict[object, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.after.key, []).append(change)
    return [sorted(group, key=lambda change: change.after.version) for group in groups.values()]


def _facts_of(image: Image | None, zone: ZoneInfo) -> list[Fact]:
    return order_facts(image, zone) if image else []


def _moved(rows: list[MemberOrder | None], wanted: MemberOrder | None) -> list[MemberOrder]:
    """Rows that lie under another member than the order has now."""
    now = wanted.member if wanted else None
    return list({row.member: row for row in rows if row and row.member != now}.values())
