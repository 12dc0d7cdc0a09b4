"""A survey's page and what becomes of an answer: looking records nothing, a form once; figures by day; tasks of bad answers."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from chalicelib.adapters.surveys import DynamoAnswers
from chalicelib.domain.case import STEPS, Case
from chalicelib.domain.nps import Nps
from chalicelib.errors import Rejected
from chalicelib.pipeline.survey import Survey
from chalicelib.ports import Message
from chalicelib.ports_cases import CaseKey
from ops.local import KEYS_TABLE
from tests.functional.exactness.shoppers import rows_of
from tests.functional.exactness.surveyed import (
    TODAY,
    ago,
    answer,
    at_noon,
    came,
    fetch,
    flow,
    follow,
    sent,
    surveying,
    sweep,
)
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.test_crashes import STRIDE, Crash, Fuse, FusedEngine
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack
from tests.unit.mail import pages
from tests.unit.mail.injections import MESSAGE_PAYLOADS

WORDS = "The lid was broken, and nobody answers on 0571-5555-0100."


def nps(stack: Stack, first: date = TODAY, last: date = TODAY) -> Nps:
    """The figures of some days."""
    return stack.app.nps.nps("demo", first, last)


def the_case(stack: Stack, message: Message) -> Case | None:
    """The task that an answer made."""
    return stack.app.outreach.desk.cases.read(place(message))[0]


def place(message: Message) -> CaseKey:
    """Where it lies."""
    return CaseKey("demo", "generic", "erp", "survey", message.message_id)


# --- the page -----------------------------------------------------------------------------------------------------------------


def test_the_page_asks_without_scripts_and_marks_the_score_of_the_link(moto_stack: Stack) -> None:
    token, _ = sent(surveying(moto_stack))
    shown = fetch(moto_stack, token, query="score=7")
    page = pages.read(shown["body"])
    radios = [known for tag, known in page.tags if tag == "input"]
    assert shown["statusCode"] == 200
    assert [each["value"] for each in radios] == [str(score) for score in range(11)]
    assert [each["value"] for each in radios if "checked" in each] == ["7"]
    assert [known for tag, known in page.tags if tag == "form"] == [{"method": "post"}]
    assert not {"script", "img", "link", "a"} & {tag for tag, _ in page.tags}
    headers = {name.lower(): value for name, value in shown["headers"].items()}
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    for odd in ("score=11", "score=-1", "score=7.0", "score=%D9%A7", "score=07", "score=<script>", "other=7", ""):
        assert "checked>" not in fetch(moto_stack, token, query=odd)["body"], odd


@pytest.mark.fault(58)
def test_a_scanner_that_follows_every_link_answers_nothing(moto_stack: Stack) -> None:
    token, _ = sent(surveying(moto_stack))
    before = whole_table(moto_stack)
    for number in range(100):
        assert fetch(moto_stack, token, query=f"score={number % 11}")["statusCode"] == 200
    assert whole_table(moto_stack) == before
    flow(moto_stack)
    assert nps(moto_stack).answered == 0


@pytest.mark.fault(58, saboteur=True)
def test_a_page_that_records_on_looking_is_seen(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(self: Survey, token: str) -> Any:
        return self.take(token, b"score=9")[0]

    token, _ = sent(surveying(moto_stack))
    monkeypatch.setattr(Survey, "look", eager)
    before = whole_table(moto_stack)
    fetch(moto_stack, token)
    assert whole_table(moto_stack) != before


def test_an_answer_is_kept_and_its_words_are_sealed(moto_stack: Stack) -> None:
    token, message = sent(surveying(moto_stack))
    said = fetch(moto_stack, token, {"score": "3", "words": WORDS})
    assert said["statusCode"] == 200 and ("Thank you" in said["body"] or "谢谢" in said["body"])
    kept = moto_stack.app.answers.read("demo", message.owner, message.message_id)
    assert kept is not None and (kept.score, kept.version, kept.day) == (3, 1, TODAY)
    flow(moto_stack)
    stored = whole_table(moto_stack)
    for word in ("0571", "broken", base64.b64encode(b"broken").decode().rstrip("=")):
        assert word not in stored
    assert moto_stack.app.outreach.surveys.words(place(message)) == WORDS
    assert WORDS not in fetch(moto_stack, token)["body"], "whoever holds the link sees nothing of what was said"


def test_the_words_go_with_the_subjects_key(moto_stack: Stack) -> None:
    token, message = sent(surveying(moto_stack))
    answer(moto_stack, token, 3, WORDS)
    subject = message.values["subject"]
    moto_stack.dynamodb.delete_item(TableName=KEYS_TABLE, Key={"pk": {"S": f"demo#{subject}"}, "sk": {"S": "key"}})
    moto_stack.app.parts.vault._opened.clear()  # type: ignore[attr-defined]
    assert moto_stack.app.outreach.surveys.words(place(message)) is None


def test_a_second_answer_takes_the_place_of_the_first_for_a_week(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    token, _ = sent(stack)
    assert answer(stack, token, 3) == 200
    assert nps(stack) == Nps(detractors=1, asked=1)
    at_noon(stack, 6)
    assert answer(stack, token, 10) == 200
    assert nps(stack) == Nps(promoters=1, asked=1), "it restates the day of the first"
    assert nps(stack, TODAY + timedelta(days=6), TODAY + timedelta(days=6)) == Nps()
    at_noon(stack, 7)
    assert answer(stack, token, 0) == 410
    assert fetch(stack, token)["statusCode"] == 200 and "<form" not in fetch(stack, token)["body"]
    assert nps(stack) == Nps(promoters=1, asked=1)


def test_a_first_answer_is_taken_for_thirty_days(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    token, _ = sent(stack)
    at_noon(stack, 30)
    assert "<form" not in fetch(stack, token)["body"] and answer(stack, token, 9) == 410
    stack.clock.at -= timedelta(minutes=1)
    assert answer(stack, token, 9) == 200


@pytest.mark.parametrize(
    "form",
    [b"", b"words=x", b"score=", b"score=11", b"score=-1", b"score=9.5", b"score=9&score=x", b"\xff\xfe", b"{}", b"score=%ff"],
)
def test_a_form_without_a_score_is_shown_again(moto_stack: Stack, form: bytes) -> None:
    token, _ = sent(surveying(moto_stack))
    before = whole_table(moto_stack)
    shown = fetch(moto_stack, token, form)
    assert shown["statusCode"] == 400 and 'role="alert"' in shown["body"]
    assert whole_table(moto_stack) == before


def test_what_is_longer_than_any_answer_is_refused(moto_stack: Stack) -> None:
    token, message = sent(surveying(moto_stack))
    assert fetch(moto_stack, token, b"score=9&words=" + b"x" * 70_000)["statusCode"] == 413
    assert fetch(moto_stack, token, {"score": "3", "words": "字" * 5_000})["statusCode"] == 200
    flow(moto_stack)
    assert moto_stack.app.outreach.surveys.words(place(message)) == "字" * 2_000


def test_what_nobody_signed_is_no_survey(moto_stack: Stack) -> None:
    token, message = sent(surveying(moto_stack))
    told, _, signature = token.partition(".")
    other = moto_stack.app.clicks.url(message.owner, message.message_id).rpartition("/")[2]
    gone = moto_stack.app.survey.url(message.owner, "survey-9-nobody").rpartition("/")[2]
    cut = (f"{told}.", f"{told}.{signature[:-1]}", f"{told[:-4]}.{signature}")
    forged = ("none", told, *cut, other, gone, "a" * 3000, "%F0%9F%90%89.x")
    before = whole_table(moto_stack)
    for each in forged:
        for form in (None, {"score": "0"}):
            shown = fetch(moto_stack, each, form)
            assert shown["statusCode"] == 404 and "<form" not in shown["body"], each
    with pytest.raises(Rejected):
        moto_stack.app.clicks.follow(token)
    assert whole_table(moto_stack) == before


def test_a_survey_that_never_went_takes_no_answer(moto_stack: Stack) -> None:
    """Its link is in nobody's hands."""
    stack = surveying(moto_stack)
    owner = came(stack, "ann", ago(4))
    assert sweep(stack) == 1
    (message,) = rows_of(stack, owner)
    token = stack.app.survey.url(owner, message.message_id).rpartition("/")[2]
    assert fetch(stack, token, {"score": "0"})["statusCode"] == 404


