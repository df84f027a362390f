"""The log tells what happened without anybody's keys."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from studio.server import logs

KEY = "ls-AbCdEf" + "g" * 34
OPENAI = "sk-proj-abc_DEF-" + "h" * 40


@pytest.fixture
def written(tmp_path: Path) -> list[str]:
    handler = logs.open_log(tmp_path)
    level = logging.getLogger().level
    try:
        log = logging.getLogger("studio.test_logs")
        log.warning("A program came with %s and with %s.", KEY, OPENAI)
        log.warning("headers: {'authorization': 'Bearer %s'}", "secret-of-another-shape")
        try:
            raise ValueError(f"bad key {KEY}")
        except ValueError:
            log.exception("It broke.")
        log.warning("models-and-tools-are-long-words stay, and so does ls -l")
    finally:
        logs.close_log(handler)
        logging.getLogger().setLevel(level)
    return (tmp_path / "studio.log").read_text(encoding="utf-8").splitlines()


def test_keys_are_cut_short_wherever_they_stand(written: list[str]) -> None:
    text = "\n".join(written)
    assert KEY not in text and OPENAI not in text and "secret-of-another-shape" not in text
    assert text.count("ls-AbCdEf…") == 2 and "Bearer …" in text
    assert "ValueError: bad key ls-AbCdEf…" in text


def test_other_words_stay(written: list[str]) -> None:
    assert "models-and-tools-are-long-words stay, and so does ls -l" in written[-1]
