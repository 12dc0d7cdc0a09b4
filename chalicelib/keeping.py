"""Orders and records whose personal data ends when their time is over: who reads later sees none, and who writes later keeps none.

The clock decides, on every read and write, whatever lies in the table still: removing it is the work of a job that may be late.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date

from chalicelib.config import Config
from chalicelib.domain.merge import Layers, merge
from chalicelib.domain.record import OrderKey, divide, view
from chalicelib.domain.retention import order_over, record_over
from chalicelib.ports import Clock, HistoryRow, OrderStore, RecordKey, RecordStore, StoredOrder, StoredRecord
from chalicelib.recording import FINGERPRINT


class KeptOrders:
    """OrderStore over another. Orders of platforms without a limit pass untouched."""

    def __init__(self, orders: OrderStore, config: Callable[[], Config], clock: Clock) -> None:
        self.whole = orders  # as they lie there: for the job that removes what is over
        self._config = config
        self._clock = clock

    def over(self, order: OrderKey, layers: Layers) -> bool:
        """Whether the time of an order's personal data is over, as far as these layers tell."""
        days = self._config().retention.of(order.platform).orders
        return days is not None and order_over(view(order, layers), layers, days, self._clock.now())

    def keepable(self, order: OrderKey, known: Layers, told: Layers) -> Layers:
        """See the port."""
        if self._config().retention.of(order.platform).orders is None or not self.over(order, merge(known, told)):
            return told
        return divide(told)[0]

    def read(self, order: OrderKey) -> StoredOrder:
        """See the port."""
        return self._readable(order, self.whole.read(order))

    def read_many(self, orders: Collection[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """See the port."""
        return {order: self._readable(order, stored) for order, stored in self.whole.read_many(orders).items()}

    def write(self, order: OrderKey, stored: StoredOrder, *, expected_version: int) -> bool:
        """See the port."""
        return self.whole.write(order, self._readable(order, stored), expected_version=expected_version)

    def strip(self, order: OrderKey, version: int) -> bool:
        """See the port."""
        return self.whole.strip(order, version)

    def note(self, order: OrderKey, row: HistoryRow) -> None:
        """See the port."""
        self.whole.note(order, row)

    def history(self, order: OrderKey) -> list[HistoryRow]:
        """See the port."""
        return self.whole.history(order)

    def buckets(self, merchant: str, platform: str, account: str) -> tuple[int, int]:
        """See the port."""
        return self.whole.buckets(merchant, platform, account)

    def grow(self, merchant: str, platform: str, account: str, seen: tuple[int, int], times: int = 2) -> None:
        """See the port."""
        self.whole.grow(merchant, platform, account, seen, times)

    def _readable(self, order: OrderKey, stored: StoredOrder) -> StoredOrder:
        if stored.personal is None or not self.over(order, stored.layers):
            return stored
        return replace(stored, personal=None)


class KeptRecords:
    """RecordStore over another."""

    def __init__(self, records: RecordStore, config: Callable[[], Config], clock: Clock) -> None:
        self.whole = records
        self._config = config
        self._clock = clock

    def over(self, record: RecordKey, stored: StoredRecord) -> bool:
        """Whether the time of a record's personal data is over."""
        days = self._config().retention.of(record.platform).records
        return days is not None and record_over(_millis(stored), days, self._clock.now())

    def read(self, record: RecordKey) -> StoredRecord:
        """See the port."""
        return self._readable(record, self.whole.read(record))

    def write(self, record: RecordKey, stored: StoredRecord, *, expected_version: int) -> bool:
        """See the port."""
        return self.whole.write(record, self._readable(record, stored), expected_version=expected_version)

    def strip(self, record: RecordKey, version: int) -> bool:
        """See the port."""
        return self.whole.strip(record, version)

    def keys(self, merchant: str, platform: str, account: str, kind: str, day: date | None = None) -> Iterator[RecordKey]:
        """See the port."""
        return self.whole.keys(merchant, platform, account, kind, day)

    def spend(self, merchant: str, platform: str, account: str, day: date) -> Iterator[StoredRecord]:
        """See the port."""
        return self.whole.spend(merchant, platform, account, day)

    def _readable(self, record: RecordKey, stored: StoredRecord) -> StoredRecord:
        if stored.personal is None or not self.over(record, stored):
            return stored
        return replace(stored, personal=None)


def _millis(stored: StoredRecord) -> int:
    """The platform's time of a record; where it tells none, when it was heard, as far as that is kept."""
    heard = stored.clock[2][:-FINGERPRINT]
    return stored.clock[0] or int(heard or 0)
