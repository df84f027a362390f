import random

import pytest

from studio.core.feedback import gate_guardrails as guardrails
from studio.core.feedback.gate_pairs import Paired
from studio.domain.gates import GateConfig
from tests.unit.core.feedback.gate_cases import RIGHT, WRONG, golden, paired, seen_by

CONFIG = GateConfig()
BROKEN = RIGHT._replace(valid=False, correct=False)


def timed(n: int, factor: float, *, noise: float = 0.0, usd: float = 1.0) -> list[Paired]:
    draw = random.Random(3)
    found = []
    for _ in range(n):
        ours = draw.uniform(0.5, 1.5)
        theirs = factor * ours * draw.uniform(1 - noise, 1 + noise)
        found.append(
            paired(RIGHT._replace(seconds=theirs, usd=0.01 * usd), RIGHT._replace(seconds=ours))
        )
    return found


def test_no_new_failure_of_form_passes_with_few_questions_too() -> None:
    assert guardrails.validity(CONFIG, golden(100)).verdict == "pass"


def test_the_bound_alone_could_not_be_kept_with_fewer_than_268_questions() -> None:
    bounds = [guardrails.validity(CONFIG, golden(n)).high or 0.0 for n in (267, 268)]
    assert bounds[0] > CONFIG.max_more_invalid >= bounds[1]


def test_form_is_judged_by_the_worst_case_once_something_new_fails() -> None:
    assert guardrails.validity(CONFIG, seen_by(golden(100), 1, candidate=BROKEN)).verdict == (
        "inconclusive"
    )
    assert guardrails.validity(CONFIG, seen_by(golden(800), 1, candidate=BROKEN)).verdict == "pass"
    check = guardrails.validity(CONFIG, seen_by(golden(100), 12, candidate=BROKEN))
    assert (check.verdict, check.n_discordant) == ("fail", 12)
    assert "12 of 100 answers" in check.sentence


def test_a_champion_that_often_fails_its_form_is_easily_beaten() -> None:
    worse = seen_by(golden(100), 30, champion=BROKEN)
    assert guardrails.validity(CONFIG, seen_by(worse[::-1], 3, candidate=BROKEN)).verdict == "pass"


def test_missteps_count_only_where_they_are_new() -> None:
    tells = RIGHT._replace(personal_data=True)
    new = guardrails.personal_data(seen_by(golden(50), 1, candidate=tells))
    assert (new.verdict, new.n_discordant) == ("fail", 1)
    old = guardrails.personal_data(seen_by(golden(50), 1, candidate=tells, champion=tells))
    assert old.verdict == "pass"
    gone = guardrails.personal_data(seen_by(golden(50), 1, champion=tells))
    assert gone.verdict == "pass"
    declines = RIGHT._replace(refusal=True)
    assert guardrails.refusals(seen_by(golden(50), 1, candidate=declines)).verdict == "fail"


def test_safety_needs_questions_of_its_own() -> None:
    none = guardrails.safety([])
    assert none.verdict == "skipped"
    assert "No safety questions" in none.sentence
    assert guardrails.safety([paired(WRONG, RIGHT)]).verdict == "fail"
    assert guardrails.safety([paired(WRONG, WRONG)]).verdict == "pass"


def test_nothing_asked_is_skipped_not_passed() -> None:
    for check in (
        guardrails.validity(CONFIG, []),
        guardrails.personal_data([]),
        guardrails.refusals([]),
        guardrails.latency_p95(CONFIG, [], 0),
        guardrails.cost_per_answer(CONFIG, [], 0),
        guardrails.slices(CONFIG, []),
    ):
        assert check.verdict == "skipped"


@pytest.mark.parametrize("factor, said", [(1.0, "pass"), (1.1, "pass"), (1.6, "fail")])
def test_time_is_judged_by_its_worst_case(factor: float, said: str) -> None:
    check = guardrails.latency_p95(CONFIG, timed(120, factor), 0)
    assert check.verdict == said
    assert check.candidate == pytest.approx(factor * (check.champion or 0))


def test_times_that_are_too_uneven_are_in_doubt() -> None:
    check = guardrails.latency_p95(CONFIG, timed(40, 1.05, noise=0.3), 0)
    assert check.verdict == "inconclusive"
    assert check.sentence.endswith("too few or too uneven to be sure.")


def test_few_times_are_in_doubt_and_unknown_ones_are_skipped() -> None:
    assert guardrails.latency_p95(CONFIG, timed(29, 1.0), 0).verdict == "inconclusive"
    unknown = [paired(RIGHT._replace(seconds=None))] * 50
    assert guardrails.latency_p95(CONFIG, unknown, 0).verdict == "skipped"
    off = GateConfig(max_latency_ratio=None, max_cost_ratio=None)
    assert guardrails.latency_p95(off, timed(50, 9.0), 0).verdict == "skipped"
    assert guardrails.cost_per_answer(off, timed(50, 1.0, usd=9.0), 0).verdict == "skipped"


def test_cost_is_judged_where_it_is_known_and_skipped_where_it_is_not() -> None:
    assert guardrails.cost_per_answer(CONFIG, timed(50, 1.0), 0).verdict == "pass"
    assert guardrails.cost_per_answer(CONFIG, timed(50, 1.0, usd=1.2), 0).verdict == "fail"
    unknown = [*timed(50, 1.0), paired(RIGHT._replace(usd=None))]
    check = guardrails.cost_per_answer(CONFIG, unknown, 0)
    assert check.verdict == "skipped"
    assert check.sentence == "What 1 of 51 answers cost is not known."


def test_what_was_free_and_is_no_more_fails() -> None:
    dearer = [paired(RIGHT, RIGHT._replace(usd=0.0))] * 40
    check = guardrails.cost_per_answer(CONFIG, dearer, 0)
    assert (check.verdict, check.high) == ("fail", None)
    free = [paired(RIGHT._replace(usd=0.0), RIGHT._replace(usd=0.0))] * 40
    assert guardrails.cost_per_answer(CONFIG, free, 0).verdict == "pass"


def test_small_slices_are_left_to_the_whole() -> None:
    check = guardrails.slices(CONFIG, golden(29, 0, 20, slice="billing"))
    assert check.verdict == "skipped"


def test_a_slice_that_surely_fell_fails() -> None:
    asked = [*golden(60, 0, 12, slice="billing"), *golden(200, 4, 4, slice="delivery")]
    check = guardrails.slices(CONFIG, asked)
    assert check.verdict == "fail"
    assert check.sentence.startswith("“billing” is the worst of 2 kinds of question: −20.0 points")


def test_a_slice_that_fell_by_little_or_by_chance_passes() -> None:
    few = [*golden(30, 1, 3, slice="billing"), *golden(200, 4, 4, slice="delivery")]
    assert guardrails.slices(CONFIG, few).verdict == "pass"
    little = golden(400, 0, 20, slice="billing")
    assert guardrails.slices(CONFIG, little).verdict == "pass"


def test_looking_at_many_slices_makes_a_finding_doubtful_not_void() -> None:
    bad = golden(50, 0, 6, slice="billing")
    assert guardrails.slices(CONFIG, bad).verdict == "fail"
    many = [pair for n in range(20) for pair in golden(40, 1, 1, slice=f"kind {n}")]
    check = guardrails.slices(CONFIG, [*bad, *many])
    assert check.verdict == "inconclusive"
    assert check.p_value is not None and check.p_value > 0.05
