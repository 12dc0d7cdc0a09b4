"""Running Huitou on this machine: up, worker, simulate."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from chalicelib import logs
from chalicelib.errors import ConfigError
from ops.cli.output import done, err, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application
from ops.cli.shops import connect
from ops.dynamodb_local import DynamoDBLocal
from ops.installation import STATE_FILE, Folder, application, check_config, feeding, read_config, runtime, usual
from ops.local import Engine, create_tables, moto
from ops.moto_server import moto_server
from ops.runtime.queue import open_queues
from ops.runtime.runtime import Runtime
from ops.simulator import traffic
from ops.simulator.player import Player
from ops.simulator.registry import platform as platform_of
from ops.simulator.world import build


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(worker)
    app.command()(simulate)


def worker(platform: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Hold a platform's WebSocket until Ctrl-C: each message is on the queue before it is acknowledged."""
    from ops.worker import hold

    queued = hold(open_application(data_dir, config, serves=True), platform)
    done(f"stopped; {queued} messages were queued")


def up(
    *,
    store: Annotated[str, typer.Option(help="moto (nothing to install, forgets) or dynamodb-local (keeps, needs Java)")] = "moto",
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
) -> None:
    """Run Huitou on this machine until Ctrl-C."""
    if store not in ("moto", "dynamodb-local"):
        raise typer.BadParameter("moto or dynamodb-local", param_hint="--store")
    check_config(config)
    folder = Folder(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        engine, endpoint = stack.enter_context(_engine(store, data_dir))
        if store == "moto":  # what moto forgets, the queues must not remember
            for name in ("queues.db", "queues.db-wal", "queues.db-shm"):
                (data_dir / name).unlink(missing_ok=True)
        queues = open_queues(data_dir / "queues.db", feeds=feeding())
        stack.callback(queues.close)
        app = application(engine, queues, replace(usual(folder, config), show_link=_show_link))
        logs.install(folder.log)
        create_tables(engine.client("dynamodb"))
        kept = data_dir if store == "dynamodb-local" else None
        running = runtime(app, engine, queues, port=port, data_dir=kept)
        stack.callback(lambda: (data_dir / STATE_FILE).unlink(missing_ok=True))
        try:
            running.run_forever(lambda started: _announce(started, endpoint, folder, store))
        except OSError as error:
            raise ConfigError("cannot-listen", f"port {port}: {error.strerror}") from error
    done("stopped")


def _announce(running: Runtime, endpoint: str, folder: Folder, store: str) -> None:
    folder.state.write_text(json.dumps({"pid": os.getpid(), "url": running.url, "dynamodb": endpoint, "store": store}))
    note = "" if store == "dynamodb-local" else " · moto forgets everything at the end; --store dynamodb-local keeps it"
    err().print(f"console: {running.url}/console", highlight=False)
    err().print(f"[bold]Huitou[/] at {running.url} · store {store}{note} · Ctrl-C ends")


def _show_link(link: str) -> None:
    """Whoever runs it here needs no mail to get in."""
    err().print(f"sign in: {link}", highlight=False, soft_wrap=True)


@contextmanager
def _engine(store: str, data_dir: Path) -> Iterator[tuple[Engine, str]]:
    """The engine for this process, and where another process reaches it."""
    if store == "dynamodb-local":
        with DynamoDBLocal(data_dir=data_dir / "dynamodb") as server:
            yield Engine("dynamodb-local", server.endpoint), server.endpoint
        return
    with moto() as engine, moto_server() as endpoint:
        yield engine, endpoint


def simulate(
    *,
    url: Annotated[str, typer.Option(help="where Huitou listens")] = "http://127.0.0.1:8000",
    seed: Annotated[int, typer.Option(help="the world's seed")] = 1,
    day: Annotated[str, typer.Option(help="the day to play (2026-11-20)")] = "2026-11-20",
    orders: Annotated[int, typer.Option(help="orders of the day")] = 40,
    platform: Annotated[list[str] | None, typer.Option(help="only these platforms (may be repeated)")] = None,
    connect_: Annotated[bool, typer.Option("--connect", help="connect the simulated shops to this installation, and exit")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Play a day of webhooks against a running Huitou, signed as the platforms sign them."""
    when = date.fromisoformat(day)
    world = build(seed, day=when, history=0, today=orders, platforms=tuple(platform or ("shopify", "generic")))
    if connect_:
        for shop in world.shops:
            known = {name: list(values) for name, values in traffic.secrets_of(world, shop.platform).values.items()}
            options = traffic.account_of(world, shop.platform).options
            connect(shop.platform, shop.account, known, options, merchant=world.merchant, config=config, data_dir=data_dir)
            done(f"{shop.key} is connected")
        return
    stream = traffic.day(world).sent
    pushed = [sent.delivery for sent in stream]
    if more := sorted({each.platform for each in pushed if each.thin or platform_of(each.platform).wire.feed}):
        raise ConfigError("cannot-simulate", f"{' and '.join(more)}: needs its API or its queue, which only `huitou demo` plays")
    public = read_config(config).base_url if config.exists() else url  # some sign the URL that they were told
    tally = Player(world, url, now=lambda: datetime.now(UTC), public=public, connections=4).play(stream)
    if as_json:
        print_json({"accepted": dict(tally.accepted), "refused": dict(tally.refused), "wrong": tally.wrong})
    else:
        fates = sorted(set(tally.accepted) | set(tally.refused))
        table(
            f"{tally.sent} webhooks",
            [("fate", "left"), ("accepted", "right"), ("refused", "right")],
            [(fate, tally.accepted[fate], tally.refused[fate]) for fate in fates],
        )
    if tally.wrong:
        raise ConfigError("answers-differ", f"{len(tally.wrong)} requests met another answer than they should: {tally.wrong[0]}")
