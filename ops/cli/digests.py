"""`huitou digest`: a day's digest to files, to the screen, or to its readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli.output import calendar_day, done
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(digest)


def digest(
    *,
    day: Annotated[str, typer.Option("--date", help="the day (2026-11-20)")],
    period: Annotated[str, typer.Option(help="day")] = "day",
    out: Annotated[Path | None, typer.Option(help="folder to write digest.html and digest.txt to")] = None,
    send: Annotated[bool, typer.Option("--send", help="queue it for its readers, once each")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """A day's digest."""
    if period != "day":
        raise typer.BadParameter("only `day` yet", param_hint="--period")
    app = open_application(data_dir, config)
    when = calendar_day(day)
    rendered = app.parts.renderer().digest(app.digest.report(when))
    if out is None:
        typer.echo(rendered.text)
    else:
        out.mkdir(parents=True, exist_ok=True)
        (out / "digest.html").write_text(rendered.html, encoding="utf-8")
        (out / "digest.txt").write_text(rendered.text, encoding="utf-8")
        done(f"“{rendered.subject}” written to {out}/digest.{{html,txt}}")
    if send:
        done(f"queued for {app.digest.queue(when)} readers")
