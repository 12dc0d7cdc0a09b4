"""How much each feature speaks for each class (positive, neutral, negative); see `benchmarks/understanding_fit.py`."""

from __future__ import annotations

BIAS: tuple[int, int, int] = (1049, -3418, 2369)
SCALES: dict[str, tuple[int, int, int]] = {
    "asks": (-86, 75, 11),
    "bad": (-41, -94, 135),
    "bad clearly": (-50, -68, 118),
    "both": (23, 1, -24),
    "danger": (-24, -14, 38),
    "even": (-133, 239, -106),
    "even alone": (-98, 134, -36),
    "event": (-57, -22, 79),
    "good": (187, -85, -102),
    "good clearly": (137, -72, -65),
    "irony": (-135, -31, 166),
    "last": (120, 14, -135),
    "question": (-54, 187, -134),
    "short": (-73, 63, 10),
    "silent": (-55, 15, 40),
    "stars 1": (-143, -136, 279),
    "stars 1, silent": (-58, -62, 120),
    "stars 2": (-106, -145, 251),
    "stars 2, silent": (-54, -74, 127),
    "stars 3": (-197, 298, -101),
    "stars 3, silent": (-41, 68, -27),
    "stars 4": (161, 32, -193),
    "stars 4, silent": (19, 53, -72),
    "stars 5": (260, -96, -165),
    "stars 5, silent": (124, -48, -76),
    "stars None": (37, 7, -44),
    "stars None, silent": (-45, 77, -32),
}
