"""Events and notifications of SES, and what SNS delivers."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "ses_event_bounce.json": Told("message", "accept"),
    "ses_event_click.json": Told("message", "skippable"),
    "ses_event_complaint.json": Told("message", "accept"),
    "ses_event_delivery.json": Told("message", "accept"),
    "ses_event_deliverydelay.json": Told("message", "accept"),
    "ses_event_open.json": Told("message", "skippable"),
    "ses_event_reject.json": Told("message", "accept"),
    "ses_event_rendering_failure.json": Told("message", "accept"),
    "ses_event_send.json": Told("message", "accept"),
    "ses_event_subscription.json": Told("message", "accept"),
    "ses_notification_bounce_dsn.json": Told("message", "accept"),
    "ses_notification_bounce_no_dsn.json": Told("message", "accept"),
    "ses_notification_complaint_no_feedback.json": Told("message", "accept"),
    "ses_notification_delivery.json": Told("message", "accept"),
    "anymail_sns_bounce_event.json": Told("message", "accept"),
    "anymail_sns_confirmation_success_notification.json": Told("message", "permanent"),  # words about the topic, no event
    "anymail_sns_subscription_confirmation.json": Told("message", "permanent"),  # an event of the kind account
    "anymail_sns_unsubscribe_confirmation.json": Told("message", "permanent"),
    "sns_signed_lambda_style.json": Told("message", "permanent"),
    "sns_signed_v1_nosubject.json": Told("message", "permanent"),  # its signature: tests/unit/toolkit/test_sns.py
    "sns_signed_v2_subject.json": Told("message", "permanent"),
}

# Real signatures of two topics, which no one account has: tests/unit/toolkit/test_sns.py.
REQUESTS = ("sns_signed_v1_nosubject.json", "sns_signed_v2_subject.json")
