"""What a finding means and what to do about it, in words a merchant understands; in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from chalicelib.domain.health import Finding

Locale = Literal["en", "zh-CN"]


class Said(NamedTuple):
    """What is the matter, and what to do; `do` is "" where nothing has to be done."""

    what: str
    do: str


# Filled with the finding's facts; {about} is whom it is about, {ago} how long it has lasted.
WORDS: Mapping[str, Mapping[str, Said]] = {
    "revoked": {
        "en": Said(
            "{name} no longer lets us into the shop {about}: the authorisation was withdrawn.",
            "Authorise the shop again: huitou accounts authorise {about_args}. What came in meanwhile is kept for 40 hours.",
        ),
        "zh-CN": Said(
            "{name} 已撤销店铺 {about} 的授权，我们无法再访问。",
            "重新授权：huitou accounts authorise {about_args}。期间的数据保留 40 小时。",
        ),
    },
    "failing": {
        "en": Said(
            "{about}: fetching {what_word} from {name} has failed for {ago}: {why}.",
            "Check the connection: huitou accounts check {about_args}. Nothing is lost; the next success catches up.",
        ),
        "zh-CN": Said(
            "{about}：从 {name} 获取{what_word}已连续失败 {ago}：{why}。",
            "检查连接：huitou accounts check {about_args}。数据不会丢失，恢复后自动补齐。",
        ),
    },
    "paused": {
        "en": Said(
            "{about} has been paused by {by} for {ago}: it is not fetched from.", "Go on: huitou accounts resume {about_args}"
        ),
        "zh-CN": Said("{about} 已被 {by} 暂停 {ago}，不再拉取数据。", "恢复：huitou accounts resume {about_args}"),
    },
    "paused_config": {
        "en": Said("{about} is paused: it is not fetched from; what the platform pushes is still taken.", ""),
        "zh-CN": Said("{about} 已暂停：不主动拉取，平台推送的数据照常接收。", ""),
    },
    "never_heard": {
        "en": Said(
            "Nothing has ever come from {about}.",
            "Is its webhook URL registered with {name}? huitou accounts check {about_args} prints it and tries the connection.",
        ),
        "zh-CN": Said(
            "从未收到 {about} 的任何数据。",
            "是否已在 {name} 后台登记回调地址？huitou accounts check {about_args} 会给出地址并测试连接。",
        ),
    },
    "late": {
        "en": Said(
            "Orders of {about} were last fetched {ago} ago; figures of today are too low.",
            "huitou pull {about} fetches now. If that fails: huitou accounts check {about_args}",
        ),
        "zh-CN": Said(
            "{about} 的订单上次拉取是在 {ago}前，今天的数字偏低。",
            "立即拉取：huitou pull {about}。若失败：huitou accounts check {about_args}",
        ),
    },
    "silent": {
        "en": Said(
            "{about} has been silent for {ago}. Perhaps nobody bought; perhaps {name} stopped telling us.",
            "Compare with the orders in the platform's console; then huitou accounts check {about_args}",
        ),
        "zh-CN": Said(
            "{about} 已 {ago}没有消息。可能没有成交，也可能 {name} 停止了推送。",
            "先与平台后台的订单核对，再运行 huitou accounts check {about_args}",
        ),
    },
    "schedules_silent": {
        "en": Said(
            "The clock has stopped: nothing ran for {ago}. No order is fetched, nothing is summed or sent.",
            "On one machine: is `huitou up` running? In AWS: look at the schedules (docs/alarms.md#ticksilent).",
        ),
        "zh-CN": Said(
            "定时任务已停止 {ago}：不再拉取、汇总或发送。",
            "本机：`huitou up` 是否在运行？AWS：检查定时计划（docs/alarms.md#ticksilent）。",
        ),
    },
    "schedules_never": {
        "en": Said(
            "The clock has never run here: no order is fetched, nothing is summed or sent.",
            "Wait two minutes after the start; then as docs/alarms.md#ticksilent says.",
        ),
        "zh-CN": Said("定时任务从未运行：不会拉取、汇总或发送。", "启动后请等待两分钟；仍无变化见 docs/alarms.md#ticksilent。"),
    },
    "stream_behind": {
        "en": Said(
            "Sums and member profiles are {ago} behind. Messages to members wait meanwhile.",
            "It catches up by itself; if it grows: docs/alarms.md#projectage",
        ),
        "zh-CN": Said("汇总与会员画像落后 {ago}，期间暂缓向会员发送。", "通常会自动追上；若持续变大，见 docs/alarms.md#projectage"),
    },
    "dead_letters": {
        "en": Said(
            "{deliveries} failed five times: kept in {about}.",
            "Look: huitou redrive --dry-run. After the repair: huitou redrive. They are kept for 14 days.",
        ),
        "zh-CN": Said(
            "{count} 条数据重试五次仍失败，已搁置（{about}）。",
            "查看：huitou redrive --dry-run；修复后：huitou redrive。保留 14 天。",
        ),
    },
    "queue_waits": {
        "en": Said(
            "{deliveries} on the queue {about}, the oldest for {ago}.",
            "Is a platform's API slow, or are we throttled? docs/alarms.md#inboundage",
        ),
        "zh-CN": Said(
            "队列 {about} 有 {count} 条待处理，最早的已等待 {ago}。", "平台接口变慢或被限流？见 docs/alarms.md#inboundage"
        ),
    },
    "quarantined": {
        "en": Said(
            "{deliveries} of {about} for a person to look at: {why}.",
            "Look: huitou quarantine list. After the repair: huitou replay --quarantined --reason {reason}",
        ),
        "zh-CN": Said(
            "{about} 有 {count} 条数据等待人工处理：{why}。",
            "查看：huitou quarantine list；修复后：huitou replay --quarantined --reason {reason}",
        ),
    },
    "parked": {
        "en": Said("{deliveries} parked until a platform takes calls again; that goes on by itself.", ""),
        "zh-CN": Said("{count} 条数据按平台要求稍后重试，会自动继续。", ""),
    },
    "cells_wait": {
        "en": Said(
            "{count} day sums wait to be made anew; usually that takes two minutes.",
            "If it does not shrink: docs/alarms.md#tickerrors",
        ),
        "zh-CN": Said("{count} 个日汇总待重算，通常两分钟内完成。", "若未减少，见 docs/alarms.md#tickerrors"),
    },
    "halted": {
        "en": Said(
            "Marketing by {about} has stopped itself: {why}.",
            "Find out what was wrong with the list, then: huitou winback resume {about}",
        ),
        "zh-CN": Said("{about} 渠道的营销发送已自动停止：{why}。", "先查明名单问题，再运行：huitou winback resume {about}"),
    },
    "sending_off": {
        "en": Said(
            "Messages to members are switched off.",
            "To switch them on: [sending] enabled = true, see docs/operations.md#switching-sending-on",
        ),
        "zh-CN": Said("会员消息发送处于关闭状态。", "开启：[sending] enabled = true，见 docs/operations.md#switching-sending-on"),
    },
    "digest_missing": {
        "en": Said("The digest of {day} has not gone out.", "huitou digest --date {day} --send sends it now."),
        "zh-CN": Said("{day} 的日报尚未发出。", "立即发送：huitou digest --date {day} --send"),
    },
    "no_readers": {
        "en": Said("Nobody reads a digest.", "Name readers under [digest] in huitou.toml: docs/digest.md"),
        "zh-CN": Said("日报没有收件人。", "在 huitou.toml 的 [digest] 中填写收件人，见 docs/digest.md"),
    },
    "readers_left": {
        "en": Said(
            "All {count} readers of the digest have unsubscribed.", "Name somebody who wants it under [digest] in huitou.toml."
        ),
        "zh-CN": Said("日报的 {count} 位收件人都已退订。", "在 huitou.toml 的 [digest] 中填写需要日报的人。"),
    },
    "cases_overdue": {
        "en": Said("{count} reviews or questions are past their time for an answer.", "huitou reviews list"),
        "zh-CN": Said("{count} 条评价或提问已超过答复时限。", "huitou reviews list"),
    },
    "erasures_late": {
        "en": Said("{count} persons asked to be erased more than 24 hours ago, and are not yet.", "docs/alarms.md#erasurelate"),
        "zh-CN": Said("{count} 人的删除请求已超过 24 小时仍未完成。", "见 docs/alarms.md#erasurelate"),
    },
    "hand_out": {
        "en": Said("{count} persons ask what is held of them; the first is to be told within {ago}.", "huitou erase --list"),
        "zh-CN": Said("{count} 人要求查阅其个人信息，最早一件须在 {ago}内答复。", "huitou erase --list"),
    },
}
WHATS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "orders": "orders",
        "reviews": "reviews",
        "spend": "advertising costs",
        "contacts": "contacts",
        "poll": "messages",
        "reconcile": "the list to compare with",
        "token": "a new access token",
    },
    "zh-CN": {
        "orders": "订单",
        "reviews": "评价",
        "spend": "广告花费",
        "contacts": "联系人",
        "poll": "消息",
        "reconcile": "对账清单",
        "token": "访问令牌",
    },
}
# Reasons are our own slugs; those that merchants meet most, in words. The slug stays: whoever looks further searches for it.
REASONS: Mapping[str, Mapping[str, str]] = {
    "platform-throttled": {"en": "the platform limits how often we may ask", "zh-CN": "平台限制了调用频率"},
    "platform-unavailable": {"en": "the platform does not answer", "zh-CN": "平台无响应"},
    "platform-error": {"en": "the platform answers with an error", "zh-CN": "平台返回错误"},
    "account-paused": {"en": "the authorisation was withdrawn", "zh-CN": "授权已被撤销"},
    "token-revoked": {"en": "the authorisation was withdrawn", "zh-CN": "授权已被撤销"},
    "secret-missing": {"en": "a secret is missing", "zh-CN": "缺少密钥"},
    "secret-malformed": {"en": "a secret is not in the right form", "zh-CN": "密钥格式不正确"},
    "option-missing": {"en": "an option of the account is missing", "zh-CN": "缺少账号选项"},
    "payload-malformed": {"en": "it cannot be read", "zh-CN": "内容无法解析"},
    "envelope-malformed": {"en": "it is no delivery of ours", "zh-CN": "不是有效的投递"},
    "cannot-hydrate": {"en": "the platform does not let us read the rest", "zh-CN": "无法向平台读取详情"},
    "bounces": {"en": "too many messages came back", "zh-CN": "退信过多"},
    "complaints": {"en": "too many recipients complained", "zh-CN": "投诉过多"},
}
_NOBODY: Mapping[str, str] = {"en": "a platform nobody knows", "zh-CN": "未知平台"}
_UNITS: Mapping[str, tuple[str, str, str, str]] = {"en": (" d", " h", " min", " s"), "zh-CN": (" 天", " 小时", " 分钟", " 秒")}


def said(finding: Finding, locale: str) -> Said:
    """A finding in words. `locale` is en or zh-CN."""
    facts: dict[str, str] = {name: str(value) for name, value in finding.facts.items()}
    facts["about_args"] = finding.about.replace("/", " ", 1)
    facts["about"] = _NOBODY[locale] if finding.about == "-" else finding.about
    reason = facts.get("reason", "")
    facts["why"] = _why(reason, locale)
    facts["deliveries"] = "1 delivery" if facts.get("count") == "1" else f"{facts.get('count')} deliveries"
    facts["ago"] = lasting(int(facts.get("for_s", "0")), locale)
    facts["what_word"] = WHATS[locale].get(facts.get("what", ""), facts.get("what", ""))
    words = WORDS[finding.code][locale]
    return Said(words.what.format_map(facts), words.do.format_map(facts))


def _why(reason: str, locale: str) -> str:
    words = REASONS.get(reason)
    if words is None:
        return reason
    return f"{words[locale]} ({reason})" if locale == "en" else f"{words[locale]}（{reason}）"


def lasting(seconds: int, locale: str) -> str:
    """A length of time in its two largest units: 2 d 5 h, 14 min."""
    left, parts = max(seconds, 0), list[str]()
    for size, unit in zip((86400, 3600, 60, 1), _UNITS[locale], strict=True):
        count, left = divmod(left, size)
        if count and len(parts) < 2 and not (unit == _UNITS[locale][3] and parts):
            parts.append(f"{count}{unit}")
        elif parts:
            break
    return " ".join(parts) or f"0{_UNITS[locale][3]}"
