"""Vocabularies of Meta as data. Sources: [docs] developers.facebook.com; [code] public client libraries; [memory] not confirmed."""

from __future__ import annotations

from chalicelib.contract import EventKind

INSTAGRAM, PAGE, WHATSAPP = "instagram", "page", "whatsapp_business_account"

# The option by which an entry's id is an account's. [docs]
ASSETS: dict[str, str] = {INSTAGRAM: "ig_id", PAGE: "page_id", WHATSAPP: "waba_id"}

# What a change of an object is about. Messages of Instagram and Messenger come beside the changes. [docs]
FIELDS: dict[tuple[str, str], EventKind] = {
    (INSTAGRAM, "comments"): "review",
    (INSTAGRAM, "live_comments"): "review",
    (INSTAGRAM, "mentions"): "review",  # names what is to be read
    (PAGE, "feed"): "review",  # comments; posts and reactions are skipped
    (PAGE, "mention"): "review",
    (PAGE, "ratings"): "review",
    (WHATSAPP, "messages"): "message",  # messages and receipts
    (WHATSAPP, "user_preferences"): "buyer",  # opt-out and opt-in of marketing
    (WHATSAPP, "message_template_status_update"): "account",
    (WHATSAPP, "message_template_quality_update"): "account",
    (WHATSAPP, "account_update"): "account",
    (WHATSAPP, "phone_number_quality_update"): "account",
    (WHATSAPP, "business_capability_update"): "account",
}
COMMENT = "comment"  # of the items of a page's feed [docs]
GONE = frozenset({"remove", "hide"})  # verbs [docs]

# statuses[].status of WhatsApp. [code]
RECEIPT: dict[str, str] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}

# user_preferences[].value. [code]
CONSENT: dict[str, bool] = {"stop": False, "resume": True}
MARKETING = "marketing_messages"

# A page's rating has two words since 2018; older ones have stars. [docs]
RECOMMENDATION: dict[str, int] = {"positive": 5, "negative": 1}

# Codes of errors. [docs]
TOKEN_DEAD = frozenset({190})
LATER = frozenset({4, 17, 32, 613, 80007, 130429, 131056, *range(80000, 80009)})  # limits: refused unheard
SHAKY = frozenset({1, 2, 131000, 131016, 133016})  # a fault on their side, nothing is known
WINDOW = 131047
WINDOW_SUBCODE = 2018278  # of 10
OPTED_OUT = frozenset({131050})
UNREACHABLE = frozenset({551, 131026, 130472})
CAPPED = frozenset({131049})  # one person hears so much marketing: not for a day [docs]
TEMPLATE = frozenset({131008, 131009, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016})
NO_SUCH_PERSON = 2018001  # subcode of 100

# One purchase is told under several names: the first that is there is taken, they are never added. [docs]
PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
