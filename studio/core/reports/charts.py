"""Charts as SVG text: plain shapes and escaped words, the same in a browser and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH = 640
INK, MUTED, GRID = "#1f2937", "#4b5563", "#d1d5db"
TONES = {"base": "#64748b", "best": "#1d4ed8", "good": "#15803d", "bad": "#b91c1c"}
SERIES = ("#1d4ed8", "#b45309", "#15803d", "#7c3aed", "#64748b")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 2")
"""Lines differ in dash as well as in colour."""
LABEL = 46
"""Characters that fit beside a bar."""
LETTER = 6.0
"""Width of a letter, generously."""
FONT = "Libertinus Serif, Georgia, serif"


def interval_bars(
    bars: Sequence[tuple[str, float, float | None, float | None, str]], target: float | None
) -> str:
    """Returns horizontal bars with their intervals.

    Args:
        bars: label, share, lower and upper end (None: no interval), tone of `TONES`.
        target: share to mark with a line, None for none.
    """
    left, row, top = 190, 34, 26
    height = top + row * len(bars) + 30
    span = WIDTH - left - 70
    parts = []
    for tick in range(0, 101, 25):
        x = left + span * tick / 100
        parts += [_line(x, top - 6, x, height - 26, GRID), _text(x, height - 10, f"{tick} %")]
    for index, (label, value, low, high, tone) in enumerate(bars):
        y = top + row * index
        parts.append(_text(left - 8, y + 17, label, anchor="end", colour=INK))
        parts.append(
            f'<rect x="{left}" y="{y + 4}" width="{max(1.0, span * value):.1f}" height="18" '
            f'rx="2" fill="{TONES[tone]}"/>'
        )
        if low is not None and high is not None:
            a, b, middle = left + span * low, left + span * high, y + 13
            parts += [_line(a, middle, b, middle, INK, 1.5)]
            parts += [_line(x, middle - 5, x, middle + 5, INK, 1.5) for x in (a, b)]
        edge = left + span * max(value, high or 0)
        parts.append(_text(edge + 6, y + 17, f"{value:.1%}", anchor="start", colour=INK))
    if target is not None:
        x = left + span * target
        parts.append(_line(x, top - 8, x, height - 26, TONES["bad"], 1.5, "5 3"))
        parts.append(_text(x, top - 12, f"target {target:.0%}", colour=TONES["bad"]))
    return _svg(height, parts)


def lines(series: Sequence[tuple[str, Sequence[float]]], unit: str) -> str:
    """Returns lines over months, the first point being month 0, with a legend."""
    left, right, top, row = 86, 16, 14, 18
    bottom = 248
    height = bottom + 34 + row * len(series)
    points = [value for _, values in series for value in values] or [0.0]
    low, high = min(0.0, *points), max(0.0, *points)
    high = high if high > low else low + 1
    months = max((len(values) for _, values in series), default=2) - 1 or 1

    def at(month: int, value: float) -> tuple[float, float]:
        x = left + (WIDTH - left - right) * month / months
        return x, bottom - (bottom - top) * (value - low) / (high - low)

    parts = []
    for tick in range(5):
        value = low + (high - low) * tick / 4
        _, y = at(0, value)
        parts += [_line(left, y, WIDTH - right, y, GRID)]
        parts.append(_text(left - 6, y + 4, money(value), anchor="end"))
    _, zero = at(0, 0)
    parts.append(_line(left, zero, WIDTH - right, zero, INK, 1))
    for month in sorted({0, months // 2, months}):
        x, _ = at(month, low)
        parts.append(_inside(x, bottom + 16, f"month {month}"))
    for index, (name, values) in enumerate(series):
        colour, dash = SERIES[index % len(SERIES)], DASHES[index % len(DASHES)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(m, v) for m, v in enumerate(values)))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + "/>"
        )
        y = bottom + 40 + row * index
        parts += [_line(left, y - 4, left + 26, y - 4, colour, 2, dash)]
        parts.append(_text(left + 33, y, name, anchor="start", colour=INK))
    parts.append(_text(4, top - 2, unit, anchor="start"))
    return _svg(height, parts)


def tornado(bars: Sequence[tuple[str, float, float]], middle: float) -> str:
    """Returns bars from the result with an assumption low to the result with it high."""
    left, row, top = 270, 26, 26
    height = top + row * len(bars) + 14
    ends = [middle, *(end for _, low, high in bars for end in (low, high))]
    least, most = min(ends), max(ends)
    most = most if most > least else least + 1
    span = WIDTH - left - 20

    def at(value: float) -> float:
        return left + span * (value - least) / (most - least)

    parts = [_line(at(middle), top - 6, at(middle), height - 8, INK, 1.5)]
    parts.append(_inside(at(middle), top - 10, f"as assumed: {money(middle)}", colour=INK))
    for index, (label, low, high) in enumerate(bars):
        y = top + row * index
        parts.append(_text(left - 8, y + 14, _short(label), anchor="end", colour=INK))
        for value, colour in ((low, TONES["base"]), (high, TONES["best"])):
            a, b = sorted((at(middle), at(value)))
            parts.append(
                f'<rect x="{a:.1f}" y="{y + 2}" width="{max(0.5, b - a):.1f}" height="16" '
                f'fill="{colour}"/>'
            )
    return _svg(height, parts)


def histogram(bins: Sequence[tuple[float, int]], marks: Sequence[tuple[str, float]]) -> str:
    """Returns columns of equally wide bins, with vertical marks."""
    left, right, top, height = 20, 20, 54, 244
    bottom = height - 30
    if len(bins) < 2:
        return _svg(height, [_text(WIDTH / 2, height / 2, "too few figures to draw")])
    step = bins[1][0] - bins[0][0]
    least, most = bins[0][0], bins[-1][0] + step
    tallest = max(count for _, count in bins) or 1

    def at(value: float) -> float:
        return left + (WIDTH - left - right) * (value - least) / (most - least)

    parts = [_line(left, bottom, WIDTH - right, bottom, INK)]
    for edge, count in bins:
        tall = (bottom - top) * count / tallest
        loss = edge + step / 2 < 0
        parts.append(
            f'<rect x="{at(edge):.1f}" y="{bottom - tall:.1f}" '
            f'width="{max(0.5, at(edge + step) - at(edge) - 1):.1f}" height="{tall:.1f}" '
            f'fill="{TONES["bad"] if loss else TONES["best"]}"/>'
        )
    for index, (label, value) in enumerate(marks):
        x = min(WIDTH - right, max(left, at(value)))
        # Percentiles may lie close together: each has a line of its own to stand on.
        y = top - 36 + 14 * (index % 3)
        parts.append(_line(x, y + 3, x, bottom, INK, 1, "4 3"))
        parts.append(_inside(x, y, f"{label} {money(value)}", colour=INK, beside=4))
    for value in (least, most):
        anchor = "start" if value == least else "end"
        parts.append(_text(at(value), bottom + 18, money(value), anchor=anchor))
    return _svg(height, parts)


def money(value: float) -> str:
    """Returns an amount short enough for an axis."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:,.1f} {unit}"
    return f"{value:,.0f}"


def _short(label: str) -> str:
    """Returns a label that fits its column, shortened visibly."""
    return label if len(label) <= LABEL else f"{label[: LABEL - 1].rstrip()}…"


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" font-family="{FONT}" font-size="12">'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _inside(
    x: float, y: float, words: str, *, colour: str = MUTED, beside: float | None = None
) -> str:
    """Returns words around `x`, or beside it, turned so that the drawing's edge cuts none off."""
    width = LETTER * len(words)
    room = width if beside is not None else width / 2
    if x + room + (beside or 0) > WIDTH:
        return _text(x - (beside or 0), y, words, anchor="end", colour=colour)
    if beside is not None:
        return _text(x + beside, y, words, anchor="start", colour=colour)
    return _text(x, y, words, colour=colour)


def _text(x: float, y: float, words: str, *, anchor: str = "middle", colour: str = MUTED) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
