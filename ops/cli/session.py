"""What commands that work on an installation share: where its folder and configuration are."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import click
import typer

from chalicelib import bootstrap, logs
from chalicelib.bootstrap import Application
from chalicelib.tenancy import Tenancy
from ops.installation import Folder, attach

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="HUITOU_DATA_DIR", help="state folder of the local runtime")]
ConfigFile = Annotated[Path, typer.Option("--config", envvar="HUITOU_CONFIG", help="configuration file")]
DATA_DIR = Path(".huitou")
CONFIG = Path("huitou.toml")


class Unheard:
    """Counters of a command: what it does is no traffic, and its standard output is for data."""

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """See the port."""

    def measure(self, name: str, took: timedelta, **dimensions: str) -> None:
        """See the port."""


def open_application(data_dir: Path, config: Path, *, serves: bool = False) -> Application:
    """AWS's application where HUITOU_TABLE is set; else the one that `huitou up` runs on this machine.

    Of several merchants, that of `--merchant`. ConfigError when neither is there. `serves`: it stays, as functions do, and its log
    and metrics are read from standard output.
    """
    if os.environ.get("HUITOU_TABLE"):
        app = bootstrap.application()
        if serves:
            logs.install()
        else:
            app.parts.counters = Unheard()
        return _chosen(bootstrap.tenancy())
    return _chosen(Tenancy(attach(Folder(data_dir), config), Application))


def _chosen(tenancy: Tenancy[Application]) -> Application:
    """The merchant's whom the command names; without a name the only one's, whose configuration says so where there are several."""
    context = click.get_current_context(silent=True)
    merchant = context.find_root().params.get("merchant") if context else None
    return tenancy.of(merchant) if merchant else tenancy.base
