"""What the evaluation and comparison pages decide."""

from typing import Any

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import (
    SCORES,
    Comparison,
    Confusion,
    Decoding,
    Score,
    SideBySide,
)
from studio.ui.pages.evaluate.comparison_vm import (
    WINDOW,
    ComparisonPage,
    mistakes,
    outcome,
    readable,
)
from studio.ui.pages.evaluate.vm import EvaluatePage, Pace, settings
from studio.ui.pages.words import METRICS
from tests.fakes.page_services import services
from tests.fakes.page_values import model_version, result, run


@pytest.fixture
def page() -> EvaluatePage:
    have = services()
    have.models.tuned.append(model_version())
    page = EvaluatePage(services=have, project_id="prj_1")
    page.load()
    return page


def compared(n: int = 120) -> ComparisonPage:
    have = services()
    scores = (
        Score(metric="accuracy", value=0.4, low=0.3, high=0.5, n=n),
        Score(metric="bleu", value=0.1, n=n),
    )
    better = (Score(metric="accuracy", value=0.9, low=0.8, high=0.95, n=n),)
    have.evaluation.compared = Comparison(
        baseline=run("ev_1", "starter", 0.4, scores=scores),
        candidate=run("ev_2", "mv_1", 0.9, scores=better),
        n=n,
        both_right=40,
        only_candidate=68,
        only_baseline=8,
        both_wrong=4,
        difference=0.5,
        low=0.4,
        high=0.6,
        p_value=0.00001,
        verdict="The second is better.",
    )
    have.evaluation.runs = [run("ev_1", "starter"), run("ev_2", "mv_1")]
    have.evaluation.rows = [side(index) for index in range(n)]
    page = ComparisonPage(services=have, baseline_id="ev_1", candidate_id="ev_2")
    page.load()
    return page


def side(index: int, baseline: bool = False, candidate: bool = True) -> SideBySide:
    return SideBySide(
        example_id=f"ex_{index}",
        prompt=(),
        expected="billing",
        baseline=result(f"ex_{index}", "legal", baseline),
        candidate=result(f"ex_{index}", "billing", candidate),
    )


def test_only_runs_on_the_same_examples_and_decoding_stand_together(page: EvaluatePage) -> None:
    page.services.evaluation.runs = [
        run("ev_1", "starter", 0.4),
        run("ev_2", "mv_1", 0.9),
        run("ev_3", "mv_1", 0.8, split=Split.VALIDATION),
        run("ev_4", "mv_1", 0.7, decoding=Decoding(max_new_tokens=8)),
    ]
    page.load_runs()
    assert sorted(len(group.runs) for group in page.groups) == [1, 1, 2]
    group = next(group for group in page.groups if len(group.runs) == 2)
    assert [made.id for made in group.runs] == ["ev_2", "ev_1"]
    assert group.title == "Tickets v1 · test split"
    assert page.comparison_path(group) == "/evaluate/ev_1/ev_2"


def test_every_score_has_words_of_its_own() -> None:
    assert set(METRICS) == set(SCORES)


def test_a_tuned_model_is_proposed_with_its_base(page: EvaluatePage) -> None:
    page.suggest("mv_1")
    assert page.chosen == ("starter", "mv_1")
    assert page.primary_label == "Measure 2 models on 10 examples"


def test_each_chosen_model_gets_its_run(page: EvaluatePage) -> None:
    page.toggle("starter", False)
    page.max_new_tokens = 16
    started = page.start()
    assert [(made.model_id, made.decoding.max_new_tokens) for made in started] == [("mv_1", 16)]


def test_the_newest_tuned_model_and_its_base_are_proposed(page: EvaluatePage) -> None:
    assert page.chosen == ("starter", "mv_1")


def test_the_form_says_why_it_cannot_start(page: EvaluatePage) -> None:
    page.chosen = ()
    assert page.cannot_start == "Choose at least one model."
    with pytest.raises(InvalidInput):
        page.start()


@pytest.mark.parametrize(
    ("split", "word"),
    [(Split.TRAIN, "flatter"), (Split.VALIDATION, "flatters"), (Split.TEST, "50")],
)
def test_a_flattering_or_small_split_is_named_so(
    page: EvaluatePage, split: Split, word: str
) -> None:
    page.split = split
    assert word in page.caution


