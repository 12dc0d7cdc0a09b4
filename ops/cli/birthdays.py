"""`huitou members birthdays`: a file of birthdays into the calendar that the occasion birthday reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chalicelib.birthdays import Birthday, parse_birthdays, refused
from chalicelib.config import Config
from chalicelib.recording import subject_of
from ops.cli.output import done
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

MOST_BYTES = 64 * 1024 * 1024


def birthdays(
    file: Annotated[Path, typer.Argument(help="CSV: platform,account,buyer_id,birthday", exists=True, dir_okay=False)],
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Keep members' birthdays, MM-DD or YYYY-MM-DD; the year is dropped. An empty one takes back what was kept.

    Of a file with a fault nothing is kept. Only keyed hashes are stored, so that nobody can list them again: keep your file.
    """
    application = open_application(data_dir, config)
    told = _read(file, application.parts.config())
    merchant, vault = application.parts.config().merchant, application.parts.vault
    for each in told:
        buyer = subject_of(vault, (merchant, each.platform, each.account), each.buyer_id)
        application.outreach.birthdays.keep(merchant, buyer, each.day)
    taken = sum(each.day is None for each in told)
    done(f"{len(told) - taken} birthdays kept" + (f", {taken} taken back" if taken else ""))


def _read(file: Path, config: Config) -> list[Birthday]:
    if file.stat().st_size > MOST_BYTES:
        raise refused("the file is larger than 64 MB")
    try:
        told = parse_birthdays(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise refused("the file is no UTF-8 text") from None
    for line, each in told.items():
        if config.account(each.platform, each.account) is None:
            raise refused(f"line {line}: no such account: see `huitou accounts list`")
    return list(told.values())
