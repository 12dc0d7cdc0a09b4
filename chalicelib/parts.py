"""What a set of steps is given: the parts, and those of AWS. Nothing is made before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.adapters.table import Table
    from chalicelib.config import Config
    from chalicelib.contract import ConnectorInfo, HttpClient
    from chalicelib.domain.mail import Channel
    from chalicelib.ports import Archive, Clock, Counters, Queue, Renderer, SecretSource, Vault
    from chalicelib.settings import Settings

CONFIG_SECONDS = 60


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


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


def _renderer() -> Renderer:
    from chalicelib.adapters.render import JinjaRenderer

    return JinjaRenderer()
