"""Segments as tags of the company, on the customers of an employee."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.contract import Api
from chalicelib.errors import Permanent
from chalicelib.toolkit.errcodes import Refused
from connectors.wecom import status
from connectors.wecom.api import asked, call
from connectors.wecom.payloads import MadeTags, TagGroup, TagList
from connectors.wecom.values import KEY, READ, known

GROUP = "Huitou"  # where the option `tag_group` names no other


def set_tags(employee: str, contact: str, add: Sequence[str], remove: Sequence[str], api: Api) -> None:
    """Make a customer carry `add` and not `remove`; names that are not there yet are made. Saying it again changes nothing."""
    if known(employee) is None or known(contact) is None:
        raise Permanent("target-refused", "not a customer of an employee", connector=KEY)
    wanted, unwanted = set(add), set(remove) - set(add)
    if not wanted and not unwanted:
        return
    groups = _groups(api)
    missing = sorted(wanted - set(_ids(groups, api)))
    if missing:
        groups = _with(missing, groups, api)
    ids = _ids(groups, api)
    body = {
        "userid": employee,
        "external_userid": contact,
        "add_tag": [ids[name] for name in sorted(wanted)],
        "remove_tag": [ids[name] for name in sorted(unwanted) if name in ids],
    }
    if not body["add_tag"] and not body["remove_tag"]:
        return
    try:
        asked(api, "mark_tag", body)
    except Refused as error:
        reason = "contact-gone" if error.code in status.GONE else "platform-refused"
        raise Permanent(reason, error.detail, connector=KEY) from None


def names_by_id(api: Api) -> dict[str, str]:
    """The names of all tags of the company."""
    return {tag.id: tag.name for group in _groups(api) for tag in group.tag or () if not tag.deleted}


def _groups(api: Api) -> list[TagGroup]:
    found = READ.decode(TagList, call(api, "get_corp_tag_list", {"tag_id": [], "group_id": []}), None).tag_group
    return [group for group in found or () if not group.deleted]


def _group(api: Api) -> str:
    return api.account.options.get("tag_group") or GROUP


def _ids(groups: Sequence[TagGroup], api: Api) -> dict[str, str]:
    """Id by name. A name that several groups have is that of our own group, else of the first."""
    own = _group(api)
    ordered = sorted(groups, key=lambda group: group.group_name == own)  # ours last, so that it holds
    found: dict[str, str] = {}
    for group in ordered:
        for tag in group.tag or ():
            if not tag.deleted and (group.group_name == own or tag.name not in found):
                found[tag.name] = tag.id
    return found


def _with(missing: Sequence[str], groups: Sequence[TagGroup], api: Api) -> list[TagGroup]:
    """The groups with the missing tags made. Where another worker was faster, what is there is read again."""
    own = _group(api)
    mine = next((group for group in groups if group.group_name == own), None)
    place: dict[str, object] = {"group_id": mine.group_id} if mine else {"group_name": own}
    try:
        made = READ.decode(MadeTags, asked(api, "add_corp_tag", {**place, "tag": [{"name": name} for name in missing]}), None)
    except Refused as error:
        if error.code != status.TAG_EXISTS:
            raise Permanent("platform-refused", error.detail, connector=KEY) from None
        found = _groups(api)
    else:
        if made.tag_group is None:
            raise READ.malformed("an answer without tags", "$.tag_group", None)
        made.tag_group.group_name = own
        found = [*groups, made.tag_group]
    if set(missing) - set(_ids(found, api)):
        raise Permanent("tag-missing", "tags that were made are not there", connector=KEY)
    return found
