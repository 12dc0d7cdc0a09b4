"""What a payload says, besides orders and refunds: parcels, consent, privacy requests, voices, spend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.order import Order, Refund, Shipment
from chalicelib.domain.receipt import Objection
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import BuyerMessage, Question, Receipt, Review


@dataclass(frozen=True, slots=True)
class Parcel:
    """A shipment told apart from its order: it touches that part of the order and no other."""

    merchant: str
    platform: str
    account: str
    order_id: str
    shipment: Shipment
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Consent:
    """A buyer allowed or withdrew being written to on one channel for one purpose, at a time the platform states.

    Where a platform tells no state there is no such object. `text_version` names the words that they agreed to, where that is told.
    """

    merchant: str
    platform: str
    account: str
    buyer_id: str
    channel: str
    granted: bool
    at: datetime | None
    source: str
    purpose: str = "marketing"
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A platform asks for a person's data to be handed out or erased. `kind`: export, erase_buyer, erase_account.

    Or uninstalled: the shop took back its consent, and will ask for erasure unless it comes back.
    """

    merchant: str
    platform: str
    account: str
    kind: str
    buyer_id: str | None
    order_ids: tuple[str, ...]
    requested_at: datetime | None


Voice = Review | Question | BuyerMessage
Canonical = Order | Refund | Parcel | Consent | PrivacyRequest | Voice | Receipt | SpendRow | Contact | Permission | Objection
