"""Text messages through AWS End User Messaging (`pinpoint-sms-voice-v2`), one call a message: nothing here sends a second time.

AWS knows no approved templates: a template is a text of the installation's own, with `{name}` where a value goes. What
became of a message comes as records of the `sms` connector's feed, under the id that sending answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.channels import Recipient
from chalicelib.contract import Sent
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable

LONGEST = 1_600  # characters of a message [docs send_text_message]
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CHINA = "+86"
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_]{0,39})\}", re.ASCII)
_BLANKS = re.compile(r"\s+")
_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "Throttling"})
_OPTED_OUT = "DESTINATION_PHONE_NUMBER_OPTED_OUT"


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """What an installation sends with: `origination` is a number, pool or sender id; `max_price` in US dollars for a message."""

    origination: str
    configuration_set: str | None = None
    promotional: bool = True
    max_price: str | None = None


def client(region: str | None = None, endpoint_url: str | None = None) -> Any:
    """A client that calls once: the SDK's own retry after a lost answer would send the message again."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=20)
    return boto3.client("pinpoint-sms-voice-v2", region_name=region, endpoint_url=endpoint_url, config=config)


class AwsSms:
    """Sends as `SendsTemplates` says. `connect` is called at the first message; `templates` are texts by name."""

    def __init__(self, connect: Callable[[], Any], templates: Mapping[str, str], settings: SmsSettings) -> None:
        self._connect = connect
        self._templates = templates
        self._settings = settings

    @cached_property
    def _client(self) -> Any:
        return self._connect()

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent, in one line; Permanent("template-refused") names one that lacks or is empty."""
        wanted = _PLACE.findall(self._text(template))
        fit = {name: _BLANKS.sub(" ", values.get(name, "")).strip() for name in dict.fromkeys(wanted)}
        for name, value in fit.items():
            if not value:
                raise Permanent("template-refused", f"{name} is missing or empty")
        return fit

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str) -> Sent:
        """One message to one number, once; `message_id` is ours and comes back in the events' context.

        Errors as `SendsTemplates.send_template`, and ConfigError where the account, its money or its numbers are at fault.
        """
        if to.kind != "phone" or not _E164.fullmatch(to.id) or to.id.startswith(_CHINA):
            raise Permanent("recipient-refused", "not a phone number that AWS is used for: those of mainland China go elsewhere")
        fit = self.check_template(template, values)
        body = _PLACE.sub(lambda found: fit[found[1]], self._text(template))
        if len(body) > LONGEST:
            raise Permanent("template-refused", f"more than {LONGEST} characters")
        return Sent(self._send(to.id, body, message_id))

    def _text(self, template: str) -> str:
        text = self._templates.get(template)
        if not text:
            raise Permanent("template-refused", "no such template is configured")
        return text

    def _send(self, number: str, body: str, message_id: str) -> str | None:
        settings = self._settings
        chosen = {"ConfigurationSetName": settings.configuration_set, "MaxPrice": settings.max_price}
        try:
            answer = self._client.send_text_message(
                DestinationPhoneNumber=number,
                OriginationIdentity=settings.origination,
                MessageBody=body,
                MessageType="PROMOTIONAL" if settings.promotional else "TRANSACTIONAL",
                Context={"message": message_id},
                **{name: value for name, value in chosen.items() if value},
            )
        except ClientError as error:
            raise _refusal(error) from None
        except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError) as error:
            raise Retriable("platform-unreachable", type(error).__name__) from None
        except (NoRegionError, NoCredentialsError, PartialCredentialsError) as error:
            raise ConfigError("sms-client", type(error).__name__) from None
        except ParamValidationError:
            raise Permanent("template-refused", "the request does not fit the service's own model") from None
        except BotoCoreError as error:
            # The request was on its way: a time-out or a cut line does not tell whether it was taken.
            raise Permanent("outcome-unknown", f"it may have been sent: {type(error).__name__}") from None
        found = answer.get("MessageId")
        return found if isinstance(found, str) else None


def _refusal(error: ClientError) -> HuitouError:
    """What an answer means. Its message may quote the number, so only code and reason are told."""
    told: Mapping[str, Any] = error.response
    code, reason = str(told.get("Error", {}).get("Code", "")), str(told.get("Reason", ""))
    shown = f"{code} {reason}".strip()
    status = told.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED:
        return Retriable("platform-throttled", shown, after=60)
    if code == "ConflictException" and reason == _OPTED_OUT:
        return Permanent("recipient-refused", shown)
    if code == "ServiceQuotaExceededException" and reason.startswith("DAILY_DESTINATION"):
        return Permanent("limit-used", shown)
    if code == "ServiceQuotaExceededException":
        return ConfigError("quota-used", shown)
    if code == "ValidationException":
        return Permanent("platform-refused", shown)
    if status >= 500 or code == "InternalServerException":
        return Permanent("outcome-unknown", shown)
    return ConfigError("sms-setup", shown)  # numbers, sandbox, permissions, reputation
