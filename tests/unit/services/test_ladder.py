from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import FailureKind, Rung, RungSetup
from tests.fakes.ladder import LadderBench

PROMPT = RungSetup(rung=Rung.PROMPT, model_id="small")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    made.service.open()
    yield made
    made.close()


def test_a_rung_is_measured_with_score_interval_price_and_latency(bench: LadderBench) -> None:
    run = bench.measured(PROMPT)
    assert (run.status, run.done, run.total) == (RunStatus.SUCCEEDED, 30, 30)
    assert run.score is not None
    assert (run.score.metric, run.score.value, run.score.n) == ("exact_match", 0.0, 30)
    assert run.score.high is not None and run.score.high > 0.05
    assert {one.metric for one in run.scores} == {"contains", "token_f1", "rouge_l"}
    assert (run.cost_per_1000, run.cost_basis) == (Decimal("0.250000"), "a flat price")
    assert run.latency_n == 8
    assert run.latency_p50 is not None and run.latency_p95 is not None
    assert run.latency_p50 <= run.latency_p95
    assert run.prompt_tokens == pytest.approx(7.0)
    assert (run.model_name, run.message) == ("Small", "")
    assert bench.told


def test_latency_is_measured_on_answers_that_are_asked_alone(bench: LadderBench) -> None:
    first = bench.measured(PROMPT)
    assert len(bench.generator.asked) == 30 + 8
    again = bench.measured(PROMPT)
    assert again.id != first.id
    # Nothing is generated twice but the eight that are timed, after one that warms the model up.
    assert len(bench.generator.asked) == 38 + 1 + 8


def test_an_unknown_price_stays_unknown(bench: LadderBench) -> None:
    bench.prices.usd = None
    assert bench.measured(PROMPT).cost_per_1000 is None


def test_without_a_suite_nothing_is_measured(tmp_path: Path) -> None:
    bench = LadderBench(tmp_path)
    with pytest.raises(Conflict, match="No evaluation suite"):
        bench.service.start("project_1", PROMPT)
    assert bench.service.suite("project_1") is None
    assert bench.service.suite_size("project_1") == 0
    bench.close()


def test_a_suite_without_examples_is_refused(bench: LadderBench) -> None:
    with pytest.raises(InvalidInput, match="validation split"):
        bench.suite(split=Split.VALIDATION)
    with pytest.raises(NotFound):
        bench.suite(version_id="version_9")


