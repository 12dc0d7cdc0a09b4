"""Text messages through AWS: one call against the service's own model, and what each refusal means."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from chalicelib.adapters.aws_sms import LONGEST, AwsSms, SmsSettings, client
from chalicelib.channels import Recipient
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable

TO = Recipient("phone", "+14255550100")
TEMPLATES = {"back": "Hello {name}, {shop} misses you. Reply STOP to end.", "long": "{name}" * 50, "bare": "Hello"}
SETTINGS = SmsSettings("+12065550100", configuration_set="receipts", max_price="0.05")


def stubbed() -> tuple[Any, Stubber]:
    real = boto3.client(
        "pinpoint-sms-voice-v2",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return real, Stubber(real)


def sender(real: Any, settings: SmsSettings = SETTINGS) -> AwsSms:
    return AwsSms(lambda: real, TEMPLATES, settings)


class Broken:
    """A client whose call fails on the way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_text_message(self, **_: Any) -> dict[str, Any]:
        """Fail."""
        raise self._error


def test_a_message_is_sent_with_what_the_service_wants() -> None:
    real, stub = stubbed()
    wanted = {
        "DestinationPhoneNumber": "+14255550100",
        "OriginationIdentity": "+12065550100",
        "MessageBody": "Hello Ada Example, Acme misses you. Reply STOP to end.",
        "MessageType": "PROMOTIONAL",
        "Context": {"message": "m-1"},
        "ConfigurationSetName": "receipts",
        "MaxPrice": "0.05",
    }
    stub.add_response("send_text_message", {"MessageId": "862a8790"}, wanted)
    with stub:
        sent = sender(real).send_template(TO, "back", {"name": "Ada\n Example ", "shop": "Acme", "more": "x"}, "m-1")
    assert sent.platform_id == "862a8790"
    stub.assert_no_pending_responses()

    real, stub = stubbed()
    plain = {name: value for name, value in wanted.items() if name not in ("ConfigurationSetName", "MaxPrice")}
    stub.add_response("send_text_message", {}, {**plain, "MessageBody": "Hello", "MessageType": "TRANSACTIONAL"})
    with stub:
        found = sender(real, SmsSettings("+12065550100", promotional=False)).send_template(TO, "bare", {}, "m-1")
    assert found.platform_id is None


def test_a_value_cannot_bring_a_place_of_its_own() -> None:
    real, stub = stubbed()
    stub.add_response(
        "send_text_message",
        {"MessageId": "x"},
        {
            "DestinationPhoneNumber": "+14255550100",
            "OriginationIdentity": "a",
            "MessageBody": "Hello {shop}, Acme misses you. Reply STOP to end.",
            "MessageType": "PROMOTIONAL",
            "Context": {"message": "m-1"},
        },
    )
    with stub:
        sender(real, SmsSettings("a")).send_template(TO, "back", {"name": "{shop}", "shop": "Acme"}, "m-1")


@pytest.mark.parametrize(
    ("code", "reason", "kind", "expected"),
    [
        ("ThrottlingException", "", Retriable, "platform-throttled"),
        ("InternalServerException", "", Permanent, "outcome-unknown"),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", Permanent, "recipient-refused"),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", ConfigError, "sms-setup"),
        ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", ConfigError, "sms-setup"),
        ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", ConfigError, "quota-used"),
        ("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", Permanent, "limit-used"),
        ("AccessDeniedException", "ACCOUNT_DISABLED", ConfigError, "sms-setup"),
        ("ValidationException", "", Permanent, "platform-refused"),
        ("ResourceNotFoundException", "", ConfigError, "sms-setup"),
    ],
)
def test_what_a_refusal_means(code: str, reason: str, kind: type[HuitouError], expected: str) -> None:
    real, stub = stubbed()
    modeled = {"Reason": reason} if reason else None
    stub.add_client_error("send_text_message", code, "about +14255550100", 400, modeled_fields=modeled)
    with stub, pytest.raises(kind) as error:
        sender(real).send_template(TO, "bare", {}, "m-1")
    assert error.value.reason == expected
    assert "+14255550100" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (ReadTimeoutError(endpoint_url="x"), Permanent, "outcome-unknown"),
        (ConnectTimeoutError(endpoint_url="x"), Retriable, "platform-unreachable"),
        (NoCredentialsError(), ConfigError, "sms-client"),
    ],
)
def test_what_fails_on_the_way(error: Exception, kind: type[HuitouError], reason: str) -> None:
    with pytest.raises(kind) as raised:
        sender(Broken(error)).send_template(TO, "bare", {}, "m-1")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "to", [Recipient("phone", "+8613800000000"), Recipient("phone", "4255550100"), Recipient("user", "+14255550100")]
)
def test_numbers_of_mainland_china_and_what_is_none_are_refused(to: Recipient) -> None:
    with pytest.raises(Permanent, match="recipient-refused") as error:
        sender(Broken(AssertionError())).send_template(to, "bare", {}, "m-1")
    assert to.id not in str(error.value)


@pytest.mark.parametrize(
    ("template", "values"),
    [("none", {}), ("back", {"name": "x"}), ("back", {"name": " ", "shop": "x"}), ("long", {"name": "x" * (LONGEST // 50 + 1)})],
)
def test_values_that_do_not_fit_are_refused(template: str, values: dict[str, str]) -> None:
    with pytest.raises(Permanent, match="template-refused"):
        sender(Broken(AssertionError())).send_template(TO, template, values, "m-1")


def test_the_client_tries_once() -> None:
    config = client("us-east-1").meta.config
    assert config.retries["total_max_attempts"] == 1
