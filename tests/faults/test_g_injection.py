"""What people write into names, codes and reviews, in everything that shows it: mails, files, cards of robots, the console.

Mails are in tests/unit/mail/test_message_injection.py and test_injection.py, answers in tests/unit/adapters/test_replies.py.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters import digest_files, digest_notice, digest_rows, digest_view
from chalicelib.adapters.console_pages import ConsolePages
from chalicelib.domain.order import Buyer
from chalicelib.domain.report import Report
from chalicelib.domain.voice import Review
from chalicelib.ports import RecordKey
from connectors.robots import kinds, text
from tests.console import browser
from tests.console.browser import CONSOLE, Browser, stack_with_console
from tests.console.test_reviews import shop_of
from tests.console.trade import erp, push
from tests.functional.exactness.test_answers import ANGER
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told
from tests.unit.mail import reports, whole
from tests.unit.mail.injections import MESSAGE_PAYLOADS, Skeleton, hidden, ran
from tests.unit.mail.test_injection import poisoned, spoil

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("https://evil.example")', "＝1+1")
ALL = (*MESSAGE_PAYLOADS, *FORMULAS)
STARTS = ("=", "+", "@", "\t", "\r", "＝", "＋", "－", "＠")  # of a formula; figures may start with a minus

# --- files ------------------------------------------------------------------------------------------------------------------------


def live_cells(payload: str) -> list[str]:
    """Cells of the attached table that a spreadsheet would take for more than text, or that are no cell of their own."""
    report = spoil(whole.everything(), payload)
    content = digest_files.as_csv(report).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    cells = [cell for row in rows for cell in row]
    found = [cell for cell in cells if cell.startswith(STARTS) or "\n" in cell or hidden(cell)]
    found += [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()]
    if {len(row) for row in rows} != {len(digest_files.COLUMNS)}:
        found.append("another number of cells")
    return found


@pytest.mark.fault(59)
def test_59_no_cell_of_a_digests_table_is_a_formula_and_its_json_is_whole(fault: Told) -> None:
    found = {payload: cells for payload in ALL if (cells := live_cells(payload))}
    assert found == {}
    for payload in ALL:
        told = json.loads(digest_files.as_json(poisoned(payload, "en")))
        assert told["products"][0]["account"] == payload.encode("utf-8", "replace").decode(), "programs get it as it was written"
    fault.figure(f"{len(ALL)} payloads in every cell of the attached files: {len(found)} live")


@pytest.mark.fault(59, saboteur=True)
def test_59_saboteur_names_are_written_into_cells_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_files, "safe", lambda name: name)
    monkeypatch.setattr(digest_rows, "safe", lambda name: name)
    assert all(live_cells(payload) for payload in FORMULAS[:5])


# --- cards of robots --------------------------------------------------------------------------------------------------------------

MARKS = "<>@*_[]`~#|\\\n"


def marks_of(kind: str, payload: str) -> Counter[str]:
    """The signs of a card that its client would read as more than text; what it mentions is one of them."""
    small = replace(reports.usual(), products=reports.usual().products[:1])
    report: Report = spoil(small, payload)
    notice = digest_notice.write(digest_view.build(report))
    card = kinds.KINDS[kind].render(notice, text.plain(notice.title))
    shown = json.dumps(card, ensure_ascii=False).replace("\\n", "\n")
    found = Counter({mark: shown.count(mark) for mark in MARKS})
    found["hidden"] = bool(hidden("".join(shown.split("\n"))))
    found["ran"] = ran(shown) and not ran(payload)
    return found


def live_cards() -> list[tuple[str, str]]:
    """Which payloads come alive on which robot's card."""
    quoted = ("\\", '"')  # a quotation mark in JSON is written with a backslash; no client sees it
    found = []
    for kind in kinds.KINDS:
        plain = marks_of(kind, "plain")
        for payload in ALL:
            told = marks_of(kind, payload)
            if quoted[1] in payload:
                told[quoted[0]] = plain[quoted[0]]
            if told != plain:
                found.append((kind, payload))
    return found


@pytest.mark.fault(59)
def test_59_nothing_comes_alive_on_the_card_of_a_robot(fault: Told) -> None:
    found = live_cards()
    assert found == []
    fault.figure(f"{len(ALL)} payloads on the cards of {len(kinds.KINDS)} robots: {len(found)} live")


@pytest.mark.fault(59, saboteur=True)
def test_59_saboteur_names_on_cards_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "plain", lambda name: name)
    assert len(live_cards()) > len(kinds.KINDS)


# --- the console ------------------------------------------------------------------------------------------------------------------

DAY = "digests/day/2026-11-20"
WIDTH = 5  # payloads an order


