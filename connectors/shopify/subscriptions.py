"""Webhook subscriptions of the shop's own, by GraphQL (API version 2025-10 and later).

Those of the app's configuration file and of the store's admin are not listed, so that next to them another would be made: only an
account whose option `webhooks` is "shop" says that there are none.
"""

from __future__ import annotations

import msgspec

from chalicelib.contract import Account, Api
from chalicelib.errors import Permanent
from chalicelib.subscribing import PushSubscription
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.paging import must_continue
from connectors.shopify.api import GraphQL
from connectors.shopify.graphql import PageInfo
from connectors.shopify.headers import KEY

TOPICS = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_CANCELLED",
    "REFUNDS_CREATE",
    "FULFILLMENTS_CREATE",
    "FULFILLMENTS_UPDATE",
)
MOST_PAGES = 20
TAKEN = "already been taken"
LIST = """query($after:String){webhookSubscriptions(first:100, after:$after){
pageInfo{hasNextPage endCursor} nodes{id topic uri}}}"""
CREATE = """mutation($topic:WebhookSubscriptionTopic!,$uri:String!){
webhookSubscriptionCreate(topic:$topic, webhookSubscription:{uri:$uri, format:JSON}){
webhookSubscription{id} userErrors{message}}}"""


class _Node(msgspec.Struct):
    id: str
    topic: str
    uri: str | None = None


class _Nodes(msgspec.Struct, rename="camel"):
    page_info: PageInfo
    nodes: list[_Node]


class _List(msgspec.Struct, rename="camel"):
    webhook_subscriptions: _Nodes


class _Complaint(msgspec.Struct):
    message: str = ""


class _Made(msgspec.Struct, rename="camel"):
    user_errors: list[_Complaint] = []


class _Answer(msgspec.Struct, rename="camel"):
    webhook_subscription_create: _Made | None = None


def topics(account: Account) -> tuple[str, ...]:
    """The topics of orders, where the account's subscriptions are the shop's own; else none."""
    return TOPICS if account.options.get("webhooks") == "shop" else ()


def listed(address: str, api: Api) -> tuple[PushSubscription, ...]:
    """The shop's subscriptions to `address`. Shopify deletes those that fail, and switches none off."""
    graphql, after, found = GraphQL(api), None, list[PushSubscription]()
    for _ in range(MOST_PAGES):
        page = read(decoder(_List), graphql.ask(LIST, {"after": after}), connector=KEY).webhook_subscriptions
        found += [PushSubscription(each.topic, each.id) for each in page.nodes if each.uri == address]
        told = page.page_info
        path = "$.data.webhookSubscriptions.pageInfo.endCursor"
        after = must_continue(told.has_next_page, told.end_cursor, connector=KEY, path=path)
        if after is None:
            return tuple(found)
    raise Permanent("pull-truncated", f"more than {MOST_PAGES} pages of subscriptions", connector=KEY)


def make(topic: str, address: str, api: Api) -> None:
    """Subscribe; one that is there already is as good. Permanent where Shopify refuses the topic or address."""
    answer = read(decoder(_Answer), GraphQL(api).ask(CREATE, {"topic": topic, "uri": address}), connector=KEY)
    made = answer.webhook_subscription_create
    if made is None:
        raise Permanent("api-malformed", "an answer without its mutation", connector=KEY)
    if any(TAKEN not in each.message for each in made.user_errors):
        raise Permanent("subscription-refused", f"Shopify takes no subscription to {topic}", connector=KEY)
