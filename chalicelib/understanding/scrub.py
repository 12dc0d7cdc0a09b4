"""Takes out of a text what could name or reach a person, before it leaves the installation.

It errs towards taking out too much: a review loses little when a number is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_HAN = "[\u3400-\u9fff]"
# Surnames that most Chinese names begin with; a title after them marks a name.
_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于"
    "杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺"
    "毛郝顾龚邵万覃武钱戴严莫孔向常汤張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧葉蘇呂盧鍾譚陸]"
)

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[mail]", re.compile(r"[\w.+-]+ ?(?:@|＠|\(at\)) ?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)),
    ("[link]", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[handle]", re.compile(r"(?<!\w)@\w{2,}")),
    (
        "[handle]",
        re.compile(
            r"(?:微信|薇信|vx|v信|wechat|weixin|qq|line|telegram|whatsapp)(?: ?(?:id|号|號))? ?[:：是]? ?[a-z0-9_+-]{5,}",
            re.IGNORECASE,
        ),
    ),
    ("[number]", re.compile(r"(?<![A-Za-z0-9.])[+(]?\d(?:[ ().-]{0,2}\d){5,}")),
    (
        "[address]",
        re.compile(
            r"(?:"
            + _HAN
            + r"{2,7}(?:省|自治区|市|县|縣|区|區|镇|鎮|乡|鄉))*"
            + _HAN
            + r"{1,8}(?:路|街|道|巷|弄|胡同|大道|村|小区|花园|苑)(?:[一二三四五六七八九十\d]段)?"
            r"\d*[0-9零〇一二三四五六七八九十百\-]*(?:号|號|栋|棟|幢|座|单元|樓|楼|室|层|樓之\d)[0-9A-Za-z一-十号號栋棟幢座单元楼樓室层\-]*"
        ),
    ),
    (
        "[address]",
        re.compile(
            r"\b\d{1,5}[A-Za-z]? (?:[A-Z][\w'-]+ ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Way|Close|Place|"
            r"Pl|Square|Boulevard|Blvd|Terrace|Crescent|Gardens|Park)\b\.?(?:,? (?:Apt|Apartment|Flat|Unit|Suite|#) ?\w+)?"
        ),
    ),
    ("[postcode]", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    ("[name]", re.compile(r"(?<=我叫)" + _HAN + r"{2,4}|(?<=我是)" + _SURNAME + _HAN + r"{1,2}(?=[，。！,.! ]|$)")),
    ("[name]", re.compile(r"(?:收件人|收货人|收貨人|姓名|联系人|聯絡人)[:：是]? ?" + _HAN + r"{2,4}")),
    ("[name]", re.compile(_SURNAME + _HAN + r"{0,2}(?:先生|女士|小姐|太太|经理|經理|老师|老師)")),
    (
        "[name]",
        re.compile(
            r"(?:(?<=my name is )|(?<=My name is )|(?<=I'm called )|(?<=Dear )|(?<=Regards, )|(?<=regards, )"
            r"|(?<=Thanks, )|(?<=Sincerely, )|(?<=Mr )"
            r"|(?<=Mrs )|(?<=Ms )|(?<=Mr\. )|(?<=Mrs\. )|(?<=Ms\. )|(?<=Miss ))[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2}"
        ),
    ),
)


def scrubbed(text: str, names: Iterable[str] = ()) -> str:
    """The text without mails, links, handles, long numbers, addresses and names; `names`: more that are known, as the buyer's."""
    for name in sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True):
        text = re.sub(re.escape(name), "[name]", text, flags=re.IGNORECASE)
    for put, pattern in _RULES:
        text = pattern.sub(put, text)
    return text