def test_the_link_holds_no_personal_data(moto_stack: Stack) -> None:
    token, message = sent(surveying(moto_stack))
    told = base64.urlsafe_b64decode(token.partition(".")[0] + "==").decode()
    assert told.count(message.owner) == 1 and "ann" not in told
    assert len(token) < 75


def test_the_page_speaks_the_language_of_the_mail(moto_stack: Stack) -> None:
    moto_stack.clock.at += timedelta(hours=11)  # when it is quiet nowhere in Brazil
    token, message = sent(surveying(moto_stack), ship_to={"country": "BR", "name": "A"})
    assert message.locale == "pt-BR"
    assert ("html", {"lang": "pt-BR", "dir": "ltr"}) in pages.read(fetch(moto_stack, token)["body"]).tags
    assert ("html", {"lang": "pt-BR", "dir": "ltr"}) in pages.read(fetch(moto_stack, token, {"score": "9"})["body"]).tags


@pytest.mark.fault(59)
def test_no_words_come_alive_where_they_are_shown(moto_stack: Stack) -> None:
    """On the page nothing is ever repeated; in the list and the task there are none; words are opened one by one."""
    token, message = sent(surveying(moto_stack))
    for payload in MESSAGE_PAYLOADS:
        form = {"score": "1", "words": payload.encode("utf-8", "replace").decode()}
        body = fetch(moto_stack, token, form)["body"]
        assert body == fetch(moto_stack, token, {"score": "1"})["body"]
    answer(moto_stack, token, 2, "a\x1b[31m\u202eb")
    shown = moto_stack.app.outreach.surveys.words(place(message))
    assert shown is not None and shown.isprintable()


