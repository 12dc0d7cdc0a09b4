"""Meta's payloads, and those of its ads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "instagram_comment_self.template.json": Told("review", "skippable"),  # the account's own words
    "instagram_mention_media.docs.json": Told("review", "skippable"),  # thin: names what is to be read
    "instagram_postback_self.template.json": Told("message", "permanent"),  # placeholders where ids belong
    "instagram_reaction.template.json": Told("message", "skippable"),
    "instagram_share_dual_attachment.json": Told("message", "permanent"),  # placeholders where ids belong
    "messenger_sticker.json": Told("message", "accept"),
    "page_reaction.json": Told("review", "skippable"),
    "whatsapp_account_update_account_restriction.json": Told("account", "skippable"),
    "whatsapp_callback_button_quick_reply.json": Told("message", "accept"),
    "whatsapp_message_referral.json": Told("message", "accept"),
    "whatsapp_message_reply.json": Told("message", "accept"),
    "whatsapp_message_status_delivered.json": Told("message", "accept"),
    "whatsapp_message_status_failed.json": Told("message", "accept"),
    "whatsapp_message_status_sent.json": Told("message", "accept"),
    "whatsapp_message_status_with_tracker.json": Told("message", "accept"),
    "whatsapp_message_text.json": Told("message", "accept"),
    "whatsapp_message_unsupported.json": Told("message", "accept"),
    "whatsapp_template_quality_update_yellow.json": Told("account", "skippable"),
    "whatsapp_template_status_update_rejected.json": Told("account", "skippable"),
    "whatsapp_user_marketing_preferences_resume.json": Told("buyer", "accept"),
}
