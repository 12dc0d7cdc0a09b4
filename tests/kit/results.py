"""Checks of what comes out: events, canonical objects, amounts, ids, owners."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib import channels, contract, subscribing
from chalicelib.contract import Capability, Connector, Event
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Amounts, gap
from chalicelib.errors import HuitouError, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.clocks import rfc3339
from tests.kit.cases import Case
from tests.kit.common import (
    ENDINGS,
    KINDS,
    canonical_plain,
    feeds,
    opened,
    pushes,
    replaced,
    require_located,
    verify,
)


def check_capabilities(connector: Connector) -> None:
    """What is declared is what is implemented, and the description is whole."""
    info = connector.info
    for capability in Capability:
        homes = (contract, channels, subscribing)
        protocol = next((found for home in homes if (found := getattr(home, capability.value, None))), None)
        if protocol is None:
            assert capability not in info.capabilities, f"{capability} is declared, but has no Protocol"
            continue
        implemented = isinstance(connector, protocol)
        assert implemented == (capability in info.capabilities), f"{capability}: declared and implemented differ"
    receives = Capability.RECEIVES_WEBHOOKS in info.capabilities
    assert (info.push_trust == "none") != receives, "push_trust and ReceivesWebhooks differ"
    assert all(header == header.lower() for header in info.push_headers), "push_headers are lower-case"
    assert info.doc == f"docs/connectors/{info.key}.md", "the page is docs/connectors/<key>.md"
    calls = {Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.PULLS_REVIEWS} & info.capabilities
    assert not calls or info.api_hosts or info.host_option, "a connector that calls an API names its hosts"


def check_push_expected(connector: Connector, case: Case) -> None:
    """Reply, ids, events and what they map to are as expected.json says."""
    assert push_result(connector, case) == case.expected, f"{case.key}/{case.name}: differs from expected.json"


def push_result(connector: Connector, case: Case) -> dict[str, Any]:
    """What expected.json of a push holds."""
    found = verify(connector, case)
    events = pushes(connector).events(opened(case.request, found), case.ref) if found.carries_event else ()
    mapped = [each for event in events if not event.thin for each in _mapped(connector, event, case)]
    return {
        "delivery_id": found.delivery_id,
        "topic": found.topic,
        "carries_event": found.carries_event,
        "reply": {"status": found.reply.status, "body": found.reply.body, "content_type": found.reply.content_type},
        "events": [event_shape(each) for each in events],
        "canonical": [to_plain(each) for each in mapped],
        **({} if found.shop is None else {"shop": dict(found.shop)}),
        **({"also": [dict(each) for each in found.also]} if found.also else {}),
    }


def check_feed_expected(connector: Connector, case: Case) -> None:
    """Owner, events and what they map to are as expected.json says, and the record's owner is the account of the case."""
    found = feed_result(connector, case)
    assert found == case.expected, f"{case.key}/{case.name}: differs from expected.json"
    for name, value in found["address"].items():
        assert case.account.options.get(name) == value, f"the record's {name} is not the account's"
    require_cut(feeds(connector).events(case.request, case.ref))


def feed_result(connector: Connector, case: Case) -> dict[str, Any]:
    """What expected.json of a feed's record holds."""
    events = feeds(connector).events(case.request, case.ref)
    mapped = [each for event in events if not event.thin for each in _mapped(connector, event, case)]
    return {
        "address": dict(feeds(connector).address(case.body)),
        "events": [event_shape(each) for each in events],
        "canonical": [to_plain(each) for each in mapped],
    }


def _mapped(connector: Connector, event: Event, case: Case) -> tuple[Canonical, ...]:
    try:
        return connector.canonical(event.kind, event.payload, case.ref)
    except Skippable:
        return ()


def event_shape(event: Event) -> dict[str, Any]:
    """An event as the command line prints it."""
    return {
        "delivery_id": event.delivery_id,
        "topic": event.topic,
        "kind": event.kind,
        "resource_id": event.resource_id,
        "occurred_at": None if event.occurred_at is None else rfc3339(event.occurred_at),
        "thin": event.thin,
    }


def check_events(connector: Connector, case: Case) -> None:
    """Events have a known kind, text ids, aware times, and a payload that canonical() reads when they are fat."""
    found = verify(connector, case)
    require_cut(pushes(connector).events(opened(case.request, found), case.ref))


def require_cut(events: Sequence[Event]) -> None:
    """What check_events asks of events, wherever they were cut from."""
    assert events, "a push that carries an event has one"
    assert len({(event.delivery_id, event.kind) for event in events}) == len(events), "events of one delivery have ids of their own"
    for event in events:
        assert event.kind in KINDS, f"kind {event.kind}"
        assert event.delivery_id, "a delivery id"
        assert isinstance(event.topic, str), "a topic"
        assert event.resource_id is None or isinstance(event.resource_id, str), "ids are text or None"
        assert event.occurred_at is None or _aware(event.occurred_at), "times are aware"
        assert isinstance(event.payload, bytes), "a payload is bytes"
        assert not event.thin or event.resource_id, "a thin event names its resource"


def _aware(at: datetime) -> bool:
    return at.tzinfo is not None and at.utcoffset() is not None