def test_twenty_forms_at_once_are_one_answer(engine: Any) -> None:
    stack = surveying(Stack(engine))
    token, message = sent(stack)

    def say(score: int) -> None:
        assert stack.app.survey.take(token, f"score={score}&words=w{score}".encode())[1]

    errors = at_once([lambda score=score: say(score) for score in [9, 2, 10, 0] * 5], 20)  # type: ignore[misc]
    assert [error for error in errors if getattr(error, "reason", "") != "answer-contended"] == []
    kept = stack.app.answers.read("demo", message.owner, message.message_id)
    assert kept is not None and kept.version == 20 - len(errors)
    records = stack.records()
    assert at_once([lambda: follow_answers(stack)] * 20, 20) == []
    follow(stack, records)
    assert nps(stack).answered == 1
    assert (nps(stack).detractors == 1) == (kept.score < 7)
    case = the_case(stack, message)
    assert (case is not None and case.is_open) == (kept.score < 7)


def follow_answers(stack: Stack) -> None:
    """What the stream would bring for the one answer there is."""
    for item in _answers(stack):
        stack.app.outreach.surveys.on_answer(*item)


def _answers(stack: Stack) -> list[tuple[str, str]]:
    pages_of = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.app.parts.table.name, ConsistentRead=True)
    items = [item for page in pages_of for item in page["Items"] if item.get("kind") == {"S": "answer"}]
    told = [json.loads(bytes(item["doc"]["B"])) for item in items]
    return [(each["owner"], each["message_id"]) for each in told]


# --- figures ------------------------------------------------------------------------------------------------------------------


