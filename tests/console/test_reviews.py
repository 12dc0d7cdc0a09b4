"""Reviews in the console: the queue, a yes to what was read, four eyes, other words, the steps, and many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import deciding
from chalicelib.domain.case import Case
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Review
from chalicelib.ports import RecordKey
from tests.console.browser import ADDRESSES, PEOPLE, Browser, Got
from tests.functional.exactness.test_answers import ANGER, ON, PRAISE, Replying, run
from tests.functional.exactness.test_writing import Sending
from tests.functional.runs.platform import Only
from tests.functional.stack import NOW, Stack

HOSTILE = '<script>alert(1)</script>"><img src=x><textarea>'
ANSWER = "We are very sorry. We will send you another one at once."
SHOP = ON.replace("[reviews]\n", "[reviews]\nauto_positive = false\n") + PEOPLE


def shop_of(engine: Any, platform: Replying | None = None) -> tuple[Stack, Any]:
    """A shop whose platform answers, with people."""
    stack, found = Stack(engine, SHOP), platform or Sending()
    stack.app.hub = Only(found)  # type: ignore[assignment]
    return stack, found


def tell(stack: Stack, name: str, text: str, stars: int | None, *, days: int = 0) -> None:
    """The platform tells a review."""
    at = NOW - timedelta(hours=3) + timedelta(days=days)
    buyer = Buyer(id="b-1", name="Lin Qing", nickname=f"Lin{HOSTILE}", email="lin@example.com")
    review = Review(
        *("demo", "fake", "acme", name, "order-9", "p-1", None, stars, text, None),
        buyer=buyer, created_at=at, updated_at=at,
    )  # fmt: skip
    stack.app.recording.keep(review, source=1, occurred_at=at, keep_raw=lambda: "raw")
    stack.app.outreach.desk.reviewing.on_record(RecordKey("demo", "fake", "acme", "review", name))


def signed(stack: Stack, role: str = "marketing", language: str = "en") -> Browser:
    """A browser of somebody who is signed in."""
    browser = Browser([stack.app], language=language)
    browser.sign_in(stack, role)
    return browser


def case(stack: Stack, name: str = "r-1") -> Case:
    """As it lies there."""
    found = {place.id: case for place, case, _ in stack.app.outreach.desk.cases.all("demo", "fake", "acme")}
    return found[name]


def page(browser: Browser, name: str = "r-1") -> Got:
    """A review's page."""
    got = browser.open(f"/console/m/demo/reviews/fake/acme/review/{name}")
    assert got.status == 200, got.body
    return got


def post_all(browser: Browser, path: str, pairs: Any) -> Got:
    """A form with a name given more than once."""
    return browser.ask("POST", path, pairs, {})


@pytest.fixture
def busy(moto_engine: Any) -> Stack:
    """A shop with good and bad ones, one of them hostile."""
    stack, _ = shop_of(moto_engine)
    tell(stack, "r-1", PRAISE, 5)
    tell(stack, "r-2", ANGER, 1)
    tell(stack, "r-3", f"{HOSTILE} broken, very disappointed", 2)
    tell(stack, "r-4", "", 3)
    return stack


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_queue_and_every_case_in_both_languages(busy: Stack, language: str) -> None:
    browser = signed(busy, language=language)
    listed = browser.open("/console/m/demo/reviews")
    assert listed.status == 200 and len(listed.body.encode()) < 150_000
    for name in ("r-1", "r-2", "r-3", "r-4"):
        assert f"/reviews/fake/acme/review/{name}" in listed.body
        told = page(browser, name)
        assert "<script>alert" not in told.body and "<img src=x" not in told.body
    assert "Lin**" not in told.body and "L**" in told.body and "Lin Qing" not in told.body and "lin@example.com" not in told.body


def test_filters(busy: Stack) -> None:
    browser = signed(busy)
    for query, names in (
        ("stars=1", {"r-2"}),
        ("stars=2&state=drafted", {"r-3"}),
        ("platform=nobody", set()),
        ("state=closed", None),
    ):
        body = browser.open(f"/console/m/demo/reviews?{query}").body
        wanted = {"r-1", "r-2", "r-3", "r-4"} if names is None else names  # a word that is no open state asks nothing
        assert {name for name in ("r-1", "r-2", "r-3", "r-4") if f"/review/{name}" in body} == wanted


