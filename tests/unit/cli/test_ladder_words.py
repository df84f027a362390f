"""What a climb came to, in words: tests between rungs, overruled rules, passages found."""

from __future__ import annotations

import pytest

from studio.cli import ladder_words
from studio.domain.ladder import Rung
from studio.domain.retrieval import RetrievalMode, RetrievalScore
from tests.fakes.ladder_values import comparison, fired, rung_run, verdict


def test_paired_tests_name_their_rungs() -> None:
    runs = [rung_run("rr_1"), rung_run("rr_2", Rung.FEW_SHOT)]
    heads, row = ladder_words.comparison_table([comparison()], runs).splitlines()
    assert "p (Holm)" in heads
    assert row.startswith("few_shot against prompt  82")
    assert "+9.0 to +31.0" in row and "0.0008" in row


def test_a_rule_that_another_overrules_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = fired("M1").with_(overruled_by="F1")
    ladder_words.tell_verdict(verdict(fired=(fired("F1"), stopped)))
    told = capsys.readouterr().out
    assert "Rules that fired: F1, M1 (overruled by F1)" in told
    assert "Would change it: A target that few-shot does not reach." in told
    assert "Not verified: Cost of answers" in told


def test_how_well_passages_were_found_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = RetrievalScore(
        mode=RetrievalMode.HYBRID,
        n=70,
        hit_at_1=0.5,
        hit_at_5=0.8,
        hit_at_10=0.9,
        mrr=0.6,
        ndcg_at_10=0.66,
    )
    measured = dict.fromkeys(
        ("score", "low", "high", "p_value", "p_holm", "cost_per_1000_usd", "latency_p50_seconds")
    )
    rung = {"rung": "rag", "model": "m", "message": "", "retrieval": found, **measured}
    plain = {**rung, "rung": "prompt", "retrieval": None}
    ladder_words.tell({"rungs": [plain, rung], "rejected": [], "verdict": verdict()})
    told = capsys.readouterr().out
    assert "Right passage found, rag: among five 80.0%" in told
    assert "Right passage found, prompt" not in told
