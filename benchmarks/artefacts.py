"""Sizes of what is made: the Lambda bundle and the digest mail."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.harness import Line, Options, at_most
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.metrics import AccountLine, Comparison, DayReport, Freshness, MessagesDay, TopProduct

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "out" / "deployment.zip"
PLATFORMS = 30
MEGABYTE = 1_000_000


def measure_bundle(_: Options) -> Iterator[Line]:
    """The zip that `make package` leaves in out/; packed now when there is none."""
    if not BUNDLE.exists():
        done = subprocess.run(["make", "package"], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            yield Line("bundle", None, detail=f"make package failed: {done.stderr.strip()[-200:]}")
            return
    with zipfile.ZipFile(BUNDLE) as bundle:
        unzipped = sum(entry.file_size for entry in bundle.infolist())
    yield Line("bundle, zipped", BUNDLE.stat().st_size / MEGABYTE, " MB", at_most(45))
    yield Line("bundle, unzipped", unzipped / MEGABYTE, " MB", at_most(120), "Lambda's limit is 250 MB")


def measure_mail(_: Options) -> Iterator[Line]:
    """A digest of 30 platforms with long names, every comparison filled, in both languages."""
    for locale in ("en", "zh-CN"):
        rendered = JinjaRenderer().digest(_report(locale))
        yield Line(
            f"HTML of a digest of {PLATFORMS} platforms, {locale}",
            len(rendered.html.encode()),
            " bytes",
            at_most(100_000 - 1),
            "Gmail clips at 102 KB",
        )


def _report(locale: str) -> DayReport:
    shops = [(f"platform{number:02}", f"Example Marketplace {number}", f"flagship-store-{number}") for number in range(PLATFORMS)]
    heard = datetime(2026, 11, 20, 15, 58, tzinfo=UTC)
    return DayReport(
        merchant="Example Tea Trading Company Limited",
        day=date(2026, 11, 20),
        zone="Asia/Shanghai",
        currency="CNY",
        locale=locale,
        generated_at=heard,
        totals=tuple(_line("", "", "", code) for code in ("CNY", "USD", "BRL")),
        accounts=tuple(_line(*shop, ("CNY", "USD", "BRL")[number % 3]) for number, shop in enumerate(shops)),
        products=tuple(
            TopProduct(*shop, "CNY", f"p{number}", "【双11】明前龙井 2026 新茶 250g 礼盒装 送礼长辈 限量版", 214, 4_258_600)
            for number, shop in enumerate(shops[:10])
        ),
        messages=tuple(MessagesDay(f"back{days}", 1200, 130, {"consent": 40, "cap": 12, "quiet": 7}) for days in (30, 60, 90)),
        freshness=tuple(Freshness(shop[0], shop[2], heard, heard, "late") for shop in shops),
        provisional=True,
        unmapped=3,
        quarantined=2,
    )


def _line(platform: str, name: str, account: str, currency: str) -> AccountLine:
    money, count = Comparison(128_642_050, 127_410_000, 119_120_400), Comparison(61_200, 54_000, 65_500)
    return AccountLine(platform, name, account, currency, money, money, count, money, money, count, count)
