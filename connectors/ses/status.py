"""Vocabularies as data. Source: [docs] docs.aws.amazon.com/ses, "Contents of Amazon SES event data", by page."""

from __future__ import annotations

# eventType (event publishing) and notificationType (identity notifications) [docs event-publishing-retrieving-sns-contents].
READ_EVENTS = frozenset({"Send", "Delivery", "Bounce", "Complaint", "Reject", "DeliveryDelay", "Rendering Failure", "Subscription"})
IGNORED_EVENTS = frozenset({"Open", "Click"})  # who opened what is nobody's business here

# bounceType: only a permanent one says something about the address [docs notification-contents, bounce types].
PERMANENT = "Permanent"
BOUNCE_TYPES: dict[str, str] = {"Permanent": "permanent", "Transient": "transient", "Undetermined": "undetermined"}
# bounceSubType, as a word of ours; others are "other".
BOUNCE_SUBTYPES: dict[str, str] = {
    "Undetermined": "undetermined",
    "General": "general",
    "NoEmail": "no-address",
    "Suppressed": "suppressed",
    "OnAccountSuppressionList": "listed",
    "UnsubscribedRecipient": "unsubscribed",
    "MailboxFull": "mailbox-full",
    "MessageTooLarge": "too-large",
    "CustomTimeoutExceeded": "timed-out",
    "ContentRejected": "content",
    "AttachmentRejected": "attachment",
}
# SES did not try: the address is on the account's own list, or opted out there. AWS leaves these out of the bounce rate.
NOT_TRIED = frozenset({"OnAccountSuppressionList", "UnsubscribedRecipient"})

# complaintFeedbackType [docs notification-contents; IANA marf-parameters]; what is not named is a complaint.
NOT_SPAM = "not-spam"
COMPLAINT_TYPES = frozenset({"abuse", "auth-failure", "fraud", "not-spam", "other", "virus"})

# delayType [docs event-publishing-retrieving-sns-contents]; others are "other".
DELAYS: dict[str, str] = {
    "InternalFailure": "internal",
    "General": "general",
    "MailboxFull": "mailbox-full",
    "SpamDetected": "spam",
    "RecipientServerError": "server",
    "IPFailure": "ip",
    "TransientCommunicationFailure": "communication",
    "BYOIPHostNameLookupUnavailable": "ip",
    "Undetermined": "undetermined",
    "SendingDeferral": "deferred",
}
