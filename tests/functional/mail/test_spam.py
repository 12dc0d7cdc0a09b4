"""What SpamAssassin's own rules, without network and without learning, make of every message as it is sent."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.adapters import mime
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.wording import Rendered
from tests.unit.mail import every, reports, whole
from tests.unit.mail.mails import AT, mail

_MOST = 2.0
_LEAVE = "https://shop.example/leave/" + "t" * 60


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program; without it the test is skipped, or fails where it is required."""
    found = shutil.which("spamassassin")
    if found is None:
        if "spamassassin" in os.environ.get("HUITOU_REQUIRE", ""):
            pytest.fail("spamassassin is required and not installed")
        pytest.skip("no spamassassin on this machine: how likely a message is taken for spam is not looked at")
    return found


def _id(number: int) -> str:
    return f"m{number}.demo@shop.example"


def _letter(rendered: Rendered, number: int) -> bytes:
    return mime.build(
        mail(
            rendered=rendered,
            marketing=True,
            message_id=_id(number),
            sender="Qinghe Tea <hello@shop.example>",
            reply_to="care@shop.example",
            recipient="lin@buyer.example",
            unsubscribe_url="https://shop.example/unsubscribe/" + "t" * 60,
        ),
        sent_at=AT,
    )


def _scores(program: str, letters: list[bytes], home: Path) -> list[tuple[float, str]]:
    """Score and rules of each mail, by its number, in one run, as a mailbox."""
    preferences = home / "user_prefs"
    preferences.write_text("use_bayes 0\nbayes_auto_learn 0\nskip_rbl_checks 1\nreport_safe 0\n", encoding="ascii")
    box = b"".join(
        b"From hello@shop.example Sat Nov 21 00:05:00 2026\n"
        + re.sub(rb"(?m)^From ", b">From ", raw.replace(b"\r\n", b"\n"))
        + b"\n"
        for raw in letters
    )
    done = subprocess.run(
        [program, "--local", "--prefspath", str(preferences), "--mbox"],
        input=box,
        capture_output=True,
        check=True,
        timeout=200,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
    )
    # It sorts a mailbox by date: what was said of which mail is known by the mail's own id.
    marks = {}
    for raw in done.stdout.split(b"\nFrom hello@shop.example"):
        message = email.message_from_bytes(raw.partition(b"\n")[2])
        status = " ".join(str(message["X-Spam-Status"]).split())
        found = re.match(r"\w+, score=(-?[\d.]+) required=\S+ tests=(.*?) ?autolearn", status)
        assert found is not None, status
        marks[str(message["X-Huitou-Message"])] = (float(found[1]), found[2])
    return [marks[_id(number)] for number in range(len(letters))]


def test_no_message_looks_like_spam(scorer: str, tmp_path: Path) -> None:
    renderer = JinjaRenderer()
    letters = [
        _letter(renderer.winback(case.values(), locale=case.locale, template=case.template, variant=case.variant), number)
        for number, case in enumerate(every.ALL)
    ]
    scores = _scores(scorer, letters, tmp_path)
    assert [(case, score) for case, score in zip(every.ALL, scores, strict=True) if score[0] >= _MOST] == []


def test_no_digest_looks_like_spam(scorer: str, tmp_path: Path) -> None:
    days = (*reports.ALL, whole.everything)
    made = [JinjaRenderer().digest(replace(day(locale), leave=_LEAVE)) for day in days for locale in ("en", "zh-CN")]
    scores = _scores(scorer, [_digest(rendered, number) for number, rendered in enumerate(made)], tmp_path)
    assert [(mail.subject, score) for mail, score in zip(made, scores, strict=True) if score[0] >= _MOST] == []


def _digest(rendered: Rendered, number: int) -> bytes:
    return mime.build(mail(rendered=rendered, message_id=_id(number), unsubscribe_url=_LEAVE), sent_at=AT)


def test_spam_looks_like_spam(scorer: str, tmp_path: Path) -> None:
    words = "DEAR FRIEND, CLICK HERE NOW to claim your $10,500,000 million dollars! 100% FREE, no obligation, Viagra. Act now!!!"
    shout = Rendered("FREE MONEY!!! ACT NOW $$$", f'<font size="7" color="#fefefe">{words}</font>', words, "")
    usual = JinjaRenderer().winback(every.Case("winback", "en", "a").values(), locale="en", template="winback")
    (spam, rules), (fine, _) = _scores(scorer, [_letter(shout, 0), _letter(usual, 1)], tmp_path)
    assert spam >= _MOST, rules
    assert fine < _MOST
