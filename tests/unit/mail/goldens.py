"""The six mails of unhappy days as they are sent: `python -m tests.unit.mail.goldens` writes them anew, for a person to read.

Explicit only: no test writes them. They lie in `goldens/`, a page and a plain text each, in both languages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from chalicelib.adapters import digest_mail
from chalicelib.adapters.charts import Chart
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.report import Report
from chalicelib.domain.wording import LOCALES, Rendered
from tests.unit.mail import reports

FOLDER = Path(__file__).parent / "goldens"


def _no_chart(chart: Chart) -> tuple[bytes, int, int]:
    raise OSError(f"no {type(chart).__name__}")


def _plain_chart(chart: Chart) -> tuple[bytes, int, int]:
    """What is drawn is not what a golden is about: other versions of Pillow draw other bytes."""
    return type(chart).__name__.encode(), 1200, 600


_DAYS: dict[str, tuple[Callable[[str], Report], digest_mail.Draw]] = {
    "first-day": (reports.first, _plain_chart),
    "empty-day": (reports.empty, _plain_chart),
    "nothing-to-divide-by": (reports.idle, _plain_chart),
    "stale-source": (reports.stale, _plain_chart),
    "failed-chart": (reports.charted, _no_chart),
    "restated-week": (reports.restated, _plain_chart),
}
NAMES = tuple(f"{name}.{locale}" for name in _DAYS for locale in LOCALES)


def mail(name: str) -> Rendered:
    """The mail of one name."""
    day, _, locale = name.partition(".")
    report, draw = _DAYS[day]
    return digest_mail.render(report(locale), JinjaRenderer().page_of, draw)


def texts(name: str) -> dict[str, str]:
    """Its files: the page, and what else a reader sees of it."""
    made = mail(name)
    return {f"{name}.html": made.html + "\n", f"{name}.txt": f"{made.subject}\n{made.preheader}\n\n{made.text}"}


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        for file, text in texts(name).items():
            (FOLDER / file).write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
