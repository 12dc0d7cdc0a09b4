"""Which identifiers may tell that two buyers are one person, in one spelling. Pure; hashing is the vault's."""

from __future__ import annotations

# Addresses that a platform or mailbox provider makes up for one shop or purchase: they never link two buyers.
# Sources: the platforms' sheets; Apple's and Firefox's relay documentation.
RELAY_DOMAINS = frozenset(
    {
        "marketplace.amazon.com",
        "members.ebay.com",
        "privaterelay.appleid.com",
        "mozmail.com",
        "relay.firefox.com",
        "duck.com",
        "mail.mercadolibre.com",
        "scs.tiktokshop.com",
        "tiktok.com",  # scs*.tiktok.com, chat.seller.tiktok.com
    }
)
GUEST_IDS = frozenset({"", "0", "-1", "null"})


MASKS = ("*", "\uff0a", "\u2022")  # an asterisk, a wide one, a bullet


def is_masked(value: str) -> bool:
    """Whether a platform left some of it out: that is a state, and no value to keep, write to, or know anybody by."""
    return any(mask in value for mask in MASKS)


def email_identity(address: str | None) -> str | None:
    """The address in lower case; None for a relay address or what is no address."""
    if not address or address.count("@") != 1 or is_masked(address):
        return None
    spelled = address.strip().lower()
    domain = spelled.partition("@")[2]
    relayed = any(domain == relay or domain.endswith(f".{relay}") for relay in RELAY_DOMAINS)
    return None if relayed or not domain else spelled


def phone_identity(number: str | None) -> str | None:
    """An international number as `+` and digits; None where the country is not told (a local number is nobody's)."""
    if not number or is_masked(number) or not number.strip().startswith("+"):
        return None
    digits = "".join(character for character in number if character.isascii() and character.isdigit())
    return f"+{digits}" if 8 <= len(digits) <= 15 else None


def is_guest(buyer_id: str | None) -> bool:
    """Whether the platform gives no id of the buyer's own."""
    return buyer_id is None or buyer_id.strip().lower() in GUEST_IDS
