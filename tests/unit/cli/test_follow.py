"""Following without a terminal: a log gets a line at each step and each tenth, not thousands."""

from __future__ import annotations

import pytest

from studio.cli import follow


def told(capsys: pytest.CaptureFixture[str], *reports: tuple[str, float | None]) -> list[str]:
    with follow.bar("Work") as report:
        for what, share in reports:
            report(what, share)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_each_tenth_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, *(("step", n / 1000) for n in range(1001)))
    assert 9 <= len(lines) <= 12
    assert lines[0] == "Work: 0% step"
    assert lines[-1] == "Work: 100% step"


def test_the_end_is_told_once_however_often_it_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = told(capsys, ("a", 0.0), ("a", 0.97), ("a", 1.0), ("b", 1.0), ("b", 1.0))
    assert lines == ["Work: 0% a", "Work: 97% a", "Work: 100% a"]


def test_a_second_step_begins_again(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, ("fetch", 1.0), ("convert", 0.2), ("convert", 0.25), ("convert", 1.0))
    assert lines == ["Work: 100% fetch", "Work: 20% convert", "Work: 100% convert"]


def test_a_count_that_grows_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, ("1,000 rows", None), ("2,000 rows", None), ("checking", None))
    assert lines == ["Work: 1,000 rows", "Work: checking"]


def test_an_unknown_share_is_told_when_the_words_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = told(capsys, ("queued", None), ("queued", None), ("running", None), ("running", 0.0))
    assert lines == ["Work: queued", "Work: running", "Work: 0% running"]
