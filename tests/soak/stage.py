"""What the soak plays on: the real handlers over a real engine, driven by hand, with a process that can die and starts anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib import bootstrap
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.domain.mail import Mail
from ops.installation import Given, application, runtime
from ops.local import KEYS_TABLE, TABLE, MemoryArchive, MemorySecrets, TallyCounters
from ops.rehearsal_config import toml
from ops.rehearsal_stage import WorldKms
from ops.runtime.proxy import HttpIn
from ops.runtime.queue import LocalQueue, open_queues
from ops.runtime.streams import Faults
from ops.simulator import texts, traffic
from ops.simulator.api.kit import QuickClock, SimClock
from ops.simulator.model import World
from ops.simulator.registry import platform
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.traffic import Sent, request_of
from tests.soak.crashes import Crash, Fuse, FusedEngine

SOURCE = "192.0.2.7"
BENT = Faults(redeliver=0.02, overlap=0.05, shorten=0.05, bisect=0.02)
TRIES = 8  # as many as the most patient platform makes


class QueueTime:
    """The queues' clock: it stands still while anything can be done."""

    def __init__(self) -> None:
        self._at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant."""
        return self._at

    def step(self) -> None:
        """Let what is delayed, or was left by a process that died, come nearer."""
        self._at += timedelta(minutes=1)


@dataclass
class Letters:
    """A mail service that keeps what it was given."""

    mails: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> str:
        """See the channel."""
        self.mails.append(mail)
        return f"letter-{len(self.mails)}"


class Stage:
    """One merchant's shops, the platforms' APIs, and Huitou between them. `tally`: what became of what was sent."""

    def __init__(self, world: World, engine: Any) -> None:
        self.world, self.clock, self.time = world, SimClock(world.opening), QueueTime()
        self.config: Config = parse(_config(world))
        self.counters, self.letters, self.archive = TallyCounters(), Letters(), MemoryArchive()
        self.fuse, self.tally = Fuse(), Counter[str]()
        self.wrong: list[str] = []
        self.swept: date | None = None
        self.engine = FusedEngine(engine, self.fuse)
        fed = [shop.platform for shop in world.shops if platform(shop.platform).wire.feed]
        self.queues = open_queues(now=self.time.now, feeds=fed)
        self.fuse.into(self.queues, self.archive)
        self.platforms = Platforms(world, self.clock, text_messages=True)
        limits = QuickClock(world.opening)
        for api in self.platforms.apis.values():
            api.skew_seconds, api.limits = 86_400, limits.now
        self._given = Given(
            config=lambda: self.config,
            secrets=MemorySecrets(_secrets(world)),
            clock=self.clock,
            counters=self.counters,
            archive=self.archive,
            kms=WorldKms(world.seed),
            http=lambda _info: SimulatedHttp(self.platforms),
            channel=lambda: self.letters,
            limits=limits,
        )
        self.app: Application = self._process()
        self.runtime = runtime(self.app, self.engine, self.queues, workers=(1, 1), faults=BENT)  # type: ignore[arg-type]

    def _process(self) -> Application:
        """A new process: it remembers nothing."""
        return application(self.engine, self.queues, self._given)  # type: ignore[arg-type]  # an engine, with borders

    def die(self) -> None:
        """The process is gone with all it held; what it had received is visible again; another one starts."""
        self.tally["died"] += 1
        for queue in self._lanes():
            queue.release_in_flight()
        self.app = self._process()
        bootstrap.install(self.app)

    def _lanes(self) -> list[LocalQueue]:
        return [pump.queue for pump in self.runtime.queue_pumps]

    def dead(self) -> list[LocalQueue]:
        """Dead letters of every queue that has any."""
        return [queue for queue in self.queues.all() if queue.name.endswith("-dead") and not queue.empty()]

    def send(self, sent: Sent) -> None:
        """One push, sent again as the platform would when nobody answered; the answer must be what its fate asks for."""
        self.clock.advance(sent.at)
        delivery, before = sent.delivery, self.queues.inbound.changes
        if platform(delivery.platform).wire.feed:
            self.queues.feeds[delivery.platform].send([delivery.body.decode()])
            self.tally[f"accepted {sent.fate}"] += 1
            return
        status, body = self._posted(sent)
        good = platform(delivery.platform).wire.acknowledged(status, body)
        self.tally[f"{'accepted' if good else 'refused'} {sent.fate}"] += 1
        if good == sent.refused or (not good and not 400 <= status < 500):
            self.wrong.append(f"{sent.number} {delivery.platform} {delivery.topic} ({sent.fate}): {status}")
        if sent.refused and self.queues.inbound.changes != before:
            self.wrong.append(f"{sent.number} {delivery.platform} ({sent.fate}): something was queued")

    def _posted(self, sent: Sent) -> tuple[int, bytes]:
        request = request_of(self.world, sent, self.clock.now(), self.config.base_url)
        headers = [(name, value) for name, values in request.headers.items() for value in values]
        target = urlsplit(request.url).path
        wire = HttpIn(request.method, target, urlencode(request.query), headers, request.body, SOURCE)
        for _ in range(TRIES):
            try:
                reply = self.runtime.gateway.serve(wire)
            except Crash:
                self.die()
                continue
            if reply.status < 500:
                return reply.status, reply.body
        return 503, b""

    def garbage(self, number: int) -> None:
        """Something that is no envelope lies on the queue."""
        with self.fuse.held():
            self.queues.inbound.send([f"no envelope at all, {number}"])

    def work(self) -> int:
        """One turn of every pump; how much there was to do."""
        try:
            moved = sum(pump.poll() for pump in self.runtime.queue_pumps)
            return moved + sum(pump.poll() for pump in self.runtime.stream_pumps)
        except Crash:
            self.die()
            return 1

    def catch_up(self) -> None:
        """The workers empty the queues of what is not delayed, then the stream's readers have a turn."""
        try:
            while sum(pump.poll() for pump in self.runtime.queue_pumps):
                pass
            for pump in self.runtime.stream_pumps:
                pump.poll()
        except Crash:
            self.die()

    def call(self, what: Any) -> Any:
        """Something done by schedule or by hand; where the process dies at it, it is done again."""
        while True:
            try:
                return what(self.app)
            except Crash:
                self.die()

    def fire(self, schedule: str) -> None:
        """A schedule's handler."""
        self.call(lambda _app: self.runtime.fire(schedule))

    def settle(self) -> None:
        """Let everything under way come to its end, delays and dirty cells included."""
        for _ in range(2):
            while not self._quiet():
                self.time.step()
            self.fire("tick")
        while self.work():
            pass

    def _quiet(self) -> bool:
        while self.work():
            pass
        return all(queue.empty() for queue in self._lanes())

    def deliver(self) -> None:
        """What is due goes through the gate and out; what the text messages' service then reports comes in."""
        self.settle()
        while self.call(lambda app: app.deliver.run()):
            pass
        reports = self.platforms.apis[texts.KEY].reports()  # type: ignore[attr-defined]
        if reports:
            secret = texts.secrets(self.world.seed)["url_secret"][0]
            target = f"/webhooks/{texts.KEY}/{texts.ACCOUNT}/{secret}"
            self.runtime.gateway.serve(HttpIn("POST", target, "", [("content-type", "application/json")], reports, SOURCE))
        self.settle()


@contextmanager
def stage(world: World, engine: Any) -> Iterator[Stage]:
    """Everything over fresh tables; nothing is left installed at the end."""
    client = engine.client("dynamodb")
    for name in (TABLE, KEYS_TABLE):
        if name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)
    made = Stage(world, engine)
    try:
        yield made
    finally:
        made.queues.close()
        bootstrap.install(None)


def _config(world: World) -> str:
    """The rehearsal's, with a campaign that holds nobody back and runs on the days after the world's."""
    day = world.day.isoformat()
    told = toml(world).replace("holdout_permille = 500", "holdout_permille = 0")
    return told.replace(f"ends = {day}", f"ends = {world.day + timedelta(days=9)}")


def _secrets(world: World) -> dict[tuple[str, str], Mapping[str, tuple[str, ...]]]:
    shops = {(shop.platform, shop.account): traffic.secrets_of(world, shop.platform).values for shop in world.shops}
    return {**shops, (texts.KEY, texts.ACCOUNT): texts.secrets(world.seed)}
