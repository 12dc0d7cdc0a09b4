"""How much each feature speaks for each class (positive, neutral, negative); see `benchmarks/understanding_fit.py`."""

from __future__ import annotations

BIAS: tuple[int, int, int] = (682, -2476, 1793)
SCALES: dict[str, tuple[int, int, int]] = {
    "asks": (-79, 59, 20),
    "bad": (-26, -106, 132),
    "bad clearly": (-34, -113, 147),
    "both": (23, -2, -21),
    "danger": (-28, -15, 43),
    "even": (-190, 300, -110),
    "event": (-53, -22, 75),
    "good": (204, -99, -105),
    "good clearly": (120, -73, -47),
    "irony": (-134, -26, 160),
    "last": (110, -17, -93),
    "question": (-50, 184, -134),
    "short": (-81, 79, 2),
    "silent": (-54, 0, 54),
    "stars 1": (-143, -135, 278),
    "stars 1, silent": (-57, -65, 122),
    "stars 2": (-107, -145, 252),
    "stars 2, silent": (-51, -74, 126),
    "stars 3": (-181, 290, -109),
    "stars 3, silent": (-32, 66, -33),
    "stars 4": (144, 41, -186),
    "stars 4, silent": (26, 55, -81),
    "stars 5": (260, -87, -174),
    "stars 5, silent": (113, -66, -47),
    "stars None": (34, 8, -42),
    "stars None, silent": (-53, 85, -32),
}
