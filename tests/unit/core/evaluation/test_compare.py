import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.evaluation.compare import check_comparable, compare, outcome, pair_results
from studio.domain.datasets import Split
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.evaluation import Decoding, ExampleResult, RunStatus
from tests.fakes.evaluations import make_results, make_run

BASE, TUNED = make_run("base"), make_run("tuned")


def test_the_four_cells_and_the_difference_are_counted_from_pairs() -> None:
    pairs = pair_results(make_results("xx..x." * 5), make_results("xxxx.." * 5))
    comparison = compare(BASE, TUNED, pairs)
    assert (comparison.both_right, comparison.both_wrong) == (10, 5)
    assert (comparison.only_candidate, comparison.only_baseline) == (10, 5)
    assert comparison.difference == pytest.approx(5 / 30)
    assert comparison.low < comparison.difference < comparison.high
    assert comparison.p_value == pytest.approx(0.3018, abs=1e-4)


def test_pairs_are_matched_by_example_whatever_the_order() -> None:
    pairs = pair_results(make_results("x."), make_results("x.")[::-1])
    assert [outcome(pair) for pair in pairs] == ["same", "same"]


def test_each_pair_has_one_outcome() -> None:
    pairs = pair_results(make_results("xx.."), make_results("x.x."))
    assert [outcome(pair) for pair in pairs] == ["same", "worse", "better", "same"]


@pytest.mark.parametrize("other", [make_results("x"), make_results("xxx"), []])
def test_runs_over_other_examples_are_refused(other: list[ExampleResult]) -> None:
    with pytest.raises(InvalidInput, match="same examples"):
        pair_results(make_results("xx"), other)


@pytest.mark.parametrize(
    "changes, named",
    [
        ({"dataset_version_id": "version_2"}, "dataset version (version_1 and version_2)"),
        ({"split": Split.TRAIN}, "split (test and train)"),
        ({"decoding": Decoding(max_new_tokens=16)}, "decoding: max_new_tokens (128 and 16)"),
        ({"decoding": Decoding(temperature=0.5)}, "decoding: temperature (0.0 and 0.5)"),
    ],
)
def test_runs_measured_differently_are_refused_by_name(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_comparable(BASE, make_run("tuned", **changes))
    assert named in refusal.value.message


def test_a_seed_that_greedy_decoding_never_uses_is_no_difference() -> None:
    check_comparable(BASE, make_run("tuned", decoding=Decoding(seed=5)))


def test_an_unfinished_run_is_refused() -> None:
    with pytest.raises(Conflict, match="running"):
        check_comparable(make_run("base", status=RunStatus.RUNNING), TUNED)


def test_word_overlap_is_compared_with_its_own_interval() -> None:
    comparison = compare(
        BASE, TUNED, pair_results(make_results("." * 40), make_results("." * 40, f1=0.4))
    )
    score = comparison.soft[0]
    assert (score.metric, score.baseline, score.candidate) == ("token_f1", 0, pytest.approx(0.4))
    assert score.low == pytest.approx(0.4)
    assert score.p_value < 0.01


@given(st.lists(st.sampled_from(["xx", "x.", ".x", ".."]), max_size=40))
@settings(max_examples=30)
def test_exchanging_the_models_turns_the_comparison_round(cells: list[str]) -> None:
    old, new = (
        make_results("".join(c[0] for c in cells)),
        make_results("".join(c[1] for c in cells)),
    )
    one = compare(BASE, TUNED, pair_results(old, new))
    other = compare(TUNED, BASE, pair_results(new, old))
    assert one.n == one.both_right + one.both_wrong + one.only_candidate + one.only_baseline
    assert (one.p_value, one.only_candidate) == (other.p_value, other.only_baseline)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
    if one.p_value < 0.05:
        assert ("better" in one.verdict) == (one.difference > 0)
        assert ("worse" in one.verdict) == (one.difference < 0)
    else:
        assert not {"better", "worse"} & set(one.verdict.split())
