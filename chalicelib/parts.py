"""What a set of steps is given: the parts, and those of AWS. Nothing is made before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.errors import ConfigError
from chalicelib.merchants import Merchants

if TYPE_CHECKING:
    from chalicelib.adapters.table import Table
    from chalicelib.channels import TextChannel
    from chalicelib.config import Config
    from chalicelib.contract import Account, ConnectorInfo, HttpClient
    from chalicelib.dead_letters import DeadLetterBox, StreamRecords
    from chalicelib.domain.health import QueueDepth
    from chalicelib.domain.mail import Channel
    from chalicelib.ports import Archive, Clock, Counters, Gauges, Queue, Renderer, SecretSource, Vault
    from chalicelib.ports_accounts import Configurations, OwnDoor, SecretKeeper
    from chalicelib.settings import Settings


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


def no_texts(account: Account) -> TextChannel:
    """Of a set of parts that sends no text messages in words of our own: ConfigError."""
    raise ConfigError("no-texts", "this installation sends no text messages by AWS", connector=account.platform)


class NoGauges:
    """Gauges of an installation whose queues tell nothing."""

    def depths(self) -> Sequence[QueueDepth]:
        """None."""
        return ()


def no_link(_link: str) -> None:
    """Sign-in links show in mails alone."""


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
    jobs: Queue
    secrets: SecretSource
    http: Callable[[ConnectorInfo], HttpClient]
    channel: Callable[[], Channel]
    renderer: Callable[[], Renderer]
    texts: Callable[[Account], TextChannel] = field(default=no_texts)
    fan_out: int = 1  # how many orders of a stream batch wait for the table at once
    feeds: Mapping[str, str] = field(default_factory=dict)  # ARN of a queue that a platform writes to, and the platform
    gauges: Callable[[], Gauges] = field(default=NoGauges)
    show_link: Callable[[str], None] = field(default=no_link)  # where a sign-in link shows beside its mail: locally
    configurations: Callable[[], Configurations] | None = None  # what connecting an account writes; None where nobody can
    keeper: Callable[[], SecretKeeper] | None = None
    door: Callable[[], OwnDoor] | None = None  # our own webhooks, as platforms reach them
    merchants: Merchants | None = None  # of a deployment that may serve several
    dead_letters: Callable[[], Mapping[str, DeadLetterBox]] = field(default=dict)  # by the name of the queue
    stream: Callable[[], StreamRecords] | None = None  # the table's, for those who gave records up
    limits: Clock | None = None  # what platforms' limits on calls are counted by, where that is not `clock`

    def configs(self) -> tuple[Config, ...]:
        """All merchants' configurations that can be read, in the order in which the deployment names them."""
        return self.merchants.configs() if self.merchants else (self.config(),)


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
    counters = EmbeddedCounters(clock, log_line)
    merchants = Merchants(lambda name: _configuration(archive, name), clock, counters)
    return Parts(
        config=merchants.config,
        merchants=merchants,
        clock=clock,
        counters=counters,
        table=Table(lambda: make("dynamodb"), settings.table),
        vault=KmsVault(
            lambda: make("kms"), settings.kms_key, keys, clock, raw_days=lambda name: merchants.of(name).retention.raw_days
        ),
        archive=archive,
        inbound=SqsQueue(lambda: make("sqs"), settings.inbound_url),
        bulk=SqsQueue(lambda: make("sqs"), settings.bulk_url),
        jobs=SqsQueue(lambda: make("sqs"), settings.jobs_url),
        secrets=ManagedSecrets(lambda: make("secretsmanager"), settings.secrets_prefix, clock),
        http=lambda info: _http(info, clock),
        channel=lambda: _ses(settings, clock),
        renderer=_renderer,
        texts=lambda account: _texts(settings, account),
        fan_out=16,
        feeds=settings.feeds,
        configurations=lambda: _configurations(archive),
        keeper=lambda: _keeper(settings, make),
        door=_door,
        gauges=lambda: _gauges(settings),
        dead_letters=lambda: _dead_letters(settings, make),
        stream=lambda: _stream(make),
    )


def _dead_letters(settings: Settings, make: Callable[[str], Any]) -> Mapping[str, DeadLetterBox]:
    """The dead letters of each queue whose address the settings have, under the queue's name."""
    from chalicelib.adapters.dead_letters import SqsDeadLetters

    homes = {"inbound": settings.inbound_url, "bulk": settings.bulk_url, "jobs": settings.jobs_url}
    named = {name.removesuffix("-dead"): url for name, url in settings.queues.items() if name.endswith("-dead")}
    feeds = tuple(settings.feeds)
    return {name: SqsDeadLetters(lambda: make("sqs"), url, home=homes.get(name), sources=feeds) for name, url in named.items()}


def _stream(make: Callable[[str], Any]) -> StreamRecords:
    from chalicelib.adapters.dead_letters import DynamoStream

    return DynamoStream(lambda: make("dynamodbstreams"))


def _configuration(archive: Archive, name: str) -> str:
    """The text of `config/NAME.toml`: `huitou`, or a merchant."""
    try:
        return archive.get(f"config/{name}.toml").decode()
    except UnicodeDecodeError:
        raise ConfigError("config-malformed", "not UTF-8") from None


def _http(info: ConnectorInfo, clock: Clock) -> HttpClient:
    from chalicelib.adapters.outbound_http import session
    from chalicelib.adapters.platform_http import PlatformHttp

    return PlatformHttp(info.api_hosts, session, clock)


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


def _configurations(archive: Archive) -> Configurations:
    from chalicelib.adapters.config_texts import ArchivedConfigurations

    return ArchivedConfigurations(archive)


def _keeper(settings: Settings, make: Callable[[str], Any]) -> SecretKeeper:
    from chalicelib.adapters.secret_keeping import ManagedKeeper

    return ManagedKeeper(lambda: make("secretsmanager"), settings.secrets_prefix)


def _door() -> OwnDoor:
    from chalicelib.adapters.own_door import HttpDoor

    return HttpDoor()


def _gauges(settings: Settings) -> Gauges:
    from chalicelib.adapters.aws import client
    from chalicelib.adapters.gauges import SqsGauges

    # CloudWatch's figures are allowed of all or of none: a function has no right to them, people who work here may.
    cloudwatch = None if settings.function else client("cloudwatch", settings.region, None)
    return SqsGauges(client("sqs", settings.region, None), cloudwatch, settings.queues, SystemClock())


def _renderer() -> Renderer:
    from chalicelib.adapters.render import JinjaRenderer

    return JinjaRenderer()
