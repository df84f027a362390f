"""Run folders give back what was written, whole lines only, from where the reader stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from backends.openai_api.run_folder import MOST_EVENTS, News, RunFolder
from tests.unit.backends.openai_api.errands import Run

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_events_are_read_from_where_the_reader_stopped(tmp_path: Path) -> None:
    folder, news = RunFolder(tmp_path), News(RunFolder(tmp_path))
    for number in range(MOST_EVENTS + 20):
        news.write("log", f"line {number + 1}", at=NOON)
    first = folder.events(0)
    assert (len(first), first[-1].n) == (MOST_EVENTS, MOST_EVENTS)
    assert [event.n for event in folder.events(MOST_EVENTS)] == list(
        range(MOST_EVENTS + 1, MOST_EVENTS + 21)
    )
    assert folder.events(MOST_EVENTS + 20) == []


def test_what_has_a_key_is_told_once_also_after_a_restart(tmp_path: Path) -> None:
    News(RunFolder(tmp_path)).write("log", "once", key="k", at=NOON)
    again = News(RunFolder(tmp_path))
    again.write("log", "twice", key="k", at=NOON)
    again.write("log", "other", key="l", at=NOON)
    assert [(e.n, e.message) for e in RunFolder(tmp_path).events(0)] == [(1, "once"), (2, "other")]


def test_time_never_runs_backwards(tmp_path: Path) -> None:
    news = News(RunFolder(tmp_path))
    for hours in (3, 1, 2, 4):
        news.write("log", at=NOON + timedelta(hours=hours))
    again = News(RunFolder(tmp_path))
    again.write("log", at=NOON)
    hours = [(event.at - NOON) // timedelta(hours=1) for event in RunFolder(tmp_path).events(0)]
    assert hours == [3, 3, 3, 4, 4]


def test_the_log_is_for_people(tmp_path: Path) -> None:
    news = News(RunFolder(tmp_path))
    news.write("phase", "Sending.", at=NOON)
    news.write("metrics", at=NOON, step=1)
    news.write("log", "Sent.", at=NOON)
    folder = RunFolder(tmp_path)
    assert folder.log_tail(5) == "2026-11-24 12:00:00  Sending.\n2026-11-24 12:00:00  Sent."
    assert folder.log_tail(1) == "2026-11-24 12:00:00  Sent."


def test_a_folder_is_whole_once_its_spec_is_there(tmp_path: Path) -> None:
    assert not RunFolder(tmp_path).exists()
    run = Run(tmp_path / "run")
    assert run.folder.exists()
    assert run.folder.files() == ["train.jsonl", "validation.jsonl"]
    run.folder.keep(run.remote.with_(said="queued", kept={"ft:b": 4, "ft:a": 8}))
    assert list(run.remote.kept.items()) == [("ft:b", 4), ("ft:a", 8)]