def check_canonical(connector: Connector, case: Case) -> None:
    """The canonical JSON equals expected.json, twice over: mapping keeps no state."""
    for _ in range(2):
        assert canonical_plain(connector, case) == case.expected, f"{case.key}/{case.name}: differs from expected.json"


def check_ends(connector: Connector, case: Case) -> None:
    """A payload that must be refused ends in the error its case names, with connector and path."""
    try:
        connector.canonical(case.payload_kind, case.body, case.ref)
    except ENDINGS[case.expect] as error:
        require_located(connector, error)
        return
    except HuitouError as error:
        raise AssertionError(f"{type(error).__name__} instead of {case.expect}") from error
    raise AssertionError(f"mapped instead of {case.expect}")


def check_unmapped_status(connector: Connector, case: Case) -> None:
    """A status the tables do not know becomes `unknown`; its word is kept."""
    told = case.told["unmapped"]
    changed = replaced(json.loads(case.body), told["path"], told["value"])
    assert changed != json.loads(case.body), "the unmapped path is in the body"
    orders = [
        each for each in connector.canonical("order", json.dumps(changed).encode(), case.ref) if hasattr(each, "refund_status")
    ]
    assert orders, "an order comes out"
    for order in orders:
        plain = to_plain(order)
        assert plain["status"] == "unknown", f"an unknown status became {plain['status']}"
        assert str(told["value"]) in str(plain["platform_status"]), "platform_status is verbatim"


def check_big_id(connector: Connector, case: Case) -> None:
    """Ids above 2^53 come out digit for digit, as text."""
    big = str(case.told["big_id"])
    assert int(big) > 2**53 and big.encode() in case.body, "big_id is above 2^53 and in the body"
    assert big in list(_texts(canonical_plain(connector, case))), f"{big} did not come out whole"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def check_amounts(connector: Connector, case: Case) -> None:
    """Amounts are whole minor units, obey the equation or carry the gap, and agree with the refund status."""
    for plain in canonical_plain(connector, case):
        if "amounts" not in plain:
            continue
        parts, extra = plain["amounts"], plain["extra"]
        assert all(value is None or type(value) is int for value in parts.values()), "amounts are whole minor units"
        difference = gap(Amounts(**parts), plain["tax_included"])
        assert extra.get("amounts_gap", 0) == (difference or 0), f"amounts_gap is {extra.get('amounts_gap')}, the gap {difference}"
        if parts["refunded"] is not None and parts["paid"] is not None and parts["refunded"] > 0:
            whole = parts["refunded"] >= parts["paid"] > 0
            assert plain["refund_status"] == ("full" if whole else "partial"), "refund_status follows the amounts"
        for line in plain["lines"]:
            if None not in (line["unit_price"], line["discount"], line["total"]):
                assert line["total"] == line["unit_price"] * line["quantity"] - line["discount"], "a line's total"


def check_tenant(connector: Connector, case: Case) -> None:
    """Everything that comes out belongs to the account it came in by."""
    account = case.account
    for plain in canonical_plain(connector, case):
        owner = (plain["merchant"], plain["platform"], plain["account"])
        assert owner == (account.merchant, connector.info.key, account.account), f"owned by {owner}"


def speaks_only(connector: Connector) -> bool:
    """Whether the platform has no orders: it is pulled for what is said or spent there, and not for orders."""
    told = connector.info.capabilities
    said = {
        Capability.PULLS_REVIEWS,
        Capability.SENDS_MESSAGES,
        Capability.PULLS_SPEND,
        Capability.PULLS_CONTACTS,
        Capability.SENDS_TEMPLATES,
        Capability.POSTS_NOTICES,
    }
    # A feed of what became of messages, with nothing to read it again by.
    tells = {Capability.RECEIVES_WEBHOOKS, Capability.RECEIVES_FEED, Capability.FETCHES_KEYS, Capability.HYDRATES}
    return (bool(said & told) and Capability.PULLS_ORDERS not in told) or told == tells


def check_fixtures(connector: Connector, found: Sequence[Case]) -> None:
    """A connector brings what the other checks need."""
    kinds = {(case.kind, case.expect) for case in found}
    if Capability.RECEIVES_WEBHOOKS in connector.info.capabilities:
        assert ("push", "accept") in kinds, "a push that is accepted"
        assert ("push", "reject") in kinds, "a push that is refused"
    if Capability.RECEIVES_FEED in connector.info.capabilities:
        assert ("feed", "accept") in kinds, "a record of the feed"
    silent = connector.info.capabilities <= {Capability.POSTS_NOTICES}
    assert silent or any("big_id" in case.told for case in found), "an object with an id above 2^53 (big_id)"
    if speaks_only(connector):
        spoken = {(kind, "accept") for kind in ("review", "message", "spend", "contact")} & kinds
        assert spoken or silent, "something that is said, or spent"
    else:
        assert ("order", "accept") in kinds, "an order"
        assert any("unmapped" in case.told for case in found), "an order whose status is made unknown (unmapped)"
    if Capability.HANDLES_ERASURE in connector.info.capabilities:
        assert ("privacy", "accept") in kinds, "a privacy request"
