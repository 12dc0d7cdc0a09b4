"""What a set of steps is given: the parts, and those of AWS. Nothing is made before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.adapters.table import Table
    from chalicelib.config import Config
    from chalicelib.contract import Account, ConnectorInfo, HttpClient
    from chalicelib.domain.mail import Channel
    from chalicelib.ports import Archive, Clock, Counters, Queue, Renderer, SecretSource, TextChannel, Vault
    from chalicelib.settings import Settings

CONFIG_SECONDS = 60


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


def no_texts(account: Account) -> TextChannel:
    """Of a set of parts that sends no text messages in words of our own: ConfigError."""
    from chalicelib.errors import ConfigError

    raise ConfigError("no-texts", "this installation sends no text messages by AWS", connector=account.platform)


@dataclass
class Parts:
    """Everything a step can be given. AWS's parts come from `aws_parts`; the local runtime and tests bring their own."""

    config: Callable[[], Config]
    clock: Clock
    counters: Counters
    table: Table
    vault: Vault
    archive: Archive
    inbound: Queue
    bulk: Queue
    secrets: SecretSource
    http: Callable[[ConnectorInfo], HttpClient]
    channel: Callable[[], Channel]
    renderer: Callable[[], Renderer]
    texts: Callable[[Account], TextChannel] = field(default=no_texts)
    fan_out: int = 1  # how many orders of a stream batch wait for the table at once
    feeds: Mapping[str, str] = field(default_factory=dict)  # ARN of a queue that a platform writes to, and the platform
    limits: Clock | None = None  # what platforms' limits on calls are counted by, where that is not `clock`


def aws_parts(settings: Settings) -> Parts:
    """Parts on AWS. Clients are made on first use."""
    from chalicelib.adapters.aws import EmbeddedCounters, ManagedSecrets, S3Archive, SqsQueue, client, log_line
    from chalicelib.adapters.table import Table
    from chalicelib.adapters.vault import KmsVault

    clock = SystemClock()

    def make(service: str) -> Any:
        return client(service, settings.region, settings.dynamodb_endpoint if service == "dynamodb" else None)

    archive = S3Archive(lambda: make("s3"), settings.bucket)
    keys = Table(lambda: make("dynamodb"), settings.keys_table)
    return Parts(
        config=CachedConfig(archive, clock),
        clock=clock,
        counters=EmbeddedCounters(clock, log_line),
        table=Table(lambda: make("dynamodb"), settings.table),
        vault=KmsVault(lambda: make("kms"), settings.kms_key, keys, clock),
        archive=archive,
        inbound=SqsQueue(lambda: make("sqs"), settings.inbound_url),
        bulk=SqsQueue(lambda: make("sqs"), settings.bulk_url),
        secrets=ManagedSecrets(lambda: make("secretsmanager"), settings.secrets_prefix, clock),
        http=lambda info: _http(info, clock),
        channel=lambda: _ses(settings, clock),
        renderer=_renderer,
        texts=lambda account: _texts(settings, account),
        fan_out=16,
        feeds=settings.feeds,
    )


class CachedConfig:
    """`config/huitou.toml` from the archive, read again after a minute."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock
        self._kept: tuple[datetime, Config] | None = None

    def __call__(self) -> Config:
        """The configuration, at most a minute old."""
        now = self._clock.now()
        if self._kept is None or (now - self._kept[0]).total_seconds() > CONFIG_SECONDS:
            from chalicelib.config import parse

            self._kept = (now, parse(self._archive.get("config/huitou.toml").decode()))
        return self._kept[1]


def _http(info: ConnectorInfo, clock: Clock) -> HttpClient:
    import requests

    from chalicelib.adapters.platform_http import PlatformHttp

    return PlatformHttp(info.api_hosts, requests.Session, clock)


def _ses(settings: Settings, clock: Clock) -> Channel:
    from chalicelib.adapters import ses

    return ses.SesChannel(lambda: ses.client(settings.region), clock=clock.now, configuration_set=settings.ses_configuration_set)


def _texts(settings: Settings, account: Account) -> TextChannel:
    from chalicelib.adapters import aws_sms

    chosen = aws_sms.SmsSettings(
        account.options["origination"],
        account.options.get("configuration_set"),
        max_price=account.options.get("max_price"),
    )
    return aws_sms.AwsSms(lambda: aws_sms.client(settings.region), {"line": "{text}"}, chosen)


def _renderer() -> Renderer:
    from chalicelib.adapters.render import JinjaRenderer

    return JinjaRenderer()
