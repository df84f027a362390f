"""The measured chapters show the decision, every rung's best run, the tests and the failures."""

from __future__ import annotations

from studio.core.ladder.own_thresholds import changed
from studio.core.reports import evidence
from studio.domain.ladder import FailureKind, Rung
from studio.domain.reports import Callout, Chart, Section, Specimen, Table
from studio.domain.thresholds import Thresholds
from tests.unit.core.reports.dossiers import dossier, failure, run


def table(section: Section, caption: str) -> Table:
    return next(b for b in section.blocks if isinstance(b, Table) and caption in b.caption)


def test_the_decision_is_the_first_thing_said() -> None:
    first = evidence.decision(dossier()).blocks[0]
    assert isinstance(first, Callout)
    assert (first.title, first.tone) == ("Fine-tune.", "good")


def test_a_decision_that_may_be_chance_is_marked() -> None:
    unsure = dossier().verdict.with_(confident=False)
    first = evidence.decision(dossier(verdict=unsure)).blocks[0]
    assert isinstance(first, Callout)
    assert first.tone == "caution"


def test_rejected_rungs_keep_their_reason_and_rules() -> None:
    rows = table(evidence.decision(dossier()), "Turned down").rows
    assert rows == (("Retrieval (RAG)", "Nothing is missing.", "C2"),)


def test_only_the_best_run_of_each_rung_is_listed_lowest_rung_first() -> None:
    assert [r.id for r in evidence.best_runs(dossier().runs)] == [
        "run_prompt",
        "run_rag",
        "run_tune",
    ]


def test_runs_without_a_score_are_left_out() -> None:
    assert evidence.best_runs([run(Rung.PROMPT, 0.5, "a", score=None)]) == []


def test_unknown_cost_and_latency_are_said_to_be_unknown() -> None:
    rows = table(evidence.ladder(dossier()), "Every rung").rows
    assert rows[0][3:5] == ("0.02 USD", "800 ms")
    assert rows[2][3:5] == ("unknown", "unknown")


def test_paired_tests_and_retrieval_are_shown() -> None:
    section = evidence.ladder(dossier())
    (row,) = table(section, "Paired tests").rows
    assert row[0] == "Fine-tuning against Prompting"
    assert row[3:5] == ("< 0.0001", "< 0.0001")
    assert table(section, "right passage").rows[0][3] == "80.0%"


def test_the_chart_says_in_words_what_it_shows() -> None:
    (chart,) = [b for b in evidence.ladder(dossier()).blocks if isinstance(b, Chart)]
    assert "Fine-tuning 73.0%" in chart.alt


def test_a_ladder_without_measurements_says_so() -> None:
    (block,) = evidence.ladder(dossier(runs=())).blocks
    assert isinstance(block, Callout)
    assert "No rung has been measured" in block.title


def test_rules_show_source_and_standing_of_their_threshold() -> None:
    (row,) = table(evidence.rules(dossier()), "Rules").rows
    assert row[0] == "F3"
    assert row[1] == "Recommends: Pilot a fine-tune"
    assert row[4] == "50 % – sourced at second hand"


def test_a_rule_that_another_overrules_is_not_read_as_advice() -> None:
    (one,) = dossier().verdict.fired
    verdict = dossier().verdict.with_(fired=(one.with_(overruled_by="F1", here="4 examples."),))
    (row,) = table(evidence.rules(dossier(verdict=verdict)), "Rules").rows
    assert row[1].endswith("Overruled by rule F1.")
    assert row[2].endswith("4 examples.")


def test_changed_thresholds_are_named_beside_the_decision_and_the_rules() -> None:
    assert "own numbers" not in str(evidence.decision(dossier()))
    own = dossier().verdict.with_(changed=changed(Thresholds(dominant_share=0.6)))
    second = evidence.decision(dossier(verdict=own)).blocks[2]
    assert isinstance(second, Callout)
    assert second.text.endswith("which one cause decides: 60 % instead of 50 %.")
    (row,) = table(evidence.rules(dossier(verdict=own)), "Thresholds changed").rows
    assert (row[0], row[2], row[3]) == ("dominant_share", "50 %", "60 %")
    assert "C2" in row[4]


def test_failures_are_counted_and_shown_by_kind() -> None:
    many = tuple(failure(FailureKind.CONTEXT, n) for n in range(5))
    section = evidence.failures(dossier(failures=(*many, failure(FailureKind.FINE, 9))))
    assert table(section, "6 wrong answers").rows[0] == ("did not know", "5", "83.3%")
    specimens = [b for b in section.blocks if isinstance(b, Specimen)]
    assert len(specimens) == evidence.SPECIMENS + 1


def test_the_note_of_whoever_sorted_an_answer_stands_beside_it() -> None:
    one = failure(FailureKind.CONTEXT)
    assert one.label is not None
    noted = one.with_(label=one.label.with_(note="The handbook is newer."))
    section = evidence.failures(dossier(failures=(noted, failure(FailureKind.FINE, 2))))
    assert [b.label for b in section.blocks if isinstance(b, Specimen)] == [
        "did not know: The handbook is newer.",
        "not wrong after all",
    ]


def test_unlabelled_failures_are_not_guessed_at() -> None:
    section = evidence.failures(dossier(failures=(failure(None),)))
    assert "none has been labelled" in section.model_dump_json()
