"""What a connector can do, by the names of the Protocols in `contract`."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """What a connector can do; the value names the Protocol that it then implements."""

    RECEIVES_WEBHOOKS = "ReceivesWebhooks"
    HYDRATES = "Hydrates"
    PULLS_ORDERS = "PullsOrders"
    PULLS_REVIEWS = "PullsReviews"
    REPLIES_TO_REVIEWS = "RepliesToReviews"
    SENDS_MESSAGES = "SendsMessages"
    PULLS_SPEND = "PullsSpend"
    HANDLES_ERASURE = "HandlesErasure"
    IMPORTS_FILES = "ImportsFiles"
    RECEIVES_FEED = "ReceivesFeed"
    FETCHES_KEYS = "FetchesKeys"
    POLLS_FEED = "PollsFeed"
    HOLDS_SOCKET = "HoldsSocket"
    PULLS_CONTACTS = "PullsContacts"
    SENDS_TEMPLATES = "SendsTemplates"
    SENDS_TASKS = "SendsTasks"
    WELCOMES = "Welcomes"
    TAGS_CONTACTS = "TagsContacts"
    POSTS_NOTICES = "PostsNotices"
    REGISTERS_PUSH = "RegistersPush"
    AUTHORISES = "Authorises"
    REVOKES_TOKENS = "RevokesTokens"
    PROBES = "Probes"
