"""Reviews and questions: the queue by deadline, and what people decide about one of them.

Reads: the queue as chalicelib/case_queue.py says, a page of a case about ten items. Nobody agrees to words they have not read: each
form names the draft that it was shown with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from chalicelib.bootstrap import Application
from chalicelib.case_queue import Filters, Waiting, queue
from chalicelib.console.pages.review_page import Typed, shown
from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.deciding import Deciding, step_named
from chalicelib.domain.answer_policy import digest_of
from chalicelib.domain.case import kind_of
from chalicelib.domain.seats import Right
from chalicelib.errors import Rejected, Retriable
from chalicelib.ports_cases import CaseKey

SHOWN = 30  # a page of the queue, and the most that are agreed to together
STATES = ("drafted", "waiting", "queued", "answered")
_PLACE = "reviews/{platform}/{account}/{kind}/{id}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A case in the queue, or what became of it when it was agreed to together with others."""

    place: CaseKey
    platform: str
    told: Waiting | None = None
    chosen: str = ""
    state: str = ""
    refused: str = ""


def reviews(visit: Visit) -> Outcome:
    """The queue, what is late first."""
    asked = visit.request.query
    filters = Filters(asked.get("platform") or None, _stars(asked.get("stars", "")), _one_of(asked.get("state", ""), STATES))
    found = queue(visit.app.outreach.desk.cases, visit.merchant, visit.now, filters)
    first = min(_number(asked.get("from", "")), len(found.cases))
    rows = [_row(visit, each) for each in found.cases[first : first + SHOWN]]
    values: dict[str, Any] = {
        "rows": rows,
        "late": found.late,
        "open": len(found.cases),
        "whole": found.whole,
        "filters": filters,
        "platforms": sorted({each.platform: _name(visit.app, each.platform) for each in visit.config.accounts}.items()),
        "states": STATES,
        "first": first,
        "pages": {"before": max(first - SHOWN, 0) if first else None, "next": _next(first, len(found.cases))},
        "any_alone": any(row.told and row.told.alone for row in rows),
    }
    return Page("reviews", values)


def case(visit: Visit) -> Outcome:
    """One of them."""
    return shown(visit, _place(visit), Typed())


def approve(visit: Visit) -> Outcome:
    """A yes to the draft as it was shown."""
    place = _place(visit)
    decided = _deciding(visit).approve(place, visit.seat.address, seen=visit.request.field("seen"))
    return Go(_at(visit, place), said="approved" if decided.state == "queued" else "approved_one")


def word(visit: Visit) -> Outcome:
    """Another draft; approved at once where one yes is enough. What the rules refuse is shown again with what was typed."""
    place, who = _place(visit), visit.seat.address
    text = visit.request.field("text").replace("\r\n", "\n").strip()
    try:
        decided = _deciding(visit).word(place, text, who, seen=visit.request.field("seen"))
    except Rejected as error:
        return _again(visit, place, error, Typed(text=text, refused="text", rules=_rules(error)))
    if visit.request.field("then") != "approve":
        return Go(_at(visit, place), said="draft_saved")
    if decided.needs > 1:
        return Go(_at(visit, place), said="draft_second")
    _note(visit, "review.approve", place)
    _deciding(visit).approve(place, who, seen=digest_of(text))
    return Go(_at(visit, place), said="approved")


def reject(visit: Visit) -> Outcome:
    """Nothing is answered."""
    place = _place(visit)
    _deciding(visit).reject(place, visit.seat.address, visit.request.field("note").strip()[:500])
    return Go(_at(visit, place), said="answer_rejected")


def step(visit: Visit) -> Outcome:
    """One of the five steps was taken."""
    place, note = _place(visit), visit.request.field("note").strip()[:500]
    _deciding(visit).step(place, step_named(visit.request.field("step")), visit.seat.address, note)
    return Go(_at(visit, place), said="done")


def write(visit: Visit) -> Outcome:
    """A private message, once."""
    place = _place(visit)
    text = visit.request.field("text").replace("\r\n", "\n").strip()
    try:
        visit.app.outreach.desk.writing.write(place, text, visit.seat.address)
    except Rejected as error:
        return _again(visit, place, error, Typed(private=text, refused="private", rules=_rules(error)))
    return Go(_at(visit, place), said="written")


