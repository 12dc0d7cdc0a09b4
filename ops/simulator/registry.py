"""Platform key to simulated platform, imported on first use. The order of the keys is that of the shops in the world."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from ops.simulator.traits import Platform

KEYS: tuple[str, ...] = (
    "shopify",
    "douyin",
    "mercadolibre",
    "generic",
    "woocommerce",
    "shopee",
    "lazada",
    "tiktokshop",
    "aliexpress",
    "ebay",
    "amazon",
    "magento",
    "taobao",
    "jd",
    "pinduoduo",
    "kuaishou",
    "xiaohongshu",
    "wechat",
    "youzan",
    "alibaba1688",
    "meituan",
    "eleme",
)
DEMO: tuple[str, ...] = KEYS  # what `huitou demo` plays


@cache
def platform(key: str) -> Platform:
    """The simulated platform of a key; KeyError when the simulator does not know it."""
    if key not in KEYS:
        raise KeyError(key)
    return cast(Platform, import_module(f"ops.simulator.platforms.{key}").PLATFORM)
