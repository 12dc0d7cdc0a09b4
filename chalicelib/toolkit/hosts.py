"""Addresses that a merchant configured for a shop of their own: only what can be a public https address is ever called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from chalicelib.errors import ConfigError

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter: no spelling of an IP address (decimal, octal, hex without a letter) is a name.
_NAME = re.compile(rf"({_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_HEX = re.compile(r"0x[0-9a-f]*", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
# Names that never are public: RFC 6761, RFC 6762, RFC 8375, and what clouds call their own insides.
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "test", "invalid")


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
    if not plain or not public_name(host) or not _PATH.fullmatch(path) or "/.." in path or "/." in path:
        raise _refused(option, connector)
    return ShopAddress(host, f"https://{host}{path}")


def public_name(host: str) -> bool:
    """Whether `host` is the spelling of a name that can be public."""
    if len(host) > 253 or not _NAME.fullmatch(host) or any(_HEX.fullmatch(label) for label in host.split(".")):
        return False
    return not any(host == name or host.endswith(f".{name}") for name in _INSIDE)


def _refused(option: str, connector: str) -> ConfigError:
    return ConfigError("address-refused", f"the option {option} must be the https address of a public host", connector=connector)
