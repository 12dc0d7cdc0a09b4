"""The `huitou` command. Exit 0: done; 1: refused or failed, with the reason; 2: wrong usage."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from chalicelib.errors import HuitouError
from ops.cli import (
    audit,
    backup,
    birthdays,
    cells,
    consents,
    costs,
    demo,
    digests,
    doctor,
    erasure,
    members,
    metrics,
    offline,
    orders,
    pulling,
    quarantine,
    reconcile,
    redrive,
    replay,
    reviews,
    run,
    shipping,
    shops,
    status,
    upgrade,
    winback,
)
from ops.cli.output import fail

app = typer.Typer(
    name="huitou",
    help="Huitou (回头): social commerce, integrated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def huitou(
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant", envvar="HUITOU_MERCHANT", help="whose data a command is about, where an installation has several"
        ),
    ] = None,
) -> None:
    """Huitou (回头): social commerce, integrated."""
    # Read from the context by those commands that open the installation.


run.register(app)
demo.register(app)
offline.register(app)
upgrade.register(app)
orders.register(app)
pulling.register(app)
reconcile.register(app)
replay.register(app)
redrive.register(app)
audit.register(app)
backup.register(app)
digests.register(app)
costs.register(app)
metrics.register(app)
status.register(app)
doctor.register(app)
erasure.register(app)
app.add_typer(shops.app, name="accounts")
app.add_typer(winback.app, name="winback")
app.add_typer(reviews.app, name="reviews")
members.app.command()(birthdays.birthdays)
app.add_typer(members.app, name="members")
app.add_typer(consents.app, name="consent")
app.add_typer(cells.app, name="cells")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(shipping.app, name="shipping")


def main() -> None:
    """Run the command line; an error of ours is one line and exit 1."""
    try:
        app()
    except HuitouError as error:
        fail(str(error))
        sys.exit(1)
