"""Sentences by what they are hard for: text, stars, what it says. Our own, and none of the labelled set."""

from __future__ import annotations

Case = tuple[str, int | None, str]

NEGATION_ZH: tuple[Case, ...] = (
    ("这个台灯不好用", None, "negative"),
    ("一点都不舒服", None, "negative"),
    ("并不好看", None, "negative"),
    ("这椅子坐着不太舒服", None, "negative"),
    ("洗了三次没有起球", None, "positive"),
    ("没有刺鼻的气味", None, "positive"),
    ("没发现划痕", None, "positive"),
)
DOUBLE_NEGATION_ZH: tuple[Case, ...] = (
    ("不是不好看，是太好看了", 5, "positive"),
    ("没有不满意的地方", 5, "positive"),
    ("不能说没用，只能说效果一般", 3, "neutral"),
)
NEGATION_EN: tuple[Case, ...] = (
    ("This is not comfortable", None, "negative"),
    ("The fan isn't quiet", None, "negative"),
    ("Never had a reliable minute with this printer", None, "negative"),
    ("It doesn't smell and there are no stains", None, "positive"),
    ("Couldn't be more pleased", None, "positive"),
    ("Not bad for a beginner's ukulele", 4, "positive"),
    ("I can't say enough about this rug", 5, "positive"),
)
CONTRAST: tuple[Case, ...] = (
    ("虽然有点贵，但是真的好用", None, "positive"),
    ("外观漂亮，但是用两天就坏了", None, "negative"),
    ("Pretty design but it broke on day two", None, "negative"),
    ("The lid is a bit stiff, but the flask is brilliant and keeps tea hot", None, "positive"),
)
WISH: tuple[Case, ...] = (
    ("要是能再结实一点就好了", 2, "negative"),
    ("如果轮子会转就完美了", 2, "negative"),
    ("Would be lovely if it stayed closed", 2, "negative"),
)
COMPARISON: tuple[Case, ...] = (
    ("远不如上一代", None, "negative"),
    ("没有想象中的那么好", None, "negative"),
    ("比我在市场买的还要结实", None, "positive"),
    ("Much quieter than my neighbour's", None, "positive"),
    ("Not as soft as I had hoped", None, "negative"),
)
IRONY: tuple[Case, ...] = (
    ("太棒了，第二次用就漏水，正好拖地", 5, "negative"),
    ("感谢卖家让我重新爱上手洗", 5, "negative"),
    ("质量真好啊，拉链一拉就掉", 5, "negative"),
    ('Ah yes, "premium" leather. Peeled in a week.', 5, "negative"),
    ("Bravo. Only took nine weeks.", 5, "negative"),
    ("开不了机👏", 5, "negative"),
)
RHETORICAL: tuple[Case, ...] = (
    ("这也叫全新？", 4, "negative"),
    ("哪里值这个钱", 4, "negative"),
    ("How is this even legal to sell?", 1, "negative"),
)
QUESTION: tuple[Case, ...] = (
    ("请问这款好用吗？", None, "neutral"),
    ("这个能手洗吗", None, "neutral"),
    ("想問有沒有黑色", None, "neutral"),
    ("Is this one any good for left-handed people?", None, "neutral"),
)
EVEN: tuple[Case, ...] = (
    ("马马虎虎", 3, "neutral"),
    ("不好也不坏", 3, "neutral"),
    ("谈不上好，也谈不上坏", 4, "neutral"),
    ("還沒拆封，之後再評", 5, "neutral"),
    ("Neither good nor bad.", 3, "neutral"),
    ("Haven't tried it yet, will update", 5, "neutral"),
)
DEFAULT: tuple[Case, ...] = (
    ("该用户未填写评价内容", 5, "neutral"),
    ("系统自动默认好评", 5, "neutral"),
    ("買家逾期未評，系統自動給予五星", 5, "neutral"),
    ("The customer did not leave a comment", 5, "neutral"),
)
FOLLOW_UP: tuple[Case, ...] = (
    ("追评：收回之前的好评", 5, "negative"),
    ("一开始担心会褪色，结果洗了十次跟新的一样", 5, "positive"),
    ("Changing my review from 5 stars to 1", None, "negative"),
    ("Raising this from one star to five, they replaced it at once", None, "positive"),
)
SLANG: tuple[Case, ...] = (
    ("绝绝子", None, "positive"),
    ("yyds", None, "positive"),
    ("栓Q", None, "negative"),
    ("踩大雷了家人们", None, "negative"),
    ("this slaps, no cap", None, "positive"),
)
TYPO: tuple[Case, ...] = (
    ("质亮恨好", None, "positive"),
    ("克服太度很差", None, "negative"),
    ("穿着舒福", None, "positive"),
    ("definatly recomend", None, "positive"),
    ("very dissapointed", None, "negative"),
)
TRADITIONAL: tuple[Case, ...] = (
    ("品質很好，賣家很用心", None, "positive"),
    ("退貨態度超差", None, "negative"),
    ("好正，抵買", None, "positive"),
    ("中伏，唔好買", None, "negative"),
    ("買回來就壞了", None, "negative"),
)
EMOJI: tuple[Case, ...] = (("👍👍", None, "positive"), ("😡😡", None, "negative"), ("😐", 3, "neutral"))
MIXED: tuple[Case, ...] = (
    ("颜色 so beautiful，超喜欢", None, "positive"),
    ("delivery 太慢，very disappointed", None, "negative"),
)
STARS: tuple[Case, ...] = (
    ("买过了", 5, "positive"),
    ("买过了", 1, "negative"),
    ("非常失望，第二天就坏了，客服不理人", 5, "negative"),
    ("非常喜欢，质量很好，强烈推荐", 1, "positive"),
    ("Absolutely terrible, it broke and they refused to refund", 5, "negative"),
    ("Excellent, love it, works perfectly", 1, "positive"),
)
TABLES: dict[str, tuple[Case, ...]] = {
    name: value for name, value in dict(globals()).items() if name.isupper() and name != "TABLES"
}