def written(payloads: tuple[str, ...]) -> list[bytes]:
    """Orders of a shop's own, with payloads wherever somebody outside can write."""
    told = [payload.encode("utf-8", "replace").decode().replace("\x00", "\u241b") for payload in payloads]
    found = []
    for number, start in enumerate(range(0, len(told), WIDTH)):
        some = (told[start : start + WIDTH] * WIDTH)[:WIDTH]
        lines: list[dict[str, Any]] = [
            {"line_id": str(at), "product_id": f"p{at}", "sku": one, "merchant_sku": one, "title": one, "quantity": 1,
             "unit_price": 100, "discount": 0, "total": 100}
            for at, one in enumerate(some)
        ]  # fmt: skip
        who = {
            "name": some[0],
            "phone": "+8613800000000",
            "country": "CN",
            "province": some[1],
            "city": some[2],
            "address": some[3],
        }
        buyer = {"id": f"b{number}", "name": some[4], "nickname": some[3], "email": f"b{number}@example.com"}
        came = {"source": some[0], "campaign": some[1], "coupons": [some[2]], "creator": some[3]}
        amounts = {"items": 500, "total": 500, "paid": 500}
        parcel = [{"carrier": some[4], "tracking_no": some[0]}]
        parts: dict[str, Any] = {"buyer": buyer, "ship_to": who, "lines": lines, "attribution": came, "amounts": amounts}
        found.append(erp(f"H-{number}", -2, 500, "b", platform_status=some[2], shipments=parcel, **parts))
    return found


def pages_of(engine: Any, payloads: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every page that shows anything of orders, by its path."""
    shop: Stack = stack_with_console(engine, CONSOLE)
    bodies = written(payloads)
    for body in bodies:
        push(shop, body)
    shop.settle()
    assert sum(shop.app.quarantine.counts("demo").values()) == 0, "all of them became orders"
    shop.app.reckoning.sweep("demo")
    shop.app.audit.note("demo", payloads[0], payloads[1], payloads[2])
    person = Browser([shop.app])
    person.sign_in(shop)
    home = "/console/m/demo"
    for number in range(len(bodies)):
        path = f"{home}/orders/generic/erp/H-{number}"
        got = person.get(path)
        yield path, got.body
        form = got.form("/reveal")
        yield f"{path}/reveal", person.post(form.action, form.fields).body
    (member, *_) = {link for link in got.links if link.startswith(f"{home}/members/")}
    for path in ("", "/orders", "/members", f"/{DAY}", f"/{DAY}/mail", "/accounts", "/campaigns", "/intake", "/people"):
        yield path, person.open(f"{home}{path}").body
    yield "member", person.open(member).body


def voices_of(engine: Any, payloads: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The pages of reviews."""
    shop, _ = shop_of(engine)
    told = [payload.encode("utf-8", "replace").decode() for payload in payloads]
    at = NOW - timedelta(hours=3)
    for number, payload in enumerate(told[:: WIDTH + 3]):
        review = Review(
            *("demo", "fake", "acme", f"r-{number}", "order-9", "p-1", payload, 1, f"{ANGER} {payload}", None),
            buyer=Buyer(id="b-1", name=payload, nickname=payload), created_at=at, updated_at=at,
        )  # fmt: skip
        shop.app.recording.keep(review, source=1, occurred_at=at, keep_raw=lambda: "raw")
        shop.app.outreach.desk.reviewing.on_record(RecordKey("demo", "fake", "acme", "review", f"r-{number}"))
    person = Browser([shop.app])
    person.sign_in(shop, "marketing")
    yield "reviews", person.open("/console/m/demo/reviews").body
    for number in range(len(told[:: WIDTH + 3])):
        yield f"r-{number}", person.open(f"/console/m/demo/reviews/fake/acme/review/r-{number}").body


def live_pages(engine: Any, make: Any, payloads: tuple[str, ...]) -> tuple[list[tuple[str, str]], int]:
    """What differs in anything but text between pages of hostile and of plain names; how many pages were looked at."""
    plain = {path: Skeleton(body) for path, body in make(engine, ("plain",) * len(payloads))}
    found, looked = [], 0
    for path, body in make(engine, payloads):
        page, looked = Skeleton(body), looked + 1
        signs = {
            "structure": [part for part in page.parts if part not in plain[path].parts],
            "active": page.active,
            "hidden": hidden(body),
            "evaluated": ran(page.shown) and not any(ran(payload) for payload in payloads),
        }
        found += [(path, sign) for sign, stands in signs.items() if stands]
    return found, looked


@pytest.mark.fault(59)
@pytest.mark.parametrize("make", [pages_of, voices_of], ids=["orders", "reviews"])
def test_59_nothing_comes_alive_on_a_page_of_the_console(make: Any, moto_engine: Any, fault: Told) -> None:
    found, looked = live_pages(moto_engine, make, ALL)
    assert found == []
    fault.figure(f"{len(ALL)} payloads on {looked} pages of the console: {len(found)} live")


@pytest.mark.fault(59, saboteur=True)
@pytest.mark.parametrize("guard", ["autoescape", "finalize"])
def test_59_saboteur_pages_that_do_not_escape_or_let_names_turn_lines_around(
    guard: str, moto_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = ConsolePages()
    loose: Any = {"autoescape": False} if guard == "autoescape" else {"finalize": None}
    monkeypatch.setitem(vars(pages), "_environment", pages._environment.overlay(**loose))
    monkeypatch.setattr(browser, "_PAGES", pages)
    monkeypatch.setattr(browser, "assert_guarded", lambda _got: None)
    found, _ = live_pages(moto_engine, pages_of, ("<b onclick=x>\u202egnp.exe",) * 3)
    assert {sign for _, sign in found} >= ({"structure", "active"} if guard == "autoescape" else {"hidden"})
