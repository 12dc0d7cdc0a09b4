"""Mail through Amazon SES v2, one call a mail: nothing here or in the SDK sends a second time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.adapters import mime
from chalicelib.domain.mail import Mail, OutcomeUnknown
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

_THROTTLED = frozenset(
    {
        "TooManyRequestsException",
        "LimitExceededException",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "SlowDown",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
# Sending is stopped by the account's state, not by this mail: worth another look in an hour.
_STOPPED = frozenset({"SendingPausedException", "AccountSuspendedException"})
_REFUSED = frozenset({"MessageRejected", "BadRequestException", "ValidationException", "InvalidParameterValue"})
_TAG = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)
_TAG_LENGTH, _TAGS = 256, 50
_HOUR = 3600


def client(region: str | None = None, endpoint_url: str | None = None) -> SESV2Client:
    """A client that calls once: the SDK's own retry after a lost answer would send the mail again."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=20)
    return boto3.client("sesv2", region_name=region, endpoint_url=endpoint_url, config=config)


class SesChannel:
    """The port `Channel` over SES. `connect` is called at the first mail; `clock` gives the Date header."""

    def __init__(
        self, connect: Callable[[], SESV2Client], *, clock: Callable[[], datetime], configuration_set: str | None = None
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._configuration_set = configuration_set

    @cached_property
    def _client(self) -> SESV2Client:
        return self._connect()

    def send(self, mail: Mail) -> str:
        """Hand over one mail; the answer is SES's message id, which its event feed repeats. Errors as `Channel` says."""
        raw = mime.build(mail, sent_at=self._clock())
        chosen: dict[str, str] = {"ConfigurationSetName": self._configuration_set} if self._configuration_set else {}
        try:
            ses = self._client
        except (NoRegionError, NoCredentialsError) as error:
            raise ConfigError("ses-client", type(error).__name__) from None
        try:
            answer = ses.send_email(
                FromEmailAddress=mime.bare_address(mail.sender, "sender"),
                Destination={"ToAddresses": [mime.bare_address(mail.recipient, "recipient")]},
                Content={"Raw": {"Data": raw}},
                EmailTags=[{"Name": name, "Value": value} for name, value in tags(mail.tags).items()],
                **chosen,  # type: ignore[arg-type]
            )
        except ClientError as error:
            raise _refusal(error) from None
        except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError) as error:
            raise Retriable("ses-unreachable", type(error).__name__) from None
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise ConfigError("ses-credentials", type(error).__name__) from None
        except ParamValidationError:
            raise Permanent("ses-parameters", "the request does not fit SES's own model") from None
        except (HTTPClientError, BotoCoreError) as error:
            # The request was on its way: a time-out or a cut line does not tell whether SES took it.
            raise OutcomeUnknown(type(error).__name__) from None
        return answer["MessageId"]


def tags(given: Mapping[str, str]) -> dict[str, str]:
    """Tags as SES allows them: ASCII letters, digits, `_` and `-`, at most 256 characters, at most 50 of them, none empty."""
    fit = {_TAG.sub("_", name)[:_TAG_LENGTH]: _TAG.sub("_", value)[:_TAG_LENGTH] for name, value in sorted(given.items())}
    return {name: value for name, value in list(fit.items())[:_TAGS] if name and value}


def _refusal(error: ClientError) -> HuitouError | OutcomeUnknown:
    """What an answer of SES means. Its message may quote an address, so only the code is told."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED or status == 429:
        return Retriable("ses-throttled", code)
    if code in _STOPPED:
        return Retriable("ses-stopped", code, after=_HOUR)
    if code in _REFUSED:
        return Permanent("ses-refused", code)
    if status >= 500:
        # An internal error says nothing about whether the mail went out.
        return OutcomeUnknown(code or str(status))
    return ConfigError("ses-setup", code)
