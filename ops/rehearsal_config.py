"""The configuration of the rehearsal's merchant: every shop of the world, one campaign, one reader of the digest."""

from __future__ import annotations

from ops.simulator import traffic
from ops.simulator.model import World

SILENT_DAYS = 30
WINDOW_DAYS = 30
CAMPAIGN = "back30"
READER = "marketing@demo.example"


def toml(world: World) -> str:
    """`huitou.toml` of a world."""
    accounts = []
    for shop in world.shops:
        options = traffic.account_of(world, shop.platform).options
        lines = ["[[accounts]]", f'platform = "{shop.platform}"', f'account = "{shop.account}"']
        lines += ["[accounts.options]", *(f'{name} = "{value}"' for name, value in options.items())]
        accounts.append("\n".join(lines))
    return "\n".join([_HEAD.format(zone=world.zone.key), *accounts, _TAIL])


_HEAD = """
merchant = "demo"
name = "Huitou Demo"
time_zone = "{zone}"
currency = "CNY"
base_url = "https://hooks.example"
locale = "zh-CN"
"""
_TAIL = f"""
[[campaigns]]
key = "{CAMPAIGN}"
silent_days = {SILENT_DAYS}
window_days = {WINDOW_DAYS}
template = "winback"
holdout_permille = 100
daily_cap = 1000
offer = "HUITOU10"
[sending]
enabled = true
sender = "Huitou Demo <hello@demo.example>"
reply_to = "hello@demo.example"
postal = "Huitou Demo, 1 Example Road, Shanghai"
[digest]
recipients = ["{READER}"]
sender = "Huitou <digest@demo.example>"
locale = "en"
hour = 0
"""
