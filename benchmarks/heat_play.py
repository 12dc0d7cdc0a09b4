"""A rush of orders played second by second: which partition key would take how many write units.

Nothing of the rules is told again here: buckets are drawn and grown by the application's own steps over a table in memory, keys
are made by the adapters' own functions. What one new order of a new buyer writes is `UNITS`, as benchmarks.heat counts it in a run
of the real thing; a test holds the two against each other. Only the stream is imagined: `lanes` readers, each with its batches.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from chalicelib.adapters import cells, members
from chalicelib.adapters.orders import order_pk
from chalicelib.domain.facts import Cell
from chalicelib.domain.member import due_bucket
from chalicelib.domain.purchases import member_cell
from chalicelib.domain.record import OrderKey

MERCHANT, PLATFORM = "demo", "shopify"
DAY = date(2026, 11, 11)
SWEEP, AT_ONCE, A_SECOND = (
    60,
    200,
    5,
)  # seconds between two turns of tick, how many cells a turn sums, and how many of them a second
# Write units of a new order of a new buyer under keys of their own, of which none takes more than a few: the order, the buyer's row
# and profile, an identity, the number, the buyer's data key. Then those of a row, and of a cell's summary over 200 products.
ALONE = {"order": 3, "row of the buyer": 1, "profile": 1, "identity": 1, "number": 0.1, "data key": 1}
ROW, SUMMARY = 1, 8


@dataclass(frozen=True, slots=True)
class Stream:
    """How the stream is read: `shards` times `parallel` lanes, each handing on `batch` records or what came in `window` seconds."""

    shards: int = 12
    parallel: int = 1
    batch: int = 1_000
    window: int = 10


@dataclass
class Rush:
    """What was written. `seconds`: for each key the units of its fullest second; `rows` by cell; `alone`: under keys of orders."""

    total: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    rows: Counter[Cell] = field(default_factory=Counter)
    alone: float = 0

    @property
    def top_share(self) -> float:
        """The share of all writes that the hottest key took."""
        return max(self.total.values()) / (sum(self.total.values()) + self.alone)

    def hottest(self) -> tuple[str, int]:
        """The key with the fullest second, and its units."""
        return self.seconds.most_common(1)[0]

    def spread(self, account: str) -> int:
        """Over how many cells an account's orders went."""
        return len({cell for cell in self.rows if cell.kind == "orders" and cell.account == account})


class Play:
    """Seconds of a rush on one merchant."""

    def __init__(self, app: Any, clock: Any, stream: Stream) -> None:
        self._app, self._clock, self._stream = app, clock, stream
        self._lanes: dict[int, list[tuple[Cell, ...]]] = defaultdict(list)
        self._since: dict[int, int] = {}
        self._waiting: set[Cell] = set()
        self._due: list[Cell] = []
        self._number = 0
        self.rush = Rush()

    def run(self, seconds: int, shops: int, pace: int, on: Mapping[int, Callable[[], None]] | None = None) -> Rush:
        """`pace` orders a second, turn by turn over the shops. `on`: what else happens in which second."""
        for second in range(seconds):
            if on and second in on:
                on[second]()
            now: Counter[str] = Counter()
            for _ in range(pace):
                self._order(second, f"shop{self._number % shops}", now)
            self._read(second, now)
            if second % SWEEP == SWEEP - 1:
                self._due = sorted(self._waiting)[:AT_ONCE]
            self._sweep(now)
            self.rush.total.update(now)
            for name, units in now.items():
                self.rush.seconds[name] = max(self.rush.seconds[name], units)
            self._clock.at += timedelta(seconds=1)
        return self.rush

    def _order(self, second: int, account: str, now: Counter[str]) -> None:
        """A new order of a new buyer, and the rows that project puts for it."""
        self._number += 1
        key = OrderKey(MERCHANT, PLATFORM, account, str(5_500_000_000_000 + self._number))
        buyer = hashlib.sha256(str(self._number).encode()).hexdigest()[:24]
        bucket = self._app.normalise._bucket(key)
        orders = Cell(MERCHANT, DAY, "orders", PLATFORM, account, bucket)
        people = Cell(MERCHANT, DAY, "people", PLATFORM, account, bucket)
        among = member_cell(MERCHANT, self._app.project._place(MERCHANT, buyer))
        self.rush.alone += sum(ALONE.values())
        now[members._due_pk(MERCHANT, DAY, due_bucket(buyer))] += 1
        for cell in (orders, people, among):
            now[cells._cell_pk(cell)] += ROW
            self.rush.rows[cell] += 1
        lanes = self._stream.shards * self._stream.parallel
        lane = int.from_bytes(hashlib.md5(order_pk(key).encode(), usedforsecurity=False).digest()[:4], "big") % lanes
        self._since.setdefault(lane, second)
        self._lanes[lane].append((orders, people, among))

    def _read(self, second: int, now: Counter[str]) -> None:
        """Batches that are full or have waited long enough; lanes do not begin together."""
        for lane, held in self._lanes.items():
            window = self._stream.window - (lane % self._stream.window if second < self._stream.window else 0)
            late = second - self._since.get(lane, second) >= window
            while held and (late or len(held) >= self._stream.batch):
                batch, held[:] = held[: self._stream.batch], held[self._stream.batch :]
                self._since[lane] = second
                for cell in {cell for touched in batch for cell in touched}:
                    now[cells.head_keys(cell)[0]] += 1
                    if cell not in self._waiting:
                        self._waiting.add(cell)
                        now[cells._work_pk(MERCHANT)] += 1
            if not held:
                self._since.pop(lane, None)

    def _sweep(self, now: Counter[str]) -> None:
        """Cells that wait are summed, one after the other: summary, head, place on the list; and grown where they are full."""
        for _ in range(min(A_SECOND, len(self._due))):
            cell = self._due.pop(0)
            now[cells.head_keys(cell)[0]] += SUMMARY + 1
            now[cells._work_pk(MERCHANT)] += 1
            self._waiting.remove(cell)
            self._app.reckoning._widen(cell, self.rush.rows[cell])
