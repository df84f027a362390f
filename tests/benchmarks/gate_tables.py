"""Operating characteristics of the gate as they were published to us, for comparison."""

from __future__ import annotations

from typing import NamedTuple

DIFFERENCES = (-0.05, 0.0, 0.03, 0.05, 0.10)
POWER: dict[int, dict[tuple[str, float], float]] = {
    n: dict(zip(names, values, strict=True))
    for names in [
        (
            ("naive", -0.05),
            ("keeps", -0.05),
            ("naive", 0.0),
            ("better", 0.0),
            ("keeps", 0.0),
            ("better", 0.03),
            ("keeps", 0.03),
            ("naive", 0.05),
            ("better", 0.05),
            ("keeps", 0.05),
            ("better", 0.10),
            ("keeps", 0.10),
        )
    ]
    for n, values in {
        50: (0.13, 0.02, 0.42, 0.02, 0.12, 0.06, 0.26, 0.78, 0.13, 0.39, 0.43, 0.79),
        100: (0.07, 0.01, 0.47, 0.04, 0.20, 0.14, 0.45, 0.87, 0.28, 0.64, 0.80, 0.98),
        200: (0.03, 0.01, 0.45, 0.04, 0.27, 0.22, 0.69, 0.96, 0.51, 0.90, 0.98, 1.00),
        400: (0.00, 0.00, 0.47, 0.04, 0.46, 0.42, 0.92, 1.00, 0.83, 1.00, 1.00, 1.00),
        800: (0.00, 0.00, 0.48, 0.04, 0.71, 0.69, 1.00, 1.00, 0.98, 1.00, 1.00, 1.00),
    }.items()
}
"""Golden questions → what is decided at which true difference → how often; champion 0.75."""
MARGINS = {
    (100, 0.02): 0.14,
    (100, 0.05): 0.37,
    (200, 0.02): 0.17,
    (200, 0.05): 0.55,
    (400, 0.02): 0.27,
    (400, 0.05): 0.82,
    (800, 0.02): 0.43,
    (800, 0.05): 0.97,
}
"""Questions and margin → how often a model that is just as good passes."""


class Scenario(NamedTuple):
    """What a candidate truly is."""

    difference: float
    """On the golden set."""
    disagreement: float
    closer: float
    """On held-out corrections."""
    further: float


SCENARIOS = {
    "no change": Scenario(0.0, 0.08, 0.20, 0.20),
    "good": Scenario(0.01, 0.08, 0.60, 0.15),
    "overfit": Scenario(-0.06, 0.12, 0.70, 0.10),
    "weak": Scenario(0.0, 0.08, 0.45, 0.25),
}
PASSES = {
    (100, 20): (0.005, 0.256, 0.004, 0.049),
    (100, 40): (0.012, 0.335, 0.005, 0.093),
    (100, 80): (0.017, 0.350, 0.006, 0.147),
    (200, 20): (0.006, 0.438, 0.002, 0.096),
    (200, 40): (0.010, 0.592, 0.003, 0.152),
    (200, 80): (0.014, 0.606, 0.000, 0.279),
    (400, 20): (0.012, 0.621, 0.000, 0.137),
    (400, 40): (0.021, 0.851, 0.000, 0.269),
    (400, 80): (0.026, 0.867, 0.000, 0.440),
}
"""Golden and held-out questions → how often each scenario passes; champion 0.80."""
NAIVE = {
    (100, 20): 0.241,
    (100, 40): 0.237,
    (100, 80): 0.271,
    (200, 20): 0.233,
    (200, 40): 0.252,
    (200, 80): 0.265,
    (400, 20): 0.240,
    (400, 40): 0.242,
    (400, 80): 0.269,
}
"""How often two higher means let a model through that is no better."""
KEEPS = {100: (0.24, 0.36), 200: (0.41, 0.61), 400: (0.68, 0.87)}
"""Golden questions → how often the check against regression alone passes no change, and good."""
FIXES = {20: (0.71, 0.93), 40: (0.96, 1.0), 80: (1.0, 1.0)}
"""Held-out questions → how often the sign test alone passes good, and overfit."""
LEAST_WINS = {10: 9, 15: 12, 20: 15, 30: 20, 40: 26, 60: 37, 80: 48, 100: 59}
TOLERATED = {
    100: (0, 1, 2, 4, 10),
    200: (2, 3, 4, 7, 12),
    400: (7, 8, 9, 12, 18),
    800: (16, 18, 19, 22, 28),
}
"""Golden questions → most losses for 0, 2, 4, 8 and 16 wins; champion 0.80."""
LEAST_QUESTIONS = {0.5: 54, 0.8: 76, 0.9: 89, 1.0: 88}
CREEP = {"champion only": (0.81, 0.775), "with the anchor": (0.843, 0.835)}
"""Mean and worst 5 % after 12 candidates that are each 1.5 points worse, from 0.85."""
