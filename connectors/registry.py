"""Platform key to connector, imported on first use: a Lambda that serves one platform loads one package."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from chalicelib.contract import Connector
from chalicelib.errors import Rejected

KEYS: tuple[str, ...] = (
    "alibaba1688",
    "aliexpress",
    "amazon",
    "amazonads",
    "douyin",
    "ebay",
    "eleme",
    "ga4",
    "generic",
    "googleads",
    "jd",
    "kuaishou",
    "lazada",
    "magento",
    "meituan",
    "mercadolibre",
    "meta",
    "pinduoduo",
    "robots",
    "ses",
    "shopee",
    "shopify",
    "sms",
    "taobao",
    "tiktokshop",
    "wechat",
    "wecom",
    "weibo",
    "woocommerce",
    "xiaohongshu",
    "youzan",
)


@cache
def connector(key: str) -> Connector:
    """The connector of a platform; an unknown key is Rejected with 404."""
    if key not in KEYS:
        raise Rejected("platform-unknown", "no such platform", status=404)
    return cast(Connector, import_module(f"connectors.{key}").CONNECTOR)
