"""The configuration of the rehearsal's merchant: every shop of the world, one campaign, one reader of the digest."""

from __future__ import annotations

from collections.abc import Mapping

from ops.simulator import texts, traffic
from ops.simulator.model import World

SILENT_DAYS = 30
WINDOW_DAYS = 30
CONVERSION_DAYS = 14
CAMPAIGN = "back30"
COUPON = "HUITOU10"
READER = "marketing@demo.example"
RATES: Mapping[str, str] = {"USD": "7.12", "BRL": "1.31", "EUR": "8.24", "GBP": "9.43", "VND": "0.00028"}  # invented


def toml(world: World) -> str:
    """`huitou.toml` of a world."""
    accounts = [_account(shop.platform, shop.account, traffic.account_of(world, shop.platform).options) for shop in world.shops]
    texted = any(buyer.texts for buyer in world.buyers)
    if texted:  # an account of which nothing is ever heard would make the digest a provisional one
        accounts.append(_account(texts.KEY, texts.ACCOUNT, texts.OPTIONS))
    rates = [f'[[rates]]\ncurrency = "{name}"\nper = "{per}"\nday = 2026-01-01\nsource = "the demo"' for name, per in RATES.items()]
    # A subscribe message goes through the shop that it was allowed to: where there is none, there is no such channel.
    channels = ["email", *(["sms"] if texted else []), *(shop.platform for shop in world.shops if traffic.permits(shop))]
    tail = _TAIL.format(channels=", ".join(f'"{channel}"' for channel in channels), day=world.day.isoformat())
    return "\n".join([_HEAD.format(zone=world.zone.key), *accounts, *rates, tail])


def _account(platform: str, account: str, options: Mapping[str, str]) -> str:
    lines = ["[[accounts]]", f'platform = "{platform}"', f'account = "{account}"', "[accounts.options]"]
    return "\n".join([*lines, *(f'"{name}" = "{value}"' for name, value in options.items())])


_HEAD = """
merchant = "demo"
name = "Huitou Demo"
time_zone = "{zone}"
currency = "CNY"
base_url = "https://hooks.example"
locale = "zh-CN"
"""
# Half are left alone: a trial, to see whether it pays before it is made a habit.
_TAIL = f"""
[[campaigns]]
key = "{CAMPAIGN}"
silent_days = {SILENT_DAYS}
window_days = {WINDOW_DAYS}
conversion_days = {CONVERSION_DAYS}
template = "winback"
channels = [{{channels}}]
holdout_permille = 500
daily_cap = 5000
margin_permille = 450
[campaigns.offer]
code = "{COUPON}"
cost = 1000
[campaigns.message_costs]
email = 1
sms = 5
[campaigns.schedule]
ends = {{day}}
[sending]
enabled = true
sender = "Huitou Demo <hello@demo.example>"
reply_to = "hello@demo.example"
postal = "Huitou Demo, 1 Example Road, Shanghai"
[reviews]
enabled = true
[digest]
recipients = ["{READER}"]
sender = "Huitou <digest@demo.example>"
locale = "en"
at = 00:00:00
"""
