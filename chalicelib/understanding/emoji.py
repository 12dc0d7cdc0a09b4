"""Emoji and what they say. Weights as in words_zh; topics where the picture names one."""

from __future__ import annotations

from functools import cache

from chalicelib.understanding.hits import Entry

# Runs of pictures by weight. 😂 🙃 🥲 may mean either; alone they leave a person to look.
WEIGHTS: tuple[tuple[int, str], ...] = (
    (
        26,
        "👍😍🥰❤💯🔥💖💕💗💓💘💝💙💚💛🧡💜🤎🖤♥🌹🎉🥳🎁👏😘🤩🏆🥇⭐🌟✨😻🙌💐🌸🌺🌷🤗😇🤤😋💪👌✅🆒🎊🫶💎👑😚😙❣💞🐮🚀🌈☺🍻🥂💃🕺👼",
    ),
    (16, "😊😀😃😄😁😆🙂😉😌😎🙏☀🌞👸🐰🤭🥹😺😸😽💋🍀🤝🫡😝😜🤪✌🤟🤘"),
    (-28, "👎😡😠🤬🤮💩💔🤢😤😭😢😞😒🙄🤡🐌❌🚫😣😖😫😩😱👿😾🖕💀☠🗑😓😑😔😟🙁☹😨😰😪😥😿🤧🤒🤕🆘⚠⛔📉🥴😬🥱🐢🧟🧨🤦💢❎"),
    (0, "😐😶🤷😕🤔🫤📦🚚❓❔📐📏🏠📅⏰"),
)
EVEN = "😐😶🤷😕🤔🫤🤨"
EITHER = "😂🙃🥲🤣😅😏🫠🙈"
# Said with a complaint, these are irony.
IRONIC = "👏🙂🙃😊👍💐🌹🎉😄🏆"
TOPICS: tuple[tuple[str, str], ...] = (("logistics", "🚚💨🐌📦🛵✈🚛🐢📮"), ("price", "💰💸🤑💵"), ("size", "📏📐"))


@cache
def table() -> dict[str, Entry]:
    """Entries by picture."""
    spoken = {picture: topic for topic, pictures in TOPICS for picture in pictures}
    found = {
        picture: Entry(weight, 1 if weight < 0 else 0, (spoken[picture],) if picture in spoken else ())
        for weight, pictures in WEIGHTS
        for picture in pictures
    }
    found.update({picture: Entry(30, kind="neutral") for picture in EVEN})
    found.update({picture: Entry(20, kind="either") for picture in EITHER})
    found.update({picture: Entry(0, 0, (topic,)) for picture, topic in spoken.items() if picture not in found})
    return found