def test_the_figures_of_a_day_and_of_a_period(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    tokens = [sent(stack, f"m{number}")[0] for number in range(6)]
    for token, score in zip(tokens, (10, 9, 8, 7, 6), strict=False):
        assert answer(stack, token, score) == 200
    at_noon(stack, 1)
    assert answer(stack, tokens[5], 0) == 200
    assert nps(stack) == Nps(promoters=2, passives=2, detractors=1, asked=6)
    whole = nps(stack, TODAY - timedelta(days=3), TODAY + timedelta(days=1))
    assert (whole, whole.answered, whole.score) == (Nps(2, 2, 2, 6), 6, Fraction(0))
    assert nps(stack).score == Fraction(20)
    assert nps(stack, ago(9), ago(9)) == Nps() and Nps().score is None


def test_a_batch_that_comes_again_late_and_out_of_order_changes_nothing(engine: Any) -> None:
    stack = surveying(Stack(engine))
    token, message = sent(stack)
    answer(stack, token, 10)
    fetch(stack, token, {"score": "2"})
    records = stack.records()
    for batch in (records, list(reversed(records)), records):
        follow(stack, batch)
    assert nps(stack) == Nps(detractors=1, asked=1)
    case = the_case(stack, message)
    assert case is not None and case.is_open


def answered_and_crashed(engine: Any, fuse: Fuse) -> tuple[Any, bool]:
    """A form that is sent again when its page broke, and a batch that comes again."""
    stack = surveying(Stack(FusedEngine(engine, fuse)))
    token, message = sent(stack)
    fuse.armed = True
    for _ in range(2):
        try:
            stack.app.survey.take(token, b"score=2&words=late")
            follow_answers(stack)
        except Crash:
            continue
        break
    fuse.armed = False
    case = the_case(stack, message)
    cases = list(stack.app.outreach.desk.cases.open("demo"))
    return (nps(stack), case and case.state, len(cases), stack.app.outreach.surveys.words(place(message))), fuse.blown


def test_dying_at_any_effect_of_an_answer_counts_it_once(engine: Any) -> None:
    whole = (Nps(detractors=1, asked=1), "waiting", 1, "late")
    assert answered_and_crashed(engine, Fuse(10**6, before=True)) == (whole, False)
    effect = 1
    while True:
        for before in (True, False):
            found, blown = answered_and_crashed(engine, Fuse(effect, before))
            assert found == whole, (effect, before)
        if not blown:
            break
        effect += min(STRIDE[engine.name], 2)
    assert effect > 3


def test_a_store_without_its_condition_is_seen(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who read the same answer before them: one has to be told that the other was faster."""
    stack = surveying(moto_stack)
    token, message = sent(stack)
    answer(stack, token, 5)
    kept = stack.app.answers.read("demo", message.owner, message.message_id)
    assert kept is not None
    assert not stack.app.answers.put("demo", kept)
    monkeypatch.setattr("chalicelib.adapters.surveys.NOT_THERE", "attribute_not_exists(nothing)")
    assert DynamoAnswers(stack.app.parts.table).put("demo", kept)


# --- tasks --------------------------------------------------------------------------------------------------------------------


def test_a_bad_answer_is_a_task_and_said_to_nobody(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    token, message = sent(stack)
    answer(stack, token, 4, WORDS)
    case = the_case(stack, message)
    assert case is not None
    assert (case.kind, case.state, case.band) == ("survey", "waiting", "negative")
    assert (case.reason, case.order) == ("no_answer_here", "ann-1")
    assert case.solve_due is not None and case.first_due is None and case.draft is None
    assert [key for key, _, _ in stack.app.outreach.desk.cases.open("demo")] == [place(message)]
    deciding = stack.app.outreach.desk.deciding
    with pytest.raises(Rejected):
        deciding.word(place(message), "Thank you", "ann")
    with pytest.raises(Rejected):
        deciding.approve(place(message), "bo")
    for step in STEPS:
        case = deciding.step(place(message), step, "ann")
    assert (case.state, case.reason) == ("closed", "solved")
    assert [row for row in rows_of(stack, message.owner) if row.kind == "review_reply"] == []


@pytest.mark.parametrize(("score", "task"), [(0, True), (6, True), (7, False), (9, False)])
def test_detractors_are_those_up_to_six(moto_stack: Stack, score: int, task: bool) -> None:
    token, message = sent(surveying(moto_stack))
    answer(moto_stack, token, score)
    assert (the_case(moto_stack, message) is not None) == task


def test_whoever_thinks_better_of_it_closes_their_task(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    token, message = sent(stack)
    answer(stack, token, 4)
    stack.app.outreach.desk.deciding.step(place(message), "noticed", "ann")
    answer(stack, token, 8)
    case = the_case(stack, message)
    assert case is not None and (case.state, case.reason) == ("closed", "raised")
    answer(stack, token, 1)
    case = the_case(stack, message)
    assert case is not None and case.is_open and [each.step for each in case.done] == ["noticed"]


def test_a_task_that_was_solved_stays_so(moto_stack: Stack) -> None:
    stack = surveying(moto_stack)
    token, message = sent(stack)
    answer(stack, token, 4)
    for step in STEPS:
        stack.app.outreach.desk.deciding.step(place(message), step, "ann")
    answer(stack, token, 3, "and one more thing")
    case = the_case(stack, message)
    assert case is not None and (case.state, case.reason) == ("closed", "solved")


def test_its_deadline_is_told_once(moto_stack: Stack) -> None:
    reviews = '[reviews]\nenabled = true\nsolve_hours = 8\nrecipients = ["service@demo.example"]\n'
    stack = surveying(moto_stack, more=reviews)
    token, message = sent(stack)
    answer(stack, token, 4)
    stack.clock.at += timedelta(days=3)
    watch = stack.app.outreach.desk.watch
    assert [watch.run(), watch.run()] == [1, 0]
    case = the_case(stack, message)
    assert case is not None and case.marked == ("solve_breached",)
