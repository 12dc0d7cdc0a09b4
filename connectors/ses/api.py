"""The two calls to SNS: its certificate, and the confirmation of a subscription. Neither follows an address from a message."""

from __future__ import annotations

from chalicelib.contract import Api, Event, HttpRequest
from chalicelib.errors import Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit import sns
from connectors.ses.values import KEY, TOPIC_OPTION

LARGEST = 65_536  # bytes of a certificate


def fetch_key(named: str, api: Api) -> str:
    """The key of a certificate, by `region/name`. Rejected when SNS has no such certificate, or it does not hold now."""
    answer = api.http.send(HttpRequest("GET", sns.certificate_url(named)))
    if 400 <= answer.status < 500:
        raise Rejected("key-unknown", "SNS has no such certificate", connector=KEY)
    if answer.status != 200 or len(answer.body) > LARGEST:
        raise Retriable("platform-error", f"SNS answers HTTP {answer.status} for a certificate", connector=KEY)
    return sns.certified_key(answer.body, api.now())


def confirm(event: Event, api: Api) -> Event:
    """Confirm the subscription of the account's own topic: Skippable once it is done.

    Permanent, for a person to look at, when SNS refuses, and when a subscription was ended: nothing comes any more.
    """
    told = sns.envelope(event.payload)
    if told is not None and told.Type == sns.ENDED:
        ended = "somebody ended the topic's subscription: nothing comes any more"
        raise Permanent("subscription-ended", ended, connector=KEY, delivery_id=event.delivery_id)
    topic = api.account.options.get(TOPIC_OPTION)
    if told is None or told.Token is None or not topic or told.TopicArn != topic:
        raise Permanent("subscription-foreign", "a subscription of another topic", connector=KEY, delivery_id=event.delivery_id)
    query = (("Action", "ConfirmSubscription"), ("TopicArn", topic), ("Token", told.Token))
    answer = api.http.send(HttpRequest("GET", sns.confirmation_url(topic, told.Token), query))
    if answer.status != 200:
        refused = f"SNS answers HTTP {answer.status}: its confirmations hold for three days"
        raise Permanent("subscription-refused", refused, connector=KEY, delivery_id=event.delivery_id)
    raise Skippable("subscription-confirmed", "the subscription is confirmed", connector=KEY, delivery_id=event.delivery_id)
