"""An installation on one machine: engine, state folder, parts, application, and the runtime around `app.py`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib import bootstrap, entry
from chalicelib.adapters.aws import EmbeddedCounters
from chalicelib.adapters.dead_letters import DynamoStream
from chalicelib.adapters.outbound import Dialler
from chalicelib.adapters.own_door import HttpDoor
from chalicelib.adapters.platform_http import PlatformHttp
from chalicelib.adapters.smtp import SmtpChannel, SmtpServer
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.contract import Capability, ConnectorInfo, HttpClient
from chalicelib.domain.health import QueueDepth
from chalicelib.domain.mail import Channel
from chalicelib.errors import ConfigError
from chalicelib.merchants import ROOT, Merchants, named
from chalicelib.parts import Parts, SystemClock, no_link
from chalicelib.ports import Archive, Clock, Counters, Renderer, SecretSource
from chalicelib.ports_accounts import Configurations, OwnDoor, SecretKeeper
from connectors import registry
from ops.account_files import FileConfigurations, FileKeeper
from ops.local import (
    Engine,
    FileArchive,
    FileSecrets,
    LocalKms,
    MemoryArchive,
    TallyCounters,
    create_tables,
    local_table,
    local_vault,
)
from ops.runtime.chalice_app import per_thread
from ops.runtime.dead_letters import local_dead_letters
from ops.runtime.pumps import Schedule
from ops.runtime.queue import LocalQueue, LocalQueues, open_queues, utc_now
from ops.runtime.runtime import Lane, Runtime, Stream, Wiring
from ops.runtime.streams import Faults, Reader

STATE_FILE = "runtime.json"
FEED_SECONDS = 30
WORK_SECONDS = 600
TRIGGER_KINDS = frozenset({"order", "review", "question", "answer", "case"})
PROJECT_KINDS = frozenset({"order", "beat"})
SCHEDULES = (
    Schedule("tick", timedelta(minutes=1)),
    Schedule("deliver", timedelta(minutes=1)),
    Schedule("poll", timedelta(minutes=1)),
    Schedule("pull", timedelta(minutes=5)),
    Schedule("sweep", timedelta(hours=1)),
    Schedule("digest", timedelta(minutes=5)),
)


@dataclass(frozen=True, slots=True)
class Folder:
    """The state folder: configuration beside it, everything that must survive inside it."""

    root: Path

    @property
    def state(self) -> Path:
        """Where the running runtime says how to reach it."""
        return self.root / STATE_FILE

    @property
    def secrets(self) -> FileSecrets:
        """The accounts' secrets."""
        return FileSecrets(self.root / "secrets.json")

    def log(self, line: str) -> None:
        """Add a line to the log."""
        _append(self.root / "huitou.log", line)

    def running(self) -> Mapping[str, Any]:
        """How to reach the running runtime; ConfigError when there is none."""
        try:
            found: dict[str, Any] = json.loads(self.state.read_text())
            os.kill(found["pid"], 0)
        except (FileNotFoundError, ProcessLookupError):
            raise ConfigError("not-running", f"no runtime works in {self.root}: start `huitou up` first") from None
        return found


def read_config(path: Path) -> Config:
    """A merchant's configuration; ConfigError when it is missing or wrong, or names several merchants."""
    text = _text(path)
    if several := named(text):
        raise ConfigError("merchant-unnamed", f"{path} names several merchants: take {path.with_name(several[0] + '.toml')}")
    return parse(text)


def merchants_in(path: Path, clock: Clock, counters: Counters) -> Merchants:
    """The merchants of a configuration: the only one's own file, or one that names several, whose files lie beside it."""
    return Merchants(
        lambda name: _text(path if name == ROOT else path.with_name(f"{name}.toml")), clock, counters, seconds=0, at_once=1
    )


