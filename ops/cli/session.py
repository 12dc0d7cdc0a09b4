"""What commands that work on an installation share: where its folder and configuration are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from chalicelib import bootstrap
from chalicelib.bootstrap import Application
from ops.installation import Folder, attach

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="HUITOU_DATA_DIR", help="state folder of the local runtime")]
ConfigFile = Annotated[Path, typer.Option("--config", envvar="HUITOU_CONFIG", help="configuration file")]
DATA_DIR = Path(".huitou")
CONFIG = Path("huitou.toml")


def open_application(data_dir: Path, config: Path) -> Application:
    """AWS's application where HUITOU_TABLE is set; else the one that `huitou up` runs on this machine.

    ConfigError when neither is there.
    """
    if os.environ.get("HUITOU_TABLE"):
        return bootstrap.application()
    return attach(Folder(data_dir), config)