TOPICS: tuple[tuple[str, set[str]], ...] = (
    ("快递三天就到了", {"logistics"}),
    ("布料很软", {"quality"}),
    ("尺码偏小", {"size"}),
    ("运费太贵", {"price"}),
    ("包装很仔细", {"packaging"}),
    ("客服很耐心", {"service"}),
    ("与描述不符", {"not_as_described"}),
    ("少发了一包", {"missing_parts"}),
    ("是正品", {"authenticity"}),
    ("No complaints about shipping", {"logistics"}),
    ("The fabric feels great", {"quality"}),
    ("Runs small", {"size"}),
    ("Overpriced", {"price"}),
    ("Carefully packed", {"packaging"}),
    ("They never replied", {"service"}),
    ("Nothing like the pictures", {"not_as_described"}),
    ("The manual was missing", {"missing_parts"}),
    ("It is counterfeit", {"authenticity"}),
    ("垃圾", set()),
    ("Never again", set()),
)

# What a person must see at once, and words of danger that mean none.
ALARMING: tuple[str, ...] = (
    "孩子用了全身起疹子，去了医院",
    "充电的时候冒烟了",
    "饼干里吃出一只虫",
    "鉴定出来是假货",
    "收了钱发个空盒子，我要报警",
    "再不退款我就打12315",
    "店家打电话威胁我",
    "差点把手割了",
    "Gave me a rash all over my arms",
    "The charger caught fire",
    "Found a piece of glass in the sauce",
    "It's a counterfeit",
    "They keep charging my card after I cancelled",
    "My lawyer will be in touch",
    "Nearly choked on a loose button",
)
HARMLESS: tuple[tuple[str, int], ...] = (
    ("这个辣酱太火爆了，好吃", 5),
    ("骗人，一点都不好看", 1),
    ("不退我就找平台", 1),
    ("保温杯不烫手，喜欢", 5),
    ("敏感肌用了没过敏", 5),
    ("These wings are fire, love them", 5),
    ("Killer sound, the bass is the bomb", 5),
    ("No rash, no redness, gentle on skin", 5),
    ("The toaster broke after a week", 1),
    ("Fake plants never looked so good", 5),
)
