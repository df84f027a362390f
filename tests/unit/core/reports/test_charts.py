"""Charts are well-formed SVG whose words are text and whose shapes follow the figures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from studio.core.reports import charts

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str, kind: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(SVG + kind))


def words(svg: str) -> list[str]:
    return [element.text or "" for element in shapes(svg, "text")]


def test_a_bar_is_as_long_as_its_share() -> None:
    bars = [("a", 0.5, None, None, "base"), ("b", 1.0, 0.9, 1.0, "best")]
    rectangles = shapes(charts.interval_bars(bars, None), "rect")[1:]
    first, second = (float(r.attrib["width"]) for r in rectangles)
    assert second == pytest.approx(2 * first)


def test_labels_are_text_and_never_markup() -> None:
    hostile = '<script>x</script>&"'
    for svg in (
        charts.interval_bars([(hostile, 0.5, 0.4, 0.6, "base")], 0.7),
        charts.lines([(hostile, [0.0, 1.0])], hostile),
        charts.tornado([(hostile, -1.0, 2.0)], 0.0),
    ):
        assert not shapes(svg, "script")
        assert any("<script>" in text for text in words(svg))


def test_the_target_is_marked_only_when_there_is_one() -> None:
    bars = [("a", 0.5, 0.4, 0.6, "base")]
    assert "target 75%" in words(charts.interval_bars(bars, 0.75))
    assert not any("target" in text for text in words(charts.interval_bars(bars, None)))


def test_lines_rise_where_figures_rise() -> None:
    (line,) = shapes(charts.lines([("cash", [-100.0, 0.0, 100.0])], "EUR"), "polyline")
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("values", [[], [0.0], [5.0, 5.0]], ids=str)
def test_flat_and_empty_figures_are_drawn(values: list[float]) -> None:
    assert ElementTree.fromstring(charts.lines([("flat", values)], "EUR")) is not None
    assert ElementTree.fromstring(charts.tornado([], 0.0)) is not None


def test_losses_are_red_and_gains_blue() -> None:
    columns = shapes(charts.histogram([(-10.0, 3), (0.0, 5), (10.0, 2)], []), "rect")[1:]
    fills = [column.attrib["fill"] for column in columns]
    assert fills == [charts.TONES["bad"], charts.TONES["best"], charts.TONES["best"]]


def test_too_few_bins_are_said() -> None:
    assert "too few figures to draw" in words(charts.histogram([(0.0, 1)], []))


@pytest.mark.parametrize(
    ("amount", "text"), [(12.4, "12"), (-1500.0, "-1.5 k"), (2_500_000.0, "2.5 M"), (0.0, "0")]
)
def test_axis_amounts_are_short(amount: float, text: str) -> None:
    assert charts.money(amount) == text


@pytest.mark.parametrize(
    "svg",
    [
        charts.lines([("cash", [0.0] * 13)], "EUR"),
        charts.tornado([("volume", -900_000.0, -100_000.0)], -100_000.0),
        charts.histogram([(0.0, 1), (10.0, 5)], [("P90", 19_500_000.0), ("P10", 0.0)]),
    ],
    ids=["lines", "tornado", "histogram"],
)
def test_no_label_runs_over_the_edge(svg: str) -> None:
    for text in shapes(svg, "text"):
        x, anchor = float(text.attrib["x"]), text.attrib["text-anchor"]
        after = {"start": 1.0, "middle": 0.5, "end": 0.0}[anchor]
        width = charts.LETTER * len(text.text or "")
        assert x + after * width <= charts.WIDTH, text.text
        assert x - (1 - after) * width >= 0, text.text
