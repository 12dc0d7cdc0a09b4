"""WeCom: customers of employees as members, their tags, group-send tasks and greetings. There are no orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.channels import Task
from chalicelib.contract import Account, Api, Capability, ConnectorInfo, Event, EventKind, Page, RawRequest, Ref, Secrets, Verified
from chalicelib.errors import Skippable
from connectors.wecom import contacts, pull, push, tags, tasks
from connectors.wecom.api import HOST
from connectors.wecom.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class WeCom:
    """Stateless; see docs/connectors/wecom.md."""

    info = ConnectorInfo(
        key=KEY,
        name="WeCom",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_CONTACTS,
                Capability.SENDS_TASKS,
                Capability.WELCOMES,
                Capability.TAGS_CONTACTS,
            }
        ),
        push_trust="signed",
        verify_secrets=("token", "aes_key", "receive_id"),
        api_secrets=("corp_id", "corp_secret"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        marketing=frozenset({KEY}),
        doc="docs/connectors/wecom.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """A sealed envelope of this company, or a sealed `echostr` in a GET: Rejected 401 otherwise."""
        if request.method.upper() == "GET":
            return push.check_address(request, secrets)
        return push.check(request, account, secrets, now)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request sealed and signed, by the newest secrets."""
        return push.sign(request, secrets, now)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """What an opened message says, and what is to be read for it."""
        return push.to_events(request.body, ref.delivery_id)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the customer's details."""
        return contacts.hydrate(event, api) if event.thin else event

    def pull_contacts(self, cursor: str | None, api: Api) -> Iterator[Page]:
        """All customers of all employees; see pull.py."""
        return pull.pages(cursor, api)

    def send_task(self, employee: str, contacts: Sequence[str], text: str, api: Api) -> Task:
        """Make a group-send task; see tasks.py."""
        return tasks.send_task(employee, contacts, text, api)

    def task_receipts(self, task_id: str, api: Api) -> tuple[Event, ...]:
        """What became of a task; see tasks.py."""
        return tasks.receipts(task_id, api)

    def welcome(self, code: str, text: str, api: Api) -> None:
        """Greet a new customer; see tasks.py."""
        tasks.welcome(code, text, api)

    def set_tags(self, employee: str, contact: str, add: Sequence[str], remove: Sequence[str], api: Api) -> None:
        """Tag a customer; see tags.py."""
        tags.set_tags(employee, contact, add, remove, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Contacts with the consent that leaving withdraws, receipts of tasks; Skippable for the other kinds."""
        if kind == "contact":
            return contacts.to_canonical(payload, ref)
        if kind == "message":
            return tasks.to_receipts(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = WeCom()
