"""How much each feature speaks for each class (positive, neutral, negative); see `benchmarks/understanding_fit.py`."""

from __future__ import annotations

BIAS: tuple[int, int, int] = (268, -1311, 1043)
SCALES: dict[str, tuple[int, int, int]] = {
    "asks": (-84, 66, 19),
    "bad": (-45, -145, 190),
    "bad clearly": (-20, -94, 114),
    "both": (25, -9, -15),
    "danger": (-27, -18, 46),
    "even": (-206, 342, -136),
    "event": (-64, 11, 53),
    "good": (239, -134, -105),
    "good clearly": (105, -62, -43),
    "irony": (-117, -23, 140),
    "last": (125, -28, -97),
    "question": (-66, 157, -91),
    "short": (-80, 60, 19),
    "silent": (-34, 10, 24),
    "stars 1": (-132, -120, 251),
    "stars 1, silent": (-36, -45, 81),
    "stars 2": (-115, -162, 277),
    "stars 2, silent": (-28, -56, 84),
    "stars 3": (-157, 263, -106),
    "stars 3, silent": (-23, 1, 22),
    "stars 4": (128, 62, -190),
    "stars 4, silent": (5, 36, -41),
    "stars 5": (259, -93, -166),
    "stars 5, silent": (72, -14, -58),
    "stars None": (19, 33, -52),
    "stars None, silent": (-25, 88, -63),
}
