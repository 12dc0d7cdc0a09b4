"""The platform matrix of the documents, written from what each connector declares: `python -m ops.docs`.

It stands between two marks in README.md, README.zh-CN.md and docs/connectors/README.md; everything else in these files is
written by hand. `--check` writes nothing and ends with 1 when a file is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chalicelib import metrics_list
from chalicelib.contract import Capability, ConnectorInfo
from chalicelib.errors import ConfigError
from connectors import registry

ROOT = Path(__file__).parent.parent
BEGIN = "<!-- platforms: written by `python -m ops.docs` -->"
END = "<!-- end of platforms -->"
YES, NO = "✓", "–"

# What a reader asks of a platform. A capability that no connector has makes no column.
ENGLISH: Mapping[str, str] = {
    "platform": "platform",
    "push": "webhooks",
    "signed": "signed",
    "hint": "unsigned: read again by API",
    "none": NO,
    "marketing": "win-back by",
    Capability.PULLS_ORDERS: "pulls orders",
    Capability.PULLS_REVIEWS: "pulls reviews",
    Capability.REPLIES_TO_REVIEWS: "replies to reviews",
    Capability.SENDS_MESSAGES: "sends messages",
    Capability.PULLS_SPEND: "pulls ad spend",
    Capability.HANDLES_ERASURE: "privacy requests",
    Capability.IMPORTS_FILES: "imports files",
    Capability.PULLS_CONTACTS: "member directory",
    Capability.SENDS_TEMPLATES: "template messages",
    Capability.SENDS_TASKS: "group-send tasks",
    Capability.POSTS_NOTICES: "posts to groups",
    "feed": "its own queue",
    "polled": "no: messages are fetched",
    "socket": "no: WebSocket worker",
    "or": "{} or {}",
}
CHINESE: Mapping[str, str] = {
    "platform": "平台",
    "push": "Webhook",
    "signed": "有签名",
    "hint": "无签名：收到后经 API 重读",
    "none": NO,
    "marketing": "召回渠道",
    Capability.PULLS_ORDERS: "拉取订单",
    Capability.PULLS_REVIEWS: "拉取评价",
    Capability.REPLIES_TO_REVIEWS: "回复评价",
    Capability.SENDS_MESSAGES: "发送消息",
    Capability.PULLS_SPEND: "拉取广告花费",
    Capability.HANDLES_ERASURE: "隐私请求",
    Capability.IMPORTS_FILES: "导入文件",
    Capability.PULLS_CONTACTS: "客户通讯录",
    Capability.SENDS_TEMPLATES: "模板消息",
    Capability.SENDS_TASKS: "群发任务",
    Capability.POSTS_NOTICES: "群机器人",
    "feed": "专用队列",
    "polled": "无：主动消费消息",
    "socket": "无：WebSocket 常驻进程",
    "or": "{}或{}",
}
# How pushes come has a column of its own; reading what a push names, and fetching keys, are how a connector does its work.
UNSHOWN = {
    Capability.RECEIVES_WEBHOOKS,
    Capability.RECEIVES_FEED,
    Capability.POLLS_FEED,
    Capability.HOLDS_SOCKET,
    Capability.HYDRATES,
    Capability.FETCHES_KEYS,
    Capability.WELCOMES,
    Capability.TAGS_CONTACTS,
    Capability.AUTHORISES,
    Capability.REVOKES_TOKENS,
    Capability.PROBES,
    Capability.REGISTERS_PUSH,
}
_SHOWN = tuple(capability for capability in Capability if capability not in UNSHOWN)


def matrix(infos: Sequence[ConnectorInfo], words: Mapping[str, str], folder: Path) -> str:
    """The table as Markdown, a row a platform by key, its links relative to `folder` (a folder of the repository)."""
    columns = [capability for capability in _SHOWN if any(capability in info.capabilities for info in infos)]
    head = [words["platform"], words["push"], *(words[capability] for capability in columns), words["marketing"]]
    rows = [
        [
            f"[{info.name}]({_link(info.doc, folder)})",
            _push(info, words),
            *(YES if capability in info.capabilities else NO for capability in columns),
            ", ".join(sorted(info.marketing)) or NO,
        ]
        for info in infos
    ]
    return _table(head, rows)


def _push(info: ConnectorInfo, words: Mapping[str, str]) -> str:
    webhooks = words[info.push_trust]
    if webhooks == NO:
        for capability, word in ((Capability.HOLDS_SOCKET, "socket"), (Capability.POLLS_FEED, "polled")):
            if capability in info.capabilities:
                return words[word]
    if Capability.POLLS_FEED in info.capabilities:  # beside webhooks: those that were missed
        return webhooks
    if Capability.RECEIVES_FEED not in info.capabilities:
        return webhooks
    return words["feed"] if webhooks == NO else words["or"].format(webhooks, words["feed"])


def details(infos: Sequence[ConnectorInfo], folder: Path) -> str:
    """Keys, secret names and hosts, a row a platform."""
    rows = [
        [
            f"[{info.name}]({_link(info.doc, folder)})",
            f"`{info.key}`",
            _codes(info.verify_secrets),
            _codes(info.api_secrets),
            _codes((*info.api_hosts, *((f"option {info.host_option}",) if info.host_option else ()))),
        ]
        for info in infos
    ]
    return _table(["platform", "key", "secrets for webhooks", "secrets for the API", "hosts it calls"], rows)


def blocks() -> dict[str, str]:
    """What belongs between the marks of each file, by path from the root."""
    infos = [registry.connector(key).info for key in sorted(registry.KEYS)]
    pages = Path("docs/connectors")
    return {
        "README.md": matrix(infos, ENGLISH, Path()),
        "README.zh-CN.md": matrix(infos, CHINESE, Path()),
        "docs/counters.md": metrics_list.table(),
        "docs/connectors/README.md": f"{matrix(infos, ENGLISH, pages)}\n\n{details(infos, pages)}",
    }


def rewritten(text: str, block: str) -> str:
    """`text` with `block` between its marks. ConfigError when the marks are not there exactly once, in order."""
    before, opened, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not opened or not closed or BEGIN in after or END in after:
        raise ConfigError("marks-missing", f"the document needs {BEGIN} and {END}, once each")
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{after}"


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The files that are out of date, with the text that they should have."""
    wanted = {root / name: rewritten((root / name).read_text(encoding="utf-8"), block) for name, block in blocks().items()}
    return {path: text for path, text in wanted.items() if path.read_text(encoding="utf-8") != text}


def main(arguments: Sequence[str]) -> int:
    """Rewrite what is out of date, or only name it with `--check`."""
    parser = argparse.ArgumentParser(prog="python -m ops.docs", description="Write the platform matrix into the documents.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a document is out of date")
    told = parser.parse_args(arguments)
    found = stale()
    for path, text in found.items():
        print(f"{path.relative_to(ROOT)}: {'out of date' if told.check else 'written'}")
        if not told.check:
            path.write_text(text, encoding="utf-8")
    return 1 if found and told.check else 0


def _link(doc: str, folder: Path) -> str:
    return doc if folder == Path() else str(Path(doc).relative_to(folder))


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or NO


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