@pytest.mark.parametrize("engine", ["moto_engine", "dynamodb_local_engine"])
def test_what_is_late_comes_first_though_it_was_told(request: pytest.FixtureRequest, engine: str) -> None:
    stack, _ = shop_of(request.getfixturevalue(engine))
    tell(stack, "r-new", ANGER, 1)
    stack.clock.at += timedelta(days=9)
    stack.app.outreach.desk.watch.run()
    assert "first_breached" in case(stack, "r-new").marked, "what was told already must not sink"
    tell(stack, "r-later", PRAISE, 5, days=9)
    body = signed(stack).open("/console/m/demo/reviews").body
    assert body.count("Late</span>") == 1 and "2 open, 1 of them late" in body
    assert body.index("/review/r-new") < body.index("/review/r-later")


def test_a_yes_is_posted_on_the_platform(moto_engine: Any) -> None:
    stack, platform = shop_of(moto_engine)
    tell(stack, "r-1", PRAISE, 5)
    browser = signed(stack)
    got = browser.submit(page(browser).form("/approve"))
    assert "It goes with the next delivery" in got.body
    run(stack.app.deliver)
    assert platform.said == [("r-1", case(stack).draft)]
    assert case(stack).approvals[0].who == ADDRESSES["marketing"]
    assert "Answered" in page(browser).body
    told = {(row.act, row.actor, row.subject) for row in stack.app.audit.read("demo", NOW)}
    assert ("review.approve", ADDRESSES["marketing"], "fake/acme/review/r-1") in told