def together(visit: Visit) -> Outcome:
    """A yes to several drafts of answers to good reviews, each as if it were alone; what is refused is said."""
    chosen = [_told(visit, each) for each in dict.fromkeys(visit.request.form.get("case", ()))][:SHOWN]
    if not chosen:
        raise Rejected("nothing-chosen", "no draft was chosen", status=409)
    return Page("reviews_together", {"rows": [_agreed(visit, seen, place) for seen, place in chosen]})


def _agreed(visit: Visit, seen: str, place: CaseKey) -> _Row:
    platform = _name(visit.app, place.platform)
    found, _ = visit.app.outreach.desk.cases.read(place)
    if found is None or not Waiting(place, found, None, late=False).alone:
        return _Row(place, platform, refused="look-alone")
    _note(visit, "review.approve", place)
    try:
        decided = _deciding(visit).approve(place, visit.seat.address, seen=seen)
    except (Rejected, Retriable) as error:
        return _Row(place, platform, refused=error.reason)
    return _Row(place, platform, state=decided.state)


def _again(visit: Visit, place: CaseKey, error: Rejected, typed: Typed) -> Outcome:
    """The page with what was typed, so that it need not be typed again."""
    if error.reason != "text-refused":
        raise error
    return shown(visit, place, typed)


def _rules(error: Rejected) -> tuple[str, ...]:
    return tuple(error.detail.split("; "))


def _row(visit: Visit, told: Waiting) -> _Row:
    chosen = "/".join(quote(each, safe="") for each in (told.seen, *told.place[1:]))
    return _Row(told.place, _name(visit.app, told.place.platform), told, chosen)


def _told(visit: Visit, chosen: str) -> tuple[str, CaseKey]:
    """A ticked row: the draft that was shown, and the case."""
    parts = [unquote(each) for each in chosen.split("/")]
    if len(parts) != 5:
        raise Rejected("form-malformed", "not a row of ours", status=400)
    seen, platform, account, kind, name = parts
    return seen, _key(visit, platform, account, kind, name)


def _place(visit: Visit) -> CaseKey:
    told = visit.params
    return _key(visit, told["platform"], told["account"], told["kind"], told["id"])


def _key(visit: Visit, platform: str, account: str, kind: str, name: str) -> CaseKey:
    try:
        return CaseKey(visit.merchant, platform, account, kind_of(kind), name)
    except ValueError:
        raise Rejected("no-such-page", "not found", status=404) from None


def _at(visit: Visit, place: CaseKey) -> str:
    return visit.urls.at("reviews", *place[1:])


def _deciding(visit: Visit) -> Deciding:
    return visit.app.outreach.desk.deciding


def _note(visit: Visit, act: str, place: CaseKey) -> None:
    visit.app.audit.note(visit.merchant, actor=visit.seat.address, act=act, subject="/".join(place[1:]))


def _name(app: Application, platform: str) -> str:
    try:
        return app.hub.connector(platform).info.name
    except Rejected:  # a platform that this version no longer knows still has its reviews
        return platform


def _stars(told: str) -> int | None:
    return int(told) if told in ("0", "1", "2", "3", "4", "5") else None


def _one_of(told: str, known: tuple[str, ...]) -> str | None:
    return told if told in known else None


def _number(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0


def _next(first: int, count: int) -> int | None:
    return first + SHOWN if first + SHOWN < count else None


ROUTES = (
    Route("GET", "reviews", Right.READ, reviews, nav="reviews"),
    Route("POST", "reviews/together", Right.REPLY, together, nav="reviews", act="review.together"),
    Route("GET", _PLACE, Right.READ, case, nav="reviews"),
    Route("POST", f"{_PLACE}/approve", Right.REPLY, approve, nav="reviews", act="review.approve"),
    Route("POST", f"{_PLACE}/word", Right.REPLY, word, nav="reviews", act="review.word"),
    Route("POST", f"{_PLACE}/reject", Right.REPLY, reject, nav="reviews", act="review.reject"),
    Route("POST", f"{_PLACE}/step", Right.REPLY, step, nav="reviews", act="review.step"),
    Route("POST", f"{_PLACE}/write", Right.REPLY, write, nav="reviews", act="review.write"),
)
