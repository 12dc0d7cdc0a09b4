"""On which channels the buyers of a platform may be written to for marketing: every platform by name, and where that is said.

A platform that is not the merchant's own shop opens no channel of ours: what it hands out of its buyers is for the order. What is
open still asks for the person's consent.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors import registry

OWN_SHOP = frozenset({"email", "sms", "whatsapp"})
NONE: frozenset[str] = frozenset()
OPEN: Mapping[str, frozenset[str]] = {
    "alibaba1688": NONE,  # no buyer contact by API but a Wangwang link
    "aliexpress": NONE,  # chat cannot be read or written by API; contact data are for delivery
    "amazon": NONE,  # SP-API messaging and solicitations: about the order only; buyer addresses are relays
    "amazonads": NONE,  # advertising: no buyers
    "douyin": NONE,  # text messages only through the platform's own sms.send, to encrypted numbers
    "ebay": NONE,  # Commerce Message API: about a listing or order; user agreement forbids offers outside of eBay
    "eleme": NONE,  # privacy numbers that expire; messages are reminders' answers
    "ga4": NONE,  # measurement: no buyers
    "generic": OWN_SHOP,  # the merchant's own system
    "googleads": NONE,  # advertising: no buyers
    "jd": NONE,  # Dongdong by special grant; contact data masked
    "kuaishou": NONE,  # approved service robots only; contact data encrypted
    "lazada": NONE,  # IM within 7 days of an order; contact data masked
    "magento": OWN_SHOP,  # the merchant's own shop
    "meituan": NONE,  # IM by invitation; privacy numbers
    "mercadolibre": NONE,  # post-sale messages about an order; others are moderated away
    "meta": NONE,  # a channel, no shop: whom WhatsApp may reach is decided by where they bought, and by their consent
    "pinduoduo": NONE,  # no buyer id at all
    "robots": NONE,  # a channel to the merchant's own people
    "ses": NONE,  # a channel, no shop
    "shopee": NONE,  # sellerchat: no bulk use; contact data masked
    "shopify": OWN_SHOP,  # the merchant's own shop; own e-mail and SMS by the state of consent
    "sms": frozenset({"sms"}),  # a channel, no shop; answers withdraw
    "taobao": NONE,  # Qianniu is closed; contact data masked
    "tiktokshop": NONE,  # customer service messages and the platform's own engagement tasks only
    "wechat": frozenset({"wechat"}),  # subscribe messages, each by a permission of the person's
    "wecom": frozenset({"wecom"}),  # customers of employees, group-send tasks
    "weibo": NONE,  # social: no orders, service to fans only
    "woocommerce": OWN_SHOP,  # the merchant's own shop
    "xiaohongshu": NONE,  # contact data masked or empty, nothing to write by
    "youzan": NONE,  # contact data encrypted for each shop; the parameters of its template messages are unknown
}


def test_every_platform_opens_what_its_terms_do_and_no_more() -> None:
    assert {key: registry.connector(key).info.marketing for key in registry.KEYS} == OPEN