def check_config(path: Path) -> None:
    """ConfigError when any of the configurations is missing or wrong, or two merchants have one shop."""
    for merchant, flaw in merchants_in(path, SystemClock(), TallyCounters()).snapshot().flaws:
        raise ConfigError(flaw.reason, f"{merchant}: {flaw.detail}", path=flaw.path)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        raise ConfigError("config-missing", f"{path} is not there: `huitou accounts add` makes one") from None


@dataclass
class Given:
    """What an installation is made of, where it differs from the usual: the demo brings its own world."""

    config: Callable[[], Config]
    secrets: SecretSource
    clock: Clock
    counters: Counters
    archive: Archive
    kms: Any
    http: Callable[[ConnectorInfo], HttpClient]
    channel: Callable[[], Channel]
    limits: Clock | None = None
    merchants: Merchants | None = None
    configurations: Callable[[], Configurations] | None = None
    keeper: Callable[[], SecretKeeper] | None = None
    door: Callable[[], OwnDoor] | None = None
    show_link: Callable[[str], None] = no_link


def feeding() -> tuple[str, ...]:
    """The platforms that write to a queue of ours: each gets one, as on AWS. What we fetch ourselves needs none."""
    fetched = {Capability.POLLS_FEED, Capability.HOLDS_SOCKET}
    told = {key: registry.connector(key).info.capabilities for key in registry.KEYS}
    return tuple(key for key, found in told.items() if Capability.RECEIVES_FEED in found and not found & fetched)


def usual(folder: Folder, config_path: Path) -> Given:
    """Real clock, real platforms, SMTP from the environment, files for what AWS would keep."""
    clock = SystemClock()
    counters = EmbeddedCounters(clock, lambda line: _append(folder.root / "metrics.log", line))
    merchants = merchants_in(config_path, clock, counters)
    return Given(
        config=merchants.config,
        merchants=merchants,
        secrets=folder.secrets,
        clock=clock,
        counters=counters,
        archive=FileArchive(folder.root / "archive"),
        kms=LocalKms(folder.root / "master.key"),
        http=lambda info: PlatformHttp(info.api_hosts, _session, clock),
        channel=lambda: smtp_from_environ(clock),
        configurations=lambda: FileConfigurations(config_path, config_path.parent),
        keeper=lambda: FileKeeper(folder.secrets),
        door=lambda: HttpDoor(Dialler(local=True)),
    )


def application(engine: Engine, queues: LocalQueues, given: Given) -> Application:
    """The application over a local engine."""
    return Application(
        Parts(
            config=given.config,
            clock=given.clock,
            counters=given.counters,
            table=local_table(engine),
            vault=local_vault(engine, given.clock, given.kms, time.monotonic, raw_days=_raw_days(given)),
            archive=given.archive,
            inbound=queues.inbound,
            bulk=queues.bulk,
            jobs=queues.jobs,
            secrets=given.secrets,
            http=given.http,
            channel=given.channel,
            renderer=_renderer,
            fan_out=8 if engine.endpoint else 1,
            feeds={queue.arn: platform for platform, queue in queues.feeds.items()},
            gauges=lambda: LocalGauges(queues),
            dead_letters=lambda: local_dead_letters(queues),
            stream=lambda: DynamoStream(lambda: engine.client("dynamodbstreams")),
            limits=given.limits,
            merchants=given.merchants,
            configurations=given.configurations,
            keeper=given.keeper,
            door=given.door,
            show_link=given.show_link,
        )
    )


def _raw_days(given: Given) -> Callable[[str], int]:
    """For how long a merchant's raw requests may be opened."""
    return lambda name: (given.merchants.of(name) if given.merchants else given.config()).retention.raw_days


class LocalGauges:
    """Gauges over the local queues."""

    def __init__(self, queues: LocalQueues) -> None:
        self._queues = queues

    def depths(self) -> list[QueueDepth]:
        """See the port."""
        return [self._depth(each) for each in self._queues.all()]

    @staticmethod
    def _depth(queue: LocalQueue) -> QueueDepth:
        held = queue.depth()
        dead = queue.name.endswith("-dead")
        return QueueDepth(queue.name, held.visible, held.in_flight, held.delayed, queue.oldest_sent_at(), dead=dead)


