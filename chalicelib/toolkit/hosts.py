"""Addresses that came from outside: only what can be a public https address is ever called, whatever way it is spelt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from chalicelib.errors import ConfigError

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter: no spelling of an IP address (decimal, octal, hex without a letter) is a name.
_NAME = re.compile(rf"({_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_HEX = re.compile(r"0x[0-9a-f]*", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
# Names that never are public: RFC 6761, RFC 6762, RFC 8375, and what clouds call their own insides.
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "test", "invalid")
# An https address that every parser reads alike: nothing but a name and perhaps `:443` before the first of `/?#`.
_HTTPS = re.compile(r"https://([a-z0-9.-]{1,253})(?::443)?(?=[/?#]|\Z)", re.ASCII | re.IGNORECASE)
# IANA's registries of special addresses: what is not the public internet, or leads to something that may not be.
_NO_V4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",
    "100.64.0.0/10",  # carriers' NAT; a cloud's metadata at 100.100.100.200
    "127.0.0.0/8",
    "168.63.129.16/32",  # a cloud's wire server, on an address that looks public
    "169.254.0.0/16",  # link-local; metadata at 169.254.169.254
    "172.16.0.0/12",
    "192.0.0.0/24",  # protocol assignments; a cloud's metadata at 192.0.0.192
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",  # 6to4's relays
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)
# Global unicast alone is public: loopback, v4-mapped, NAT64 (64:ff9b::), SRv6 (5f00::), fc00::, fe80::, ff00:: lie outside it.
_V6 = "2000::/3"
_NO_V6 = (
    "2001::/23",  # Teredo, ORCHID, benchmarks
    "2001:db8::/32",
    "2002::/16",  # 6to4: any address of version 4 within
    "2620:4f:8000::/48",
    "3fff::/20",
)


@dataclass(frozen=True, slots=True)
class ShopAddress:
    """Host in lower case and base URL without a slash at its end: `https://shop.example.com/store`."""

    host: str
    base: str


def shop_address(text: str | None, *, connector: str, option: str) -> ShopAddress:
    """The address in an account's option: `https://host[/path]`, or the bare host. ConfigError for anything else.

    Refused: other schemes, ports, users, queries, IP addresses in any spelling, names without a dot, names of inner networks.
    What a public name resolves to is not looked at here.
    """
    if not text:
        raise ConfigError("option-missing", f"the option {option} (the shop's address) is not configured", connector=connector)
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port, path = (parts.hostname or "").lower().removesuffix("."), parts.port, parts.path.rstrip("/")
    except ValueError:
        raise _refused(option, connector) from None
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc and not parts.query and not parts.fragment
    # Line breaks and tabs within a host are let fall by one parser and not by another.
    if not plain or not text.isprintable() or not public_name(host) or not _PATH.fullmatch(path) or "/.." in path or "/." in path:
        raise _refused(option, connector)
    return ShopAddress(host, f"https://{host}{path}")


def https_host(url: str) -> str | None:
    """The host of `https://name[:443][/...]` in lower case; None for every other URL, such as one that two parsers read apart."""
    found = _HTTPS.match(url)
    return found[1].lower() if found and public_name(found[1].lower()) else None


def public_address(address: str) -> bool:
    """Whether an IP address, as a resolver tells it, is one of the public internet. False for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        return found.scope_id is None and found in _network(_V6) and not _within(found, _NO_V6)
    return not _within(found, _NO_V4)


def _within(address: object, networks: Iterable[str]) -> bool:
    return any(address in _network(each) for each in networks)


@lru_cache(maxsize=64)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def public_name(host: str) -> bool:
    """Whether `host` is the spelling of a name that can be public."""
    if len(host) > 253 or not _NAME.fullmatch(host) or any(_HEX.fullmatch(label) for label in host.split(".")):
        return False
    return not any(host == name or host.endswith(f".{name}") for name in _INSIDE)


def _refused(option: str, connector: str) -> ConfigError:
    return ConfigError("address-refused", f"the option {option} must be the https address of a public host", connector=connector)
