"""The shop's webhooks, one address for each type of event. Asking for one that is there already changes nothing.

Those that the application has in Partner Center, for all its shops, are others: only an account whose option `webhooks` is "shop"
says that there are none.
"""

from __future__ import annotations

import msgspec

from chalicelib.contract import Account, Api
from chalicelib.errors import Permanent
from chalicelib.subscribing import PushSubscription
from connectors.tiktokshop.api import call
from connectors.tiktokshop.values import READ

PATH = "/event/202309/webhooks"
TOPICS = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
)


def topics(account: Account) -> tuple[str, ...]:
    """The types of event about orders, where the account's webhooks are the shop's own; else none."""
    return TOPICS if account.options.get("webhooks") == "shop" else ()


class _Hook(msgspec.Struct):
    event_type: str | None = None
    address: str | None = None


class _Hooks(msgspec.Struct):
    webhooks: list[_Hook] | None = None


def listed(address: str, api: Api) -> tuple[PushSubscription, ...]:
    """The types of event that are pushed to `address`."""
    found = READ.decode(_Hooks, bytes(call(api, "GET", PATH)), None, "$.data").webhooks or []
    return tuple(PushSubscription(each.event_type) for each in found if each.event_type and each.address == address)


def make(topic: str, address: str, api: Api) -> None:
    """Have a type of event pushed to `address`, in the place of any other of this application."""
    try:
        call(api, "PUT", PATH, body={"address": address, "event_type": topic})
    except Permanent as error:
        if error.reason != "answer-empty":  # nothing to tell, and nothing is wrong
            raise
