"""Carriers compared: what a parcel costs, how long it takes, and how often longer than promised. Pure.

Days on the way are known by carrier, promises by carrier and region. Where a carrier promises some regions more days than others, a
parcel counts as late only beyond the longest of these promises: it is late whichever region it went to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.domain.costs import CostBook
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.worth import Days, Freighted, Worth, freighted


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """One carrier, "" where nobody says which. `cost` of a parcel, of those whose price is known; money in the merchant's currency.

    `taken`: days on the way, of `delivered` parcels; begun days, so that the same day is one. `promised`: the shortest and the
    longest promise of the regions it went to, None where none is told. `late`: parcels beyond the longest, of those delivered;
    unknown where some region has no promise.
    """

    carrier: str
    parcels: int
    priced: int
    cost: Ratio
    delivered: int
    taken: Ratio
    promised: tuple[int, int] | None
    late: Ratio


@dataclass(slots=True)
class _Tally:
    freight: Freighted = field(default_factory=Freighted)
    days: dict[int, int] = field(default_factory=dict)
    promises: set[int] = field(default_factory=set)
    open: bool = False  # some region has no promise


def carrier_lines(days: Days, book: CostBook) -> tuple[CarrierLine, ...]:
    """Every carrier that took a parcel, the busiest first."""
    found: dict[str, _Tally] = {}
    unrated: set[str] = set()
    for day, booked in days.items():
        worth = Worth(book.rates, day, unrated)
        for sums in (sums for by in booked.values() for sums in by.values()):
            for carrier, freight in freighted(sums, book.freight, worth).items():
                mine = found.setdefault(carrier, _Tally())
                mine.freight = mine.freight.plus(freight)
            for carrier, taken in sums.delivery_days.items():
                mine = found.setdefault(carrier, _Tally())
                for count, parcels in taken.items():
                    mine.days[count] = mine.days.get(count, 0) + parcels
            for carrier, regions in sums.parcels.items():
                for region in regions:
                    row = book.freight.row(carrier, region, day)
                    if row is None or row.promised_days is None:
                        found[carrier].open = True
                    else:
                        found[carrier].promises.add(row.promised_days)
    lines = [_line(carrier, tally) for carrier, tally in found.items()]
    return tuple(sorted(lines, key=lambda line: (-line.parcels, line.carrier)))


def _line(carrier: str, tally: _Tally) -> CarrierLine:
    delivered = sum(tally.days.values())
    promised = (min(tally.promises), max(tally.promises)) if tally.promises else None
    judged = promised is not None and not tally.open
    late = sum(parcels for count, parcels in tally.days.items() if judged and promised and count > promised[1])
    return CarrierLine(
        carrier=carrier,
        parcels=tally.freight.all,
        priced=tally.freight.known,
        cost=Ratio(tally.freight.cost, tally.freight.known),
        delivered=delivered,
        taken=Ratio(sum(count * parcels for count, parcels in tally.days.items()), delivered),
        promised=promised,
        late=Ratio(late, delivered) if judged else Ratio(None, delivered),
    )
