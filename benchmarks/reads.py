"""Read units of what must not grow with history: the digest over fresh cells, a cell's recomputing, the win-back sweep."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from benchmarks.capacity import MeteredEngine, Units, metered, missing
from benchmarks.harness import Line, Options, at_most
from benchmarks.rig import NOW, Rig
from chalicelib.adapters.table import Table, Value
from chalicelib.domain.facts import Cell, Fact, MemberOrder
from chalicelib.domain.member import Profile, Visit
from chalicelib.domain.periods import period_of
from chalicelib.domain.purchases import PLACE, member_cell, purchases_of, row_of
from chalicelib.ports import StoredProfile
from chalicelib.reckoning import CELL_ROWS
from ops.local import TABLE

DAY = date(2026, 11, 20)
PRODUCTS = 200
DUE = 100
THREADS = 6


class BulkTable(Table):
    """A table whose puts go out in batches of 25, as one that is empty allows: the conditions could not fail."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        self._waiting: list[dict[str, Value]] = []
        self._lock = threading.Lock()
        self.bulk = False

    def put(self, pk: str, sk: str, attributes: Any, **given: Any) -> bool:
        """Put, or keep for the next batch."""
        if not self.bulk:
            return super().put(pk, sk, attributes, **given)
        with self._lock:
            self._waiting.append({**self.keys(pk, sk), **attributes})
            batch, self._waiting = (self._waiting, []) if len(self._waiting) == 25 else ([], self._waiting)
        self._send(batch)
        return True

    def flush(self) -> None:
        """Send what waits."""
        self._send(self._waiting)
        self._waiting = []

    def _send(self, batch: list[dict[str, Value]]) -> None:
        left: Any = {self.name: [{"PutRequest": {"Item": item}} for item in batch]} if batch else {}
        while left:
            left = self.client.batch_write_item(RequestItems=left)["UnprocessedItems"]


