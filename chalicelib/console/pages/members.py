"""Members: finding a person, and their story. Whoever they are is sealed until somebody asks, on record.

Reads: the first page two for today and one or two for each of its buckets; a person's page is bounded by their 32 buyers and the
newest of their surveys; finding somebody one or two for each account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.console.pages.telling import message_of
from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.record import OrderKey
from chalicelib.domain.seats import Right
from chalicelib.errors import Rejected
from chalicelib.glancing import platform_name
from chalicelib.member_story import Happened, Story

LONGEST = 320  # of what is asked for: an address has no more
MOST_TODAY = 40
MOST_EVENTS = 150
MOST_OPENED = 3  # of a person's orders, the newest


def members(visit: Visit) -> Outcome:
    """Where people are looked for, and who bought today."""
    return Page("members", {"hits": None, "today_bought": visit.app.lookups.people.of_day(visit.today, MOST_TODAY)})


def find(visit: Visit) -> Outcome:
    """Look somebody up. What is asked for is in no address, no record, no page that comes back."""
    asked, people = visit.request.field("asked")[:LONGEST], visit.app.lookups.people
    if people.is_personal(asked) and not visit.may(Right.REVEAL):
        raise Rejected("not-by-address", "the role does not allow it", status=403)
    hits = people.find(asked)
    if not hits:
        raise Rejected("member-unknown", "nobody", status=400)
    if len(hits) == 1:
        return Go(visit.urls.at("members", hits[0]))
    return Page("members", {"hits": hits, "today_bought": []})


def found(visit: Visit) -> Outcome:
    """Whoever loads what was found again looks anew."""
    return Go(visit.urls.at("members"))


def member(visit: Visit) -> Outcome:
    """One person, without anything that says who."""
    return _shown(visit, _story(visit), None)


def reveal(visit: Visit) -> Outcome:
    """The same with names and addresses of the newest orders, this once; it was put on record before."""
    story = _story(visit)
    newest = sorted(story.person.rows, key=lambda row: (row.day, row.order_id), reverse=True)[:MOST_OPENED]
    return _shown(visit, story, [opened for row in newest if (opened := _opened(visit, row)) is not None])


def revealed(visit: Visit) -> Outcome:
    """Whoever loads the page again gets it masked."""
    return Go(visit.urls.at("members", visit.params["name"]))


def _story(visit: Visit) -> Story:
    story = visit.app.lookups.stories.of(visit.params["name"])
    if story is None:
        raise Rejected("member-unknown", "nobody", status=404)
    return story


def _shown(visit: Visit, story: Story, opened: list[dict[str, Any]] | None) -> Outcome:
    events = story.events[:MOST_EVENTS]
    values = {
        "name": story.person.name,
        "portrait": story.portrait,
        "profile": story.profile,
        "buyers": len(story.person.buyers),
        "platforms": sorted({platform_name(visit.app.hub, row.platform) for row in story.person.rows}),
        "events": [_event(visit, each) for each in events],
        "more_events": len(story.events) - len(events),
        "stances": story.stances,
        "suppressed": story.suppressed,
        "opened": opened,
        "itself": visit.urls.at("members", story.person.name),
        "reveal": visit.urls.at("members", story.person.name, "reveal"),
    }
    return Page("member", values)


def _event(visit: Visit, event: Happened) -> dict[str, Any]:
    told: dict[str, Any] = {"what": event.what, "day": event.day, "at": event.at}
    match event.what:
        case "order":
            row: MemberOrder = event.about
            at = visit.urls.at("orders", row.platform, row.account, row.order_id)
            shop = f"{platform_name(visit.app.hub, row.platform)} · {row.account}"
            told |= {"to": at, "shop": shop, "id": row.order_id, "net": row.net, "currency": row.currency, "counts": row.counts}
        case "message":
            told |= {"message": message_of(event.about)}
        case "answer":
            told |= {"score": event.about.score}
        case "case":
            place, case = event.about
            told |= {"stars": case.stars, "kind": place.kind, "to": visit.urls.at("reviews")}
        case "word":
            told |= {"word": event.about}
        case "joined":
            told |= {"count": event.about}
    return told


def _opened(visit: Visit, row: MemberOrder) -> dict[str, Any] | None:
    opened = visit.app.lookups.revealing.order(OrderKey(visit.merchant, row.platform, row.account, row.order_id))
    if opened is None:
        return None
    buyer, to = opened.order.buyer, opened.order.ship_to
    return {
        "day": row.day,
        "erased": opened.erased,
        "name": _first(buyer.name, to.name, buyer.nickname),
        "email": buyer.email or "",
        "phone": _first(buyer.phone, to.phone),
        "address": " ".join(filter(None, (to.country, to.province, to.city, to.district, to.address, to.postcode))),
    }


def _first(*told: str | None) -> str:
    named: Iterable[str] = filter(None, told)
    return next(iter(named), "")


ROUTES = (
    Route("GET", "members", Right.READ, members, nav="members"),
    Route("POST", "members/find", Right.READ, find, nav="members", act="member.find"),
    Route("GET", "members/find", Right.READ, found, nav="members"),
    Route("GET", "members/{name}", Right.READ, member, nav="members"),
    Route("GET", "members/{name}/reveal", Right.READ, revealed, nav="members"),
    Route("POST", "members/{name}/reveal", Right.REVEAL, reveal, nav="members", act="member.reveal"),
)
