"""What a check of an account says to its merchant, in English and Chinese: what was found, and what to do next."""

from __future__ import annotations

from chalicelib.domain.finding import Finding

_NOTHING = ("", "")
_AGAIN = ("Wait a few minutes and check again.", "请等几分钟再检查一次。")
_AUTHORISE = (
    "Let the shop's owner consent again: huitou accounts authorise {shop}",
    "请店铺负责人重新授权：huitou accounts authorise {shop}",
)
_SECRETS = ("Put them in: huitou accounts add {shop}", "请补填：huitou accounts add {shop}")
_CONSOLE = (
    "Compare key and secret with the platform's console, and replace what differs: huitou accounts rotate {shop} NAME",
    "请与平台控制台的密钥核对，不一致的请更换：huitou accounts rotate {shop} 名称",
)

# reason: (what was found, what to do), each in English and Chinese. {shop} is platform and account, {detail} our own words.
WORDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "configured": (("The account is in the configuration.", "账号已在配置中。"), _NOTHING),
    "account-unknown": (
        ("There is no such account in the configuration.", "配置中没有这个账号。"),
        ("Connect it: huitou accounts add {shop}", "请先接入：huitou accounts add {shop}"),
    ),
    "account-paused-here": (
        ("The account is paused: it is not pulled, its webhooks are still taken.", "账号已暂停：不再拉取，推送照收。"),
        ("Resume it when you are ready: huitou accounts resume {shop}", "需要时请恢复：huitou accounts resume {shop}"),
    ),
    "option-missing": (
        ("Webhooks that name their shop find no account: {detail}", "推送按店铺编号分发，但账号缺少对应选项：{detail}"),
        (
            "Add the option: huitou accounts add {shop} --option NAME=VALUE",
            "请补上选项：huitou accounts add {shop} --option 名称=值",
        ),
    ),
    "secrets-there": (("All secrets that it needs are there.", "所需密钥齐全。"), _NOTHING),
    "secret-missing": (("Secrets are missing: {detail}", "缺少密钥：{detail}"), _SECRETS),
    "rotating": (
        ("Secrets with two values, old and new: {detail}", "以下密钥新旧两个值同时有效：{detail}"),
        (
            "When the platform uses the new one, drop the old: huitou accounts rotate {shop} NAME --finish",
            "平台改用新值后，请停用旧值：huitou accounts rotate {shop} 名称 --finish",
        ),
    ),
    "unsigned-refused": (("A webhook without a signature is refused.", "没有签名的推送会被拒绝。"), _NOTHING),
    "unsigned-taken": (
        ("A webhook without a signature was NOT refused.", "没有签名的推送没有被拒绝！"),
        ("Stop: tell the people who run Huitou at once.", "请立即停用该账号并通知维护人员。"),
    ),
    "no-webhooks": (("The platform sends no webhooks to this account.", "该平台不向这个账号推送。"), _NOTHING),
    "probe-taken": (
        ("A signed test webhook to our own address was taken.", "已向自己的推送地址发送带签名的测试请求，并被正常接收。"),
        _NOTHING,
    ),
    "probe-unmade": (
        ("Only the platform can sign its webhooks; none was tried.", "只有平台自己能签名，未做测试推送。"),
        (
            "Use the platform's own test button, then look at huitou accounts check again.",
            "请用平台控制台的“测试推送”按钮验证。",
        ),
    ),
    "probe-refused": (
        ("A signed test webhook was refused: {detail}", "带签名的测试推送被拒绝：{detail}"),
        (
            "The running system does not have what is configured here yet. Wait 5 minutes; then look at base_url and secrets.",
            "正在运行的系统还没有读到这里的配置。请等 5 分钟；仍不行请检查 base_url 和密钥。",
        ),
    ),
    "door-closed": (
        ("Our own address does not answer: {detail}", "自己的推送地址没有回应：{detail}"),
        (
            "See that the system runs (huitou up) and that base_url in the configuration is the address the platform reaches.",
            "请确认系统在运行（huitou up），并且配置中的 base_url 就是平台能访问到的地址。",
        ),
    ),
    "api-answers": (("The platform's API answers with this account's rights.", "平台接口可用，权限正常。"), _NOTHING),
    "nothing-to-read": (("There is nothing to read from this platform.", "该平台没有可读取的接口。"), _NOTHING),
    "not-running": (
        (
            "Huitou does not run here: neither our own address nor the platform was asked.",
            "系统没有在本机运行，未测试推送地址和平台接口。",
        ),
        ("Start it (huitou up), then check again.", "请先启动（huitou up）再检查。"),
    ),
    "account-paused": (("The platform says that the authorisation was taken back.", "平台提示授权已被取消。"), _AUTHORISE),
    "token-revoked": (("The platform says that the authorisation is over.", "平台提示授权已失效。"), _AUTHORISE),
    "token-missing": (("The shop's owner has not consented yet.", "店铺负责人还没有授权。"), _AUTHORISE),
    "application-refused": (
        ("The platform refuses the application's key or secret.", "平台不认可应用的 key 或 secret。"),
        _CONSOLE,
    ),
    "app-key-refused": (("The platform refuses the application's key.", "平台不认可应用的 key。"), _CONSOLE),
    "signature-refused": (
        ("The platform refuses our signature: the secret is wrong.", "平台拒绝了签名：secret 不正确。"),
        _CONSOLE,
    ),
    "grant-refused": (("The platform gives no token: {detail}", "平台没有发放令牌：{detail}"), _AUTHORISE),
    "permission-missing": (
        ("The application lacks a permission: {detail}", "应用缺少权限：{detail}"),
        (
            "Ask for the permission in the platform's console, then let the owner consent again.",
            "请在平台控制台申请该权限，然后请负责人重新授权。",
        ),
    ),
    "address-not-trusted": (
        ("The platform does not know the address we call from.", "平台不认可我们的出口 IP。"),
        ("Put our outgoing address on the application's white list.", "请把我们的出口 IP 加入应用的白名单。"),
    ),
    "platform-throttled": (("The platform asks us to call less often.", "平台限流，暂时不能调用。"), _AGAIN),
    "platform-down": (("The platform does not answer.", "平台没有回应。"), _AGAIN),
    "api-refused": (("The platform refuses to be read: {detail}", "平台拒绝读取：{detail}"), _CONSOLE),
    "misconfigured": (
        ("Something in the account's configuration is wrong: {detail}", "账号配置有误：{detail}"),
        ("Compare options and secrets with the platform's page in docs/connectors.", "请对照 docs/connectors 中该平台的说明检查。"),
    ),
    "clock-right": (("Our clock agrees with the platform's.", "本机时间与平台一致。"), _NOTHING),
    "clock-unknown": (("Nobody told us the time to compare with.", "没有可比对的时间。"), _NOTHING),
    "clock-refused": (
        ("Our clock is wrong: {detail}", "本机时间不准：{detail}"),
        ("Set the machine's clock by a time server: signatures hold for minutes only.", "请开启时间同步：签名只在几分钟内有效。"),
    ),
}


def finding(check: str, ok: bool | None, reason: str, shop: str, detail: str = "") -> Finding:  # what a finding is
    """A finding in the words of its reason."""
    words, todo = WORDS[reason]
    fill = {"shop": shop, "detail": detail}
    english, chinese = (each.format(**fill) for each in words)
    act, zh_act = (each.format(**fill) for each in todo)
    return Finding(check, ok, reason, {"en": english, "zh-CN": chinese}, {"en": act, "zh-CN": zh_act})
