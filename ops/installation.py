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
from chalicelib.adapters.platform_http import PlatformHttp
from chalicelib.adapters.smtp import SmtpChannel, SmtpServer
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.contract import Capability, ConnectorInfo, HttpClient
from chalicelib.domain.mail import Channel
from chalicelib.errors import ConfigError
from chalicelib.parts import Parts, SystemClock
from chalicelib.ports import Archive, Clock, Counters, Renderer, SecretSource
from connectors import registry
from ops.local import (
    Engine,
    FileArchive,
    FileSecrets,
    LocalKms,
    MemoryArchive,
    create_tables,
    local_table,
    local_vault,
)
from ops.runtime.chalice_app import per_thread
from ops.runtime.pumps import Schedule
from ops.runtime.queue import LocalQueues, open_queues, utc_now
from ops.runtime.runtime import Lane, Runtime, Stream, Wiring
from ops.runtime.streams import Faults, Reader

STATE_FILE = "runtime.json"
FEED_SECONDS = 30
TRIGGER_KINDS = frozenset({"order", "review", "question"})
PROJECT_KINDS = frozenset({"order", "beat"})
SCHEDULES = (
    Schedule("tick", timedelta(minutes=1)),
    Schedule("deliver", timedelta(minutes=1)),
    Schedule("poll", timedelta(minutes=1)),
    Schedule("pull", timedelta(minutes=5)),
    Schedule("sweep", timedelta(hours=1)),
    Schedule("digest", timedelta(hours=1)),
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

    def running(self) -> Mapping[str, Any]:
        """How to reach the running runtime; ConfigError when there is none."""
        try:
            found: dict[str, Any] = json.loads(self.state.read_text())
            os.kill(found["pid"], 0)
        except (FileNotFoundError, ProcessLookupError):
            raise ConfigError("not-running", f"no runtime works in {self.root}: start `huitou up` first") from None
        return found


def read_config(path: Path) -> Config:
    """`huitou.toml`; ConfigError when it is missing or wrong."""
    try:
        return parse(path.read_text())
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


def feeding() -> tuple[str, ...]:
    """The platforms that write to a queue of ours: each gets one, as on AWS. What we fetch ourselves needs none."""
    fetched = {Capability.POLLS_FEED, Capability.HOLDS_SOCKET}
    told = {key: registry.connector(key).info.capabilities for key in registry.KEYS}
    return tuple(key for key, found in told.items() if Capability.RECEIVES_FEED in found and not found & fetched)


def usual(folder: Folder, config_path: Path) -> Given:
    """Real clock, real platforms, SMTP from the environment, files for what AWS would keep."""
    clock = SystemClock()
    return Given(
        config=lambda: read_config(config_path),
        secrets=folder.secrets,
        clock=clock,
        counters=EmbeddedCounters(clock, lambda line: _append(folder.root / "metrics.log", line)),
        archive=FileArchive(folder.root / "archive"),
        kms=LocalKms(folder.root / "master.key"),
        http=lambda info: PlatformHttp(info.api_hosts, _session, clock),
        channel=lambda: smtp_from_environ(clock),
    )


def application(engine: Engine, queues: LocalQueues, given: Given) -> Application:
    """The application over a local engine."""
    return Application(
        Parts(
            config=given.config,
            clock=given.clock,
            counters=given.counters,
            table=local_table(engine),
            vault=local_vault(engine, given.clock, given.kms, time.monotonic),
            archive=given.archive,
            inbound=queues.inbound,
            bulk=queues.bulk,
            secrets=given.secrets,
            http=given.http,
            channel=given.channel,
            renderer=_renderer,
            fan_out=8 if engine.endpoint else 1,
            feeds={queue.arn: platform for platform, queue in queues.feeds.items()},
            limits=given.limits,
        )
    )


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
        engine.client("dynamodbstreams"), arn, (Reader("project", PROJECT_KINDS), Reader("trigger", TRIGGER_KINDS)), faults=faults
    )
    handlers: dict[str, Callable[[dict[str, Any], Any], Any]] = {
        "http": per_thread(entry_points.app),
        "feed": entry_points.feed,
        "normalise": entry.normalise,
        "project": entry.project,
        "trigger": entry.trigger,
        "tick": entry.tick,
        "deliver": entry.deliver,
        "poll": entry.poll,
        "pull": entry.pull,
        "sweep": entry.sweep,
        "digest": entry.digest,
    }
    return Runtime(
        Wiring(
            handlers=handlers,
            routes=entry_points.app.routes,
            lanes=(
                *(Lane(queue, 1, "feed") for queue in queues.feeds.values()),
                Lane(queues.inbound, workers[0]),
                Lane(queues.bulk, workers[1]),
            ),
            stream=stream,
            schedules=schedules,
            port=port,
            timeouts={"feed": FEED_SECONDS},
            data_dir=data_dir,
            now=now,
        )
    )


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
    import requests

    return requests.Session()


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")


__all__ = ["Folder", "Given", "MemoryArchive", "application", "attach", "read_config", "runtime", "smtp_from_environ", "usual"]
