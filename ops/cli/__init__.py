"""The `huitou` command. Exit 0: done; 1: refused or failed, with the reason; 2: wrong usage."""

from __future__ import annotations

import sys

import typer

from chalicelib.errors import HuitouError
from ops.cli import birthdays, consents, demo, digests, members, offline, orders, reviews, run, shops, winback
from ops.cli.output import fail

app = typer.Typer(
    name="huitou",
    help="Huitou (回头): social commerce, integrated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
run.register(app)
demo.register(app)
offline.register(app)
orders.register(app)
digests.register(app)
app.add_typer(shops.app, name="accounts")
app.add_typer(winback.app, name="winback")
app.add_typer(reviews.app, name="reviews")
members.app.command()(birthdays.birthdays)
app.add_typer(members.app, name="members")
app.add_typer(consents.app, name="consent")


def main() -> None:
    """Run the command line; an error of ours is one line and exit 1."""
    try:
        app()
    except HuitouError as error:
        fail(str(error))
        sys.exit(1)
