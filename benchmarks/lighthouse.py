"""The console's pages as Lighthouse sees them, over the local runtime's gateway and DynamoDB Local."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.capacity import metered, missing
from benchmarks.console import PEOPLE, fill, pages, served
from benchmarks.harness import Line, Options, at_least
from benchmarks.reads import BulkTable
from benchmarks.rig import CONFIG, Rig
from ops import lighthouse
from ops.local import TABLE

ORDERS = 3_000
BUDGETS = {"performance": 95, "accessibility": 100, "best-practices": 100}
MAIN = 5


def measure_lighthouse(_: Options) -> Iterator[Line]:
    """The five main pages, signed in: a score of each category, and what cost points."""
    reason = missing()
    if reason is None:
        try:
            folder = lighthouse.fetch()
        except lighthouse.Unavailable as error:
            reason = str(error)
    if reason is not None:
        yield Line("the console's pages as Lighthouse sees them", None, detail=reason)
        return
    with metered() as engine:
        rig = Rig(engine, CONFIG + PEOPLE, table=lambda one: BulkTable(lambda: one.client("dynamodb"), TABLE))
        key = fill(rig, ORDERS)
        with served(rig) as (url, cookie):
            for name, path in pages(key)[:MAIN]:
                found = lighthouse.audit(folder, url + path, {"Cookie": cookie, "Accept-Language": "en"})
                for category, budget in BUDGETS.items():
                    one = found[category]
                    yield Line(f"{name}, {category}", one.score, "", at_least(budget), ", ".join(one.faults))