def test_nobody_agrees_to_words_they_have_not_read(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, _ = shop_of(moto_engine)
    tell(stack, "r-1", PRAISE, 5)
    browser = signed(stack)
    form = page(browser).form("/approve")
    (place,) = (each for each, _, _ in stack.app.outreach.desk.cases.all("demo", "fake", "acme"))
    stack.app.outreach.desk.deciding.word(place, "Thank you.", "somebody")
    assert "Somebody changed the draft meanwhile" in browser.submit(form).body
    assert case(stack).state == "drafted"
    monkeypatch.setattr(deciding, "_same", lambda *_: None)
    browser.submit(form)
    assert case(stack).state == "queued", "the guard is what keeps it"


def test_four_eyes(moto_engine: Any) -> None:
    stack, platform = shop_of(moto_engine)
    tell(stack, "r-2", ANGER, 1)
    one, two = signed(stack), signed(stack, "owner")
    first = page(one, "r-2")
    assert "Two different people have to approve" in first.body and "Save and approve" not in first.body
    saved = one.submit(first.form("/word"), text=ANSWER, then="approve")
    assert "a second person must approve" in saved.body
    assert "You wrote this draft. A second person must approve." in saved.body
    forged = first.form("/word").fields | {"seen": page(two, "r-2").form("/approve").fields["seen"]}
    refused = one.post("/console/m/demo/reviews/fake/acme/review/r-2/approve", forged)
    assert "failed=own-draft" in refused.location
    got = two.submit(page(two, "r-2").form("/approve"))
    assert "1 of 2 approvals" in got.body and "You have approved this draft already" in got.body
    run(stack.app.deliver)
    assert platform.said == [] and case(stack, "r-2").state == "drafted"


def test_other_words_are_checked_and_not_lost(moto_engine: Any) -> None:
    stack, platform = shop_of(moto_engine)
    tell(stack, "r-1", PRAISE, 5)
    browser = signed(stack)
    got = browser.submit(page(browser).form("/word"), text=f"Call us: 13912345678 {HOSTILE}", then="approve")
    assert got.status == 422 and "telephone number" in got.body and "13912345678" in got.body
    assert "<script>alert" not in got.body
    assert case(stack).state == "drafted" and case(stack).approvals == ()
    browser.submit(got.form("/word"), text="Thank you, enjoy it!\r\n\r\n  See you.", then="save")
    assert "Thank you, enjoy it!&#10;&#10;  See you." in page(browser).body, "what is typed again is what was typed"
    browser.submit(page(browser).form("/approve"))
    run(stack.app.deliver)
    assert platform.said == [("r-1", "Thank you, enjoy it!\n\n  See you.")]


def test_steps_private_words_and_no_answer(moto_engine: Any) -> None:
    stack, platform = shop_of(moto_engine)
    tell(stack, "r-2", ANGER, 1)
    browser = signed(stack)
    steps = [form for form in page(browser, "r-2").forms if form.action.endswith("/step")]
    assert [form.fields["step"] for form in steps] == ["noticed", "cause", "wrote", "solved", "second_look"]
    got = browser.submit(steps[1], note="the box was too thin")
    assert "the box was too thin" in got.body
    assert "This step was taken before" in browser.submit(steps[1]).body
    refused = browser.submit(got.form("/write"), text="Call 13912345678")
    assert refused.status == 422 and "Call 13912345678" in refused.body
    browser.submit(refused.form("/write"), text="We are sorry. Would you like another one?")
    run(stack.app.deliver)
    assert [text for _, _, text in platform.sent] == ["We are sorry. Would you like another one?"]
    last = page(browser, "r-2")
    assert {each.step: each.who for each in case(stack, "r-2").done}["wrote"] == ADDRESSES["marketing"]
    assert not [form for form in last.forms if form.action.endswith("/write")]
    browser.submit(last.form("/reject"), note="their mistake")
    assert (case(stack, "r-2").state, case(stack, "r-2").reason) == ("waiting", "rejected")


def test_many_good_ones_at_once_each_as_if_alone(moto_engine: Any) -> None:
    stack, platform = shop_of(moto_engine)
    for number in range(4):
        tell(stack, f"r-{number}", PRAISE, 5)
    tell(stack, "r-bad", ANGER, 1)
    browser = signed(stack)
    listed = browser.open("/console/m/demo/reviews")
    chosen = sorted(part.split('"')[0] for part in listed.body.split('name="case" value="')[1:])
    assert len(chosen) == 4, "no bad one can be chosen"
    (place,) = (each for each, _, _ in stack.app.outreach.desk.cases.all("demo", "fake", "acme") if each.id == "r-3")
    stack.app.outreach.desk.deciding.word(place, "Thank you.", "somebody")
    forged = next(each for each in chosen if each.endswith("/r-0")).replace("r-0", "r-bad")
    form = listed.form("/together")
    told = list(form.fields.items()) + [("case", each) for each in (*chosen, forged, "no/such")]
    got = post_all(browser, form.action, told)
    assert "failed=form-malformed" in got.location and case(stack, "r-1").approvals == (), "a row that is none of ours"
    got = post_all(browser, form.action, told[:-1])
    assert got.body.count("Not approved:") == 2 and "by itself" in got.body and "Read it again" in got.body
    run(stack.app.deliver)
    assert {name for name, _ in platform.said} == {"r-0", "r-1", "r-2"}
    acts = [row.act for row in stack.app.audit.read("demo", NOW)]
    assert acts.count("review.approve") == 4 and "review.together" in acts
    again = post_all(browser, form.action, told[:-1])
    assert again.body.count("Not approved:") == 5, "nothing is said twice"
    assert "failed=nothing-chosen" in browser.post(form.action, form.fields).location


def test_who_only_reads_decides_nothing(moto_engine: Any) -> None:
    stack, _ = shop_of(moto_engine)
    tell(stack, "r-1", PRAISE, 5)
    marketing, viewer = signed(stack), signed(stack, "viewer")
    told = page(viewer)
    assert not [form for form in told.forms if "/reviews/" in form.action]
    form = page(marketing).form("/approve")
    assert viewer.post(form.action, form.fields).status == 403
    own = form.fields | {"form": next(each.fields["form"] for each in told.forms if "form" in each.fields)}
    assert viewer.post(form.action, own).status == 403
    assert case(stack).state == "drafted"


@pytest.mark.parametrize("path", ["fake/acme/review/none", "fake/acme/nothing/r-1", "nobody/acme/review/r-1"])
def test_there_is_no_such_case(busy: Stack, path: str) -> None:
    assert signed(busy).open(f"/console/m/demo/reviews/{path}").status == 404


def test_a_long_queue_is_bounded_and_says_so(busy: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import case_queue
    from chalicelib.console.pages import reviews

    monkeypatch.setattr(reviews, "SHOWN", 2)
    browser = signed(busy)
    first = browser.open("/console/m/demo/reviews")
    assert "from=2" in first.body and first.body.count("/reviews/fake/acme/review/") == 2
    second = browser.open("/console/m/demo/reviews?from=2")
    assert second.body.count("/reviews/fake/acme/review/") == 2 and "from=4" not in second.body
    monkeypatch.setattr(case_queue, "LOOKED", 1)
    assert "There are more open ones" in browser.open("/console/m/demo/reviews").body