def test_a_limited_suite_asks_the_same_examples_of_every_rung(bench: LadderBench) -> None:
    bench.suite(limit=25)
    first = bench.measured(PROMPT)
    second = bench.measured(PROMPT.with_(system="Be exact."))
    ids = [{one.example_id for one in bench.service.results(run.id)} for run in (first, second)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == first.total == bench.service.suite_size("project_1") == 25


def test_an_open_metric_is_chosen_and_it_is_said(bench: LadderBench) -> None:
    charter = bench.charters.get("project_1")
    bench.charters.save(charter.with_(metric=None))
    run = bench.measured(PROMPT)
    assert run.metric == "exact_match"
    assert run.message.startswith("The charter leaves the metric open; exact_match was taken")


@pytest.mark.parametrize(
    ("metric", "limit", "rule"), [(None, None, "B1"), ("exact_match", 19, "B2")]
)
def test_a_blocked_rung_is_refused_by_its_rule_and_prompting_is_not(
    bench: LadderBench, metric: str | None, limit: int | None, rule: str
) -> None:
    bench.charters.save(bench.charters.get("project_1").with_(metric=metric))
    bench.suite(limit=limit)
    corpus = bench.documents()
    rag = RungSetup(rung=Rung.RAG, model_id="small", corpus_id=corpus.id)
    with pytest.raises(Conflict, match=f"Rule {rule} blocks"):
        bench.service.start("project_1", rag)
    with pytest.raises(Conflict, match=f"Rule {rule} blocks"):
        bench.service.pilot("project_1", RungSetup(rung=Rung.FINE_TUNE, model_id="small"))
    assert bench.measured(PROMPT).status is RunStatus.SUCCEEDED
    assert bench.measured(PROMPT.with_(rung=Rung.FEW_SHOT, shots=2)).status is RunStatus.SUCCEEDED


def test_retrieval_finds_passages_and_beats_prompting(bench: LadderBench) -> None:
    bench.documents()
    prompt = bench.measured_rung(Rung.PROMPT)
    rag = bench.measured_rung(Rung.RAG)
    assert prompt.score is not None and rag.score is not None
    assert (prompt.score.value, rag.score.value) == (0.0, 1.0)
    (compared,) = bench.service.compare("project_1")
    assert (compared.baseline_id, compared.candidate_id) == (prompt.id, rag.id)
    assert compared.p_value < 0.01
    result = bench.service.results(rag.id)[0]
    assert len(result.passages) == rag.setup.passages
    assert result.gold_rank is None and rag.retrieval is None


def test_retrieval_is_measured_where_the_datasets_file_says_the_places(bench: LadderBench) -> None:
    corpus = bench.documents()
    bench.rows.files["/sources/tariffs.jsonl"] = [
        {
            "question": f"What is the fee of tariff {n}?",
            "answer": f"{3 * n + 100} euros",
            "document_id": f"tariff{n}",
        }
        for n in range(60)
    ]
    rag = bench.measured_rung(Rung.RAG)
    assert rag.retrieval is not None
    assert (rag.retrieval.n, rag.retrieval.hit_at_5) == (30, 1.0)
    assert {one.gold_rank for one in bench.service.results(rag.id)} <= {1, 2, 3}
    assert len(bench.retrieval.gold(corpus.id)) == 60


def test_answers_say_which_passages_they_cite(bench: LadderBench) -> None:
    bench.documents()
    bench.generator.rule = lambda model, turns: "See [2], and [9]."
    rag = bench.measured_rung(Rung.RAG, passages=3)
    result = bench.service.results(rag.id)[0]
    assert result.cited == (result.passages[1],)


def test_solved_examples_come_from_the_training_split_only(bench: LadderBench) -> None:
    run = bench.measured(PROMPT.with_(rung=Rung.FEW_SHOT, shots=4))
    asked = [turns for _, turns in bench.generator.asked]
    assert all(len(turns) == 2 * 4 + 1 for turns in asked)
    shown = {turns[at].content for turns in asked for at in (0, 2, 4, 6)}
    trained = bench.datasets.examples("version_1", Split.TRAIN)
    assert shown <= {example.prompt[0].content for example in trained}
    assert run.status is RunStatus.SUCCEEDED


def test_the_nearest_solved_example_stands_next_to_the_question(bench: LadderBench) -> None:
    setup = PROMPT.with_(rung=Rung.FEW_SHOT, shots=2, shot_choice="nearest")
    turns = bench.service.preview("project_1", setup, index=0)
    assert [turn.role for turn in turns] == ["user", "assistant"] * 2 + ["user"]
    assert turns[-1].content == "What is the fee of tariff 1?"


def test_a_suite_that_is_the_training_split_shows_none_of_its_own(bench: LadderBench) -> None:
    bench.suite(split=Split.TRAIN)
    run = bench.measured(PROMPT.with_(rung=Rung.FEW_SHOT, shots=2))
    assert run.status is RunStatus.FAILED
    assert "no solved examples" in run.message


def test_documents_that_fit_are_given_whole(bench: LadderBench) -> None:
    bench.documents()
    run = bench.measured_rung(Rung.LONG_CONTEXT)
    assert run.score is not None and run.score.value == 1.0
    prompt = bench.service.preview("project_1", run.setup)[-1].content
    assert prompt.count("The fee of tariff") == 60


def test_documents_that_do_not_fit_are_refused_with_the_numbers(bench: LadderBench) -> None:
    bench.documents()
    base = bench.models.base("small")
    bench.model_store.add_base(base.with_(facts=base.facts.with_(context_length=300)))
    with pytest.raises(Conflict, match=r"about [\d,]+ tokens; the model's context .* \d+"):
        bench.service.start("project_1", bench.service.proposed("project_1", Rung.LONG_CONTEXT))


def test_passages_that_do_not_fit_are_left_out_and_counted(bench: LadderBench) -> None:
    bench.documents()
    base = bench.models.base("small")
    bench.model_store.add_base(base.with_(facts=base.facts.with_(context_length=140)))
    run = bench.measured_rung(Rung.RAG, passages=10)
    assert "30 of 30 prompts were too long" in run.message
    given = [len(one.passages) for one in bench.service.results(run.id)]
    assert 0 < max(given) < 10


def test_a_tuned_rung_needs_a_tuned_model(bench: LadderBench) -> None:
    with pytest.raises(InvalidInput, match="is not tuned"):
        bench.service.start("project_1", RungSetup(rung=Rung.FINE_TUNE, model_id="small"))


def test_what_cannot_be_measured_is_refused_at_once(bench: LadderBench) -> None:
    corpus = bench.retrieval.create("project_1", "Empty")
    for setup, words in (
        (PROMPT.with_(rung=Rung.STAY), "Staying"),
        (PROMPT.with_(rung=Rung.FEW_SHOT), "shows no solved example"),
        (PROMPT.with_(rung=Rung.RAG), "needs documents"),
        (PROMPT.with_(rung=Rung.RAG, corpus_id=corpus.id), "has no documents"),
        (PROMPT.with_(template="{question} {name}"), "unknown variable {name}"),
    ):
        with pytest.raises(InvalidInput, match=words):
            bench.service.start("project_1", setup)
    with pytest.raises(NotFound):
        bench.service.start("project_1", PROMPT.with_(model_id="nobody"))
    assert bench.service.all("project_1") == []


def test_failures_come_worst_first_and_carry_what_people_say(bench: LadderBench) -> None:
    bench.agree("token_f1")
    bench.generator.rule = lambda model, turns: "103 dollars" if " 1?" in turns[-1].content else "x"
    run = bench.measured(PROMPT)
    failures = bench.service.failures(run.id)
    values = [one.result.value for one in failures]
    assert values == sorted(values) and len(values) == 29
    worst = failures[0].result.example_id
    bench.service.label(run.id, worst, FailureKind.CONTEXT, " price list ", "Ada")
    label = bench.service.failures(run.id)[0].label
    assert label is not None
    assert (label.kind, label.note, label.rater) == (FailureKind.CONTEXT, "price list", "Ada")
    bench.service.unlabel(run.id, worst)
    assert bench.service.labels("project_1") == []
    with pytest.raises(NotFound):
        bench.service.label(run.id, "example_99", FailureKind.CONTEXT)


def test_the_exact_prompt_is_shown_before_it_is_asked(bench: LadderBench) -> None:
    setup = PROMPT.with_(system="Be exact.", template="Question: {question}")
    shown = bench.service.preview("project_1", setup, index=2)
    bench.measured(setup)
    assert ("small", shown) in bench.generator.asked
    with pytest.raises(InvalidInput, match="30 examples"):
        bench.service.preview("project_1", setup, index=30)


def test_everything_that_can_answer_is_offered(bench: LadderBench) -> None:
    assert bench.service.models("project_1") == {"small": "Small", "smaller": "Smaller"}
