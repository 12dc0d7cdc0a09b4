"""One fuzzed input at a connector: verify, events, address and canonical over a mutated fixture of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from urllib.parse import parse_qsl

from chalicelib.contract import Connector, Event, RawRequest, ReceivesFeed, ReceivesWebhooks, Secrets, Verified
from chalicelib.errors import HuitouError, Rejected
from chalicelib.toolkit.canonical_json import to_json
from connectors.registry import connector
from tests.fuzz.findings import Finding, where
from tests.fuzz.mutations import Seed, around, mutated
from tests.kit.authenticity import signs_value
from tests.kit.cases import Case, cases
from tests.kit.common import FIVE, feeds, opened, pushes, require_located, verify
from tests.kit.inside import is_inside


class ConnectorTarget:
    """A connector with its fixtures. `one` handles one input; `endings` counts how they ended."""

    def __init__(self, key: str, sut: Connector | None = None) -> None:
        self.key = key
        self.sut = connector(key) if sut is None else sut
        self.cases = [case for case in cases(key) if _fits(self.sut, case)]
        assert self.cases, f"{key} has no fixture"
        self.endings: Counter[str] = Counter()
        every = {name: values for case in self.cases for name, values in case.secrets.values.items()}
        self._secrets = {case.name: Secrets({**every, **case.secrets.values}) for case in self.cases}
        self._sound = {case.name: found for case in self.cases if (found := self._verified(case)) is not None}
        bodies = tuple(self._plain(case) for case in self.cases)
        self._seeds = {case.name: Seed(self._plain(case), bodies) for case in self.cases}

    def one(self, draw: Random) -> None:
        """Handle one input. Finding: something but a typed error came out, or a forged push was believed."""
        case = draw.choice(self.cases)
        try:
            self.endings[self._tried(draw, case)] += 1
        except FIVE as error:
            try:
                require_located(self.sut, error)
            except AssertionError as missing:
                raise Finding(f"{case.name}: {missing}") from error
            self.endings[type(error).__name__] += 1
        except Finding:
            raise
        except Exception as error:
            raise Finding(f"{case.name}: {type(error).__name__} at {where(error)}") from error

    def _verified(self, case: Case) -> Verified | None:
        if case.kind != "push":
            return None
        try:
            return verify(self.sut, case)
        except HuitouError:
            return None

    def _plain(self, case: Case) -> bytes:
        found = self._sound.get(case.name)
        return opened(case.request, found).body if found else case.body

    def _tried(self, draw: Random, case: Case) -> str:
        if case.kind == "push":
            return self._push(draw, case)
        body = mutated(draw, self._seeds[case.name])
        if case.kind == "feed":
            feeds(self.sut).address(body)
            self._mapped(feeds(self.sut).events(case.with_body(body), case.ref), case)
            return "record read"
        for each in self.sut.canonical(case.payload_kind, body, case.ref):
            to_json(each)
        return "mapped"

    def _push(self, draw: Random, case: Case) -> str:
        chance = draw.random()
        if chance < 0.2 and case.name in self._sound:  # what lies on the queue, whoever put it there
            body = mutated(draw, self._seeds[case.name])
            self._mapped(pushes(self.sut).events(case.with_body(body), case.ref), case)
            return "cut"
        if chance < 0.7 and case.name in self._sound:
            return self._received(self._signed(draw, case), case, "read")
        return self._forged(draw, case)

    def _signed(self, draw: Random, case: Case) -> RawRequest:
        """Mutated and then signed, as if the platform itself had sent it."""
        told = sorted(self.sut.info.push_headers)
        request = case.with_body(mutated(draw, self._seeds[case.name]))
        if draw.random() < 0.2:
            request = around(draw, request, told)
        try:
            request = pushes(self.sut).sign(request, case.account, case.secrets, case.now)
        except (HuitouError, ValueError, KeyError, AttributeError, TypeError):  # signing is for bodies that can be signed
            return request
        return around(draw, request, told) if draw.random() < 0.2 else request

    def _received(self, request: RawRequest, case: Case, word: str) -> str:
        found = self._known(case, request)
        if not found.carries_event:
            return "answered"
        self._mapped(pushes(self.sut).events(opened(request, found), case.ref), case)
        return word

    def _forged(self, draw: Random, case: Case) -> str:
        request = replace(case.request, body=mutated(draw, Seed(case.body, ()))) if draw.random() < 0.7 else case.request
        if request.body == case.body or draw.random() < 0.3:
            request = around(draw, request, sorted(self.sut.info.push_headers))
        found = self._known(case, request)
        sound = self._sound.get(case.name)
        if self.sut.info.push_trust == "signed" and found.carries_event and sound and not self._same(case, request, found, sound):
            raise Finding(f"{case.name}: a changed body was believed")
        return "unharmed"

    def _same(self, case: Case, request: RawRequest, found: Verified, sound: Verified) -> bool:
        if request.body == case.body:
            return True
        if sound.opened is not None:
            return found.opened == sound.opened
        if is_inside(case):
            return _spelled(request.body, case.body) == _spelled(case.body, case.body)
        return signs_value(case) and bool(json.loads(request.body) == json.loads(case.body))

    def _known(self, case: Case, request: RawRequest) -> Verified:
        try:
            return verify(self.sut, case, request, self._secrets[case.name])
        except UnicodeEncodeError:  # half a surrogate pair was never on a wire: receive answers 400 to it
            raise Rejected("text-malformed", status=400) from None

    def _mapped(self, events: Iterable[Event], case: Case) -> None:
        for event in events:
            _text(event)
            if not event.thin:
                for each in self.sut.canonical(event.kind, event.payload, case.ref):
                    to_json(each)


def _spelled(body: bytes, genuine: bytes) -> object:
    """What platforms sign who write their signature into the body: values as text, in hexadecimal of either case.

    Of a form the fields of the genuine one: who signs a field by name says nothing of others, and nobody reads them.
    """
    try:
        told = json.loads(body)
    except ValueError:
        names = {name for name, _ in _fields(genuine)}
        return sorted((name, value.lower()) for name, value in _fields(body) if name in names)
    return {name: str(value).lower() for name, value in told.items()} if isinstance(told, dict) else told


def _fields(form: bytes) -> list[tuple[str, str]]:
    return parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True)


def _text(event: Event) -> None:
    for value in (event.delivery_id, event.topic, event.resource_id or ""):
        if not isinstance(value, str):
            raise Finding(f"an event's {type(value).__name__} where text belongs")


def _fits(sut: Connector, case: Case) -> bool:
    """Whether the connector has what the fixture is for."""
    if case.kind == "push":
        return isinstance(sut, ReceivesWebhooks)
    return isinstance(sut, ReceivesFeed) if case.kind == "feed" else True
