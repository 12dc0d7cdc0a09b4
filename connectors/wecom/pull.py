"""Pulling WeCom: all customers of all employees, a hundred a page. There is no list by time of change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.errcodes import Refused
from chalicelib.toolkit.loose import ident, told
from chalicelib.toolkit.paging import paged
from connectors.wecom import status
from connectors.wecom.api import asked, call
from connectors.wecom.payloads import Batch, CustomerHead, Employees, FollowHead, RawPair
from connectors.wecom.tags import names_by_id
from connectors.wecom.values import KEY, READ, known

SIZE = 100  # employees asked for at once, and customers a page [docs]


def pages(cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of customers. The cursor holds the first and the last of the employees asked for, and the platform's own."""
    employees = _employees(api)
    first, last, inner = _spelled(cursor) if cursor else ("", "", None)
    groups = [employees[start : start + SIZE] for start in range(0, len(employees), SIZE)]
    if cursor:
        rest = [each for each in employees if each > last]
        groups = [[each for each in employees if first <= each <= last]]
        groups += [rest[start : start + SIZE] for start in range(0, len(rest), SIZE)]
    groups = [group for group in groups if group]
    if not groups:
        yield Page((), None)
        return
    names = names_by_id(api)
    for place, group in enumerate(groups):
        after = _spell(groups[place + 1], "") if place + 1 < len(groups) else None
        for events, following in paged(partial(_page, api, group, names), inner, connector=KEY):
            yield Page(events, _spell(group, following) if following else after)
        inner = None


def _spell(group: list[str], token: str) -> str:
    return f"{group[0]}|{group[-1]}|{token}"


def _spelled(cursor: str) -> tuple[str, str, str | None]:
    parts = cursor.split("|", 2)
    if len(parts) != 3 or known(parts[0]) is None or known(parts[1]) is None:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return parts[0], parts[1], parts[2] or None


def _employees(api: Api) -> list[str]:
    found = READ.decode(Employees, call(api, "get_follow_user_list"), None).follow_user
    if found is None:
        raise READ.malformed("a list without employees", "$.follow_user", None)
    return sorted({each for each in found if known(each)})


def _page(api: Api, group: list[str], names: dict[str, str], token: str | None) -> tuple[tuple[Event, ...], str | None]:
    body: dict[str, Any] = {"userid_list": group, "limit": SIZE} | ({"cursor": token} if token else {})
    try:
        found = READ.decode(Batch, asked(api, "batch/get_by_user", body), None)
    except Refused as error:
        if error.code == status.NO_CUSTOMERS:
            return (), None
        raise Permanent("platform-refused", error.detail, connector=KEY) from None
    if found.external_contact_list is None:
        raise READ.malformed("a page without a list", "$.external_contact_list", None)
    events = [_event(pair, index, names, api) for index, pair in enumerate(found.external_contact_list)]
    return tuple(events), found.next_cursor or None


def _event(pair: RawPair, index: int, names: dict[str, str], api: Api) -> Event:
    """In the form of one customer's details, so that both are read one way: there tags have names, here ids."""
    path = f"$.external_contact_list[{index}]"
    if not told(pair.external_contact) or not told(pair.follow_info):
        raise READ.malformed("a customer without an employee", f"{path}.follow_info", None)
    resource = ident(READ.decode(CustomerHead, bytes(pair.external_contact), None, f"{path}.external_contact").external_userid)
    head = READ.decode(FollowHead, bytes(pair.follow_info), None, f"{path}.follow_info")
    if resource is None:
        raise READ.malformed("a customer without an id", f"{path}.external_contact.external_userid", None)
    follow: dict[str, Any] = dict(READ.decode(dict[str, msgspec.Raw], bytes(pair.follow_info), None, f"{path}.follow_info"))
    if head.tag_id is not None:
        follow["tags"] = [{"tag_name": names[each]} for each in head.tag_id if each in names]
    payload = msgspec.json.encode({"external_contact": pair.external_contact, "follow_user": [follow]})
    mark = hashlib.sha256(payload).hexdigest()[:32]
    # What a page says holds as of its reading: a list without times of change tells no other.
    return Event(f"pull:{resource}:{mark}", "batch/get_by_user", "contact", resource, api.now(), thin=False, payload=payload)