def attach(folder: Folder, config_path: Path) -> Application:
    """The application of a command that works beside a running runtime: same table, same queues, same keys."""
    endpoint = folder.running()["dynamodb"]
    queues = open_queues(folder.root / "queues.db", feeds=feeding())
    return application(Engine("attached", endpoint), queues, usual(folder, config_path))


def runtime(
    app: Application,
    engine: Engine,
    queues: LocalQueues,
    *,
    port: int = 0,
    data_dir: Path | None = None,
    schedules: tuple[Schedule, ...] = SCHEDULES,
    faults: Faults | None = None,
    workers: tuple[int, int] = (2, 1),
    now: Callable[[], datetime] = utc_now,
) -> Runtime:
    """The runtime around `app.py`, with `app` installed as this process's application."""
    import app as entry_points

    bootstrap.install(app)
    arn = create_tables(engine.client("dynamodb"))
    stream = Stream(
        engine.client("dynamodbstreams"),
        arn,
        (Reader("project", PROJECT_KINDS), Reader("trigger", TRIGGER_KINDS)),
        faults=faults,
        on_failure=queues.stream_dead,
    )
    return Runtime(
        Wiring(
            handlers=_handlers(entry_points),
            routes=entry_points.app.routes,
            apart={"/console": "console", "/console/{proxy+}": "console"},  # as infra/resources.yaml has it
            lanes=(
                *(Lane(queue, 1, "feed") for queue in queues.feeds.values()),
                Lane(queues.inbound, workers[0]),
                Lane(queues.bulk, workers[1], gives_way_to=queues.inbound),
                Lane(queues.jobs, 1, "work", awaited=False, batch_size=1),
            ),
            stream=stream,
            schedules=schedules,
            port=port,
            timeouts={"feed": FEED_SECONDS, "work": WORK_SECONDS, "console": 29},
            data_dir=data_dir,
            now=now,
        )
    )


def _handlers(entry_points: Any) -> dict[str, Callable[[dict[str, Any], Any], Any]]:
    """What each pump of the runtime calls, by name."""
    return {
        "http": per_thread(entry_points.app),
        "feed": entry_points.feed,
        "normalise": entry.normalise,
        "project": entry.project,
        "trigger": entry.trigger,
        "tick": entry.tick,
        "deliver": entry.deliver,
        "poll": entry.poll,
        "pull": entry.pull,
        "work": entry.work,
        "sweep": entry.sweep,
        "digest": entry.digest,
        "console": entry.console,
    }


def smtp_from_environ(clock: Clock, environ: Mapping[str, str] = os.environ) -> Channel:
    """SMTP as `HUITOU_SMTP_HOST`, `_PORT`, `_STARTTLS`, `_USER`, `_PASSWORD` say; ConfigError without a host."""
    host = environ.get("HUITOU_SMTP_HOST")
    if not host:
        raise ConfigError("smtp-missing", "HUITOU_SMTP_HOST is not set: mail cannot leave this machine")
    user = environ.get("HUITOU_SMTP_USER")
    server = SmtpServer(
        host,
        int(environ.get("HUITOU_SMTP_PORT", "587")),
        starttls=environ.get("HUITOU_SMTP_STARTTLS", "yes") == "yes",
        login=(user, environ.get("HUITOU_SMTP_PASSWORD", "")) if user else None,
    )
    return SmtpChannel(server, clock=clock.now)


def _renderer() -> Renderer:
    from chalicelib.adapters.render import JinjaRenderer

    return JinjaRenderer()


def _session() -> Any:
    from chalicelib.adapters.outbound_http import session

    return session()


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")


__all__ = ["Folder", "Given", "MemoryArchive", "application", "attach", "read_config", "runtime", "smtp_from_environ", "usual"]