def test_time_left_follows_the_pace_seen_so_far() -> None:
    pace = Pace()
    assert pace.seconds_left(run("ev_1", "m", None, done=10, total=100), 5.0) is None
    assert pace.seconds_left(run("ev_1", "m", None, done=30, total=100), 15.0) == 35
    assert pace.seconds_left(run("ev_1", "m", 0.5), 16.0) is None


def test_decoding_is_told_in_words() -> None:
    assert settings(Decoding(max_new_tokens=32)) == "Always the likeliest word, at most 32 tokens"


def test_the_difference_is_explained_with_interval_and_p_value() -> None:
    text = " ".join(compared().explanation())
    assert "between +40.0 and +60.0 points" in text
    assert "p < 0.001" in text
    assert "less than once in 1,000 tries" in text


def test_only_metrics_of_both_runs_are_compared() -> None:
    rows = compared().metrics()
    assert [(row.title, row.difference) for row in rows] == [("Right label", "+50.0 points")]
    assert rows[0].candidate == "90.0 % (80.0–95.0)"


def test_the_reader_stays_within_the_answers_and_fetches_as_it_goes() -> None:
    page = compared()
    page.move(-1)
    assert page.place == "1 of 120"
    page.move(WINDOW)
    assert page.current is not None
    assert page.current.example_id == f"ex_{WINDOW}"
    page.move(500)
    assert page.place == "120 of 120"
    assert page.current is not None


def test_a_filter_starts_at_its_first_example() -> None:
    page = compared()
    page.move(60)
    page.read("worse")
    fetched: Any = page.services.evaluation
    assert fetched.fetched[-1] == (0, WINDOW, "worse")
    assert page.position == 0
    assert page.kinds()["same"] == "Same (44)"


def test_nothing_of_a_kind_is_said_to_be_nothing() -> None:
    page = compared(0)
    page.move(1)
    assert (page.current, page.place) == (None, "none")


@pytest.mark.parametrize(
    ("baseline", "candidate", "words"),
    [
        (True, True, "Both right"),
        (False, True, "Gained"),
        (True, False, "Lost"),
        (False, False, "Both wrong"),
    ],
)
def test_an_outcome_is_said_in_words(baseline: bool, candidate: bool, words: str) -> None:
    assert outcome(side(1, baseline, candidate)).startswith(words)


def test_the_most_frequent_mistakes_come_first() -> None:
    confusion = Confusion(labels=("a", "b"), counts=((5, 1, 0), (3, 2, 4)))
    found = mistakes(run("ev_1", "m", confusion=confusion))
    assert [(m.expected, m.predicted, m.count, m.of) for m in found] == [
        ("b", "no label", 4, 9),
        ("b", "a", 3, 9),
        ("a", "b", 1, 6),
    ]


def test_a_large_matrix_keeps_the_labels_with_most_mistakes_and_every_answer() -> None:
    size = 30
    counts = [[0] * (size + 1) for _ in range(size)]
    for i in range(size):
        counts[i][i] = 10
    counts[7][21] = 5
    whole = Confusion(
        labels=tuple(f"l{i}" for i in range(size)), counts=tuple(tuple(row) for row in counts)
    )
    cut = readable(whole, 2)
    assert cut.labels == ("l7", "l21")
    assert cut.counts == ((10, 5, 0), (0, 10, 0))
    assert readable(whole, size) is whole


def test_a_comparison_opened_early_waits_for_both_runs() -> None:
    page = compared()
    page.comparison = None
    page.services.evaluation.runs[1] = run("ev_2", "mv_1", None, done=3, total=10)
    page.load()
    assert page.waiting
    assert page.comparison is None
    page.services.evaluation.runs[1] = run("ev_2", "mv_1")
    page.load()
    assert not page.waiting
    assert page.comparison is not None


def test_a_model_that_answers_elsewhere_says_where_its_questions_go() -> None:
    have = services()
    have.models.tuned.append(model_version(id="mv_9", endpoint="openai", remote_model="ft:x"))
    page = EvaluatePage(services=have, project_id="prj_1")
    page.load()
    assert page.about("mv_9") == "its questions are sent to api.example.com"
    assert page.about("endpoint:openai/gpt-small").endswith("api.example.com")
    assert page.about("starter") == "base model"
