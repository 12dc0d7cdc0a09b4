"""What Amazon lets a shop send: messages about an order, and its own request for a review. Never anything else."""

from __future__ import annotations

from chalicelib.contract import Api, Rate, Sent, Target
from chalicelib.errors import ConfigError, Permanent
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words
from connectors.amazon.api import GET_ORDER, MESSAGING, SOLICITATIONS, get, speak
from connectors.amazon.pull import ORDERS
from connectors.amazon.values import KEY, READ, ident


def send(target: Target, text: str, api: Api) -> Sent:
    """To an `order`: a message of the kind in the option `message_kind`. To a `review` (of an order): Amazon's own request.

    Amazon is asked first what it allows for the order; what it does not is Permanent("message-not-allowed").
    """
    order_id = ident(target.id)
    if order_id is None or target.kind not in ("order", "review"):
        raise Permanent("target-unknown", "only the buyer of an order can be written to", connector=KEY)
    if target.kind == "review":
        if text:
            raise Permanent("text-refused", "Amazon words the request for a review itself", connector=KEY)
        market = (("marketplaceIds", _market(order_id, api)),)
        base = f"/solicitations/v1/orders/{order_id}"
        _require_allowed(words.SOLICITATION, base, market, SOLICITATIONS, api)
        speak(api, f"{base}/solicitations/{words.SOLICITATION}", market, None, SOLICITATIONS)
        return Sent(None)
    kind = api.account.options.get("message_kind", words.DEFAULT_MESSAGE)
    if kind not in words.MESSAGES:
        raise ConfigError("message-kind-unknown", "option message_kind is none that takes a text", connector=KEY)
    market = (("marketplaceIds", _market(order_id, api)),)
    base = f"/messaging/v1/orders/{order_id}"
    _require_allowed(kind, base, market, MESSAGING, api)
    speak(api, f"{base}/messages/{kind}", market, {"text": text}, MESSAGING)
    return Sent(None)


def _market(order_id: str, api: Api) -> str:
    """The marketplace of the order, which every call has to name."""
    answer = READ.decode(shapes.Document, get(api, f"{ORDERS}/{order_id}", (), GET_ORDER), None)
    market = answer.order.sales_channel.marketplace_id if answer.order and answer.order.sales_channel else None
    if ident(market) is None:
        raise READ.malformed("an order without a marketplace", "$.order.salesChannel.marketplaceId", None)
    return str(market)


def _require_allowed(name: str, path: str, query: tuple[tuple[str, str], ...], rate: Rate, api: Api) -> None:
    found = READ.decode(shapes.Actions, get(api, path, query, rate), None).links
    if name not in [each.name for each in (found.actions or () if found else ())]:
        raise Permanent("message-not-allowed", "Amazon does not allow this for the order", connector=KEY)