def measure_digest(options: Options) -> Iterator[Line]:
    """Days of 10^3 and 10^4 orders (10^5 with --full), the same catalogue; each a day of its own with all cells fresh."""
    reason = missing()
    if reason:
        yield Line("read units of a digest", None, detail=reason)
        return
    counts = (1_000, 10_000, 100_000) if options.full else (1_000, 10_000)
    before: tuple[float, int] | None = None
    with metered() as engine:
        rig = _rig(engine)
        for step, count in enumerate(counts):
            day = DAY - timedelta(days=30 * step)
            buckets = -(-count // CELL_ROWS)
            recomputed = _fill_day(rig, day, count, buckets)
            period = period_of("day", day)
            for _ in range(4):  # the daybook's first looks at a year are not the digest's
                rig.app.digest.report(period)
            with engine.ledger.counting() as units:
                report = rig.app.digest.report(period)
            if sum(line.orders.now or 0 for line in report.totals) != count:
                raise RuntimeError("the digest does not show every order")
            yield Line(f"digest of {count:,} orders in {buckets} buckets", units.read, " units", detail=units.share(1))
            yield recomputed
            if before is not None:
                growth = units.read / before[0] / (buckets / before[1])
                yield Line(f"growth to {count:,} orders beyond the number of buckets", growth, " x", at_most(1.2))
            before = units.read, buckets


def measure_sweep(options: Options) -> Iterator[Line]:
    """As many members due among few and among many."""
    reason = missing()
    if reason:
        yield Line("read units of a win-back sweep", None, detail=reason)
        return
    counts = (10_000, 1_000_000) if options.full else (1_000, 10_000)
    spent: list[Units] = []
    for count in counts:
        with metered() as engine:
            rig = _rig(engine)
            _fill_members(rig, count)
            rig.app.trigger.approve("back30")
            with engine.ledger.counting() as units:
                drawn = rig.app.trigger.sweep()
        if drawn != DUE:
            raise RuntimeError(f"{drawn} members were drawn, {DUE} are due")
        spent.append(units)
        yield Line(f"sweep of {count:,} members, {DUE} due", units.read, " units", detail=units.share(1))
    detail = "" if options.full else "10,000 against 1,000,000 with --full"
    yield Line(f"growth from {counts[0]:,} to {counts[1]:,} members", spent[1].read / spent[0].read, " x", at_most(1.2), detail)


def _rig(engine: MeteredEngine) -> Rig:
    return Rig(engine, table=lambda one: BulkTable(lambda: one.client("dynamodb"), TABLE))


def _fill_day(rig: Rig, day: date, count: int, buckets: int) -> Line:
    """Rows of a day's orders and buyers, all cells recomputed; returns what recomputing an orders cell costs."""
    cells = [Cell("demo", day, kind, "shopify", "acme", bucket) for kind in ("orders", "people") for bucket in range(buckets)]
    in_bulk(rig, [lambda part=part: _put_rows(rig, day, range(part, count, THREADS), buckets) for part in range(THREADS)])
    rig.app.cells.raise_dirty(cells)
    with rig.engine.ledger.counting() as units:
        rig.app.reckoning.recompute(cells[0])
    rows = len(range(0, count, buckets))
    rig.app.reckoning.sweep("demo", limit=len(cells))
    return Line(
        f"recomputing a cell of {rows:,} rows, read units a row",
        units.read / rows,
        "",
        at_most(1 / 8),
        f"1 unit for {rows / units.read:.1f} rows",
    )


def _put_rows(rig: Rig, day: date, numbers: Iterable[int], buckets: int) -> None:
    for number in numbers:
        orders = Cell("demo", day, "orders", "shopify", "acme", number % buckets)
        people = Cell("demo", day, "people", "shopify", "acme", number % buckets)
        order_id = str(5_500_000_000_000 + number)
        facts = [(Fact(orders, f"o#{order_id}", _row(number)), 1), (Fact(people, f"{number:022}", {"new": number % 3 == 0}), 1)]
        rig.app.cells.put_rows(facts, ())


def _row(number: int) -> dict[str, Any]:
    """An order's row with two products of the catalogue and its parcel, as the projector writes it."""
    lines = [
        [str(8_000_000_000_000 + product), f"Spring tea no. {product}, 100 g tin", 2, 3980, f"TEA-{product:04}"]
        for product in (number % PRODUCTS, (number * 7 + 1) % PRODUCTS)
    ]
    worth = 7960 - number % 40 * 100
    parcel = {"h": number % 48, "q": [[("sf", "zto", "yto")[number % 3], number % 6]], "w": f"CN region {number % 31}"}
    told = {"c": 1, "cur": "USD", "s": "delivered", "t": worth + 500, "p": 1, "g": worth, "d": [0, 0, 500]}
    return told | parcel | {"no": f"#{1000 + number}", "l": lines}


def _fill_members(rig: Rig, count: int) -> None:
    """Members of whom DUE lie within the campaign's window; the others bought earlier or later, spread over a year."""
    last = NOW.date() - timedelta(days=30)
    near = [last - timedelta(days=back) for back in range(15)]
    far = [last + timedelta(days=1 + back) for back in range(29)] + [last - timedelta(days=16 + back) for back in range(320)]
    in_bulk(rig, [lambda part=part: _put_members(rig, range(part, count, THREADS), near, far) for part in range(THREADS)])
    cells = [member_cell("demo", bucket) for bucket in range(-(-count // CELL_ROWS))]
    seen = (0, 1)
    while sum(seen) < len(cells):
        rig.app.orders.grow("demo", *PLACE, seen)
        seen = rig.app.orders.buckets("demo", *PLACE)
    rig.app.cells.raise_dirty(cells)
    rig.app.reckoning.sweep("demo", limit=len(cells))
    rig.app.standings.refresh("demo")  # as the schedule has, within the hour


def _put_members(rig: Rig, numbers: Iterable[int], near: list[date], far: list[date]) -> None:
    """Profiles and rows of the member cells; of those who are due their order as well."""
    for number in numbers:
        day = near[number % len(near)] if number < DUE else far[number % len(far)]
        member, net = f"member-{number:015}", 8000 + number % 5000
        place = number // CELL_ROWS
        profile = Profile(1, day, day, {"USD": net}, frozenset({Visit("shopify", "acme", day, True)}))
        rig.app.members.put_profile("demo", member, StoredProfile(1, profile, 0, place=place), expected_version=0)
        order = MemberOrder(member, "shopify", "acme", str(number), day, True, "USD", net)
        bought = purchases_of([order])
        if bought:
            rig.app.cells.put_rows([(Fact(member_cell("demo", place), member, row_of(bought)), 1)], ())
        if number < DUE:
            rig.app.members.put_order("demo", order, 1)


def in_bulk(rig: Rig, tasks: list[Any]) -> None:
    """Run tasks side by side, their puts in batches."""
    table: Any = rig.app.parts.table
    table.bulk = True
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()
    table.flush()
    table.bulk = False
