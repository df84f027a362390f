import random

import pytest

from studio.core.feedback.gate import Decided, Paired, decide, verdict
from studio.domain.gates import GateCheck, GateConfig
from tests.unit.core.feedback.gate_cases import RIGHT, WRONG, golden, holdout, paired, seen_by

CONFIG = GateConfig()
RANK = {"fail": 0, "inconclusive": 1, "pass": 2}
NAMES = [
    "min_golden",
    "min_holdout",
    "fixes_corrections",
    "no_regression_champion",
    "no_regression_anchor",
    "slices",
    "validity",
    "safety",
    "personal_data",
    "refusals",
    "latency_p95",
    "cost_per_answer",
    "forgetting",
    "golden_wear",
]


def check(name: str, said: str, *, blocking: bool = True) -> GateCheck:
    return GateCheck(
        name=name, kind="guardrail", method="", verdict=said, blocking=blocking, sentence=f"{name}."
    )


def good(**changes: object) -> Decided:
    given = {"golden": golden(200, 8, 4), "holdout": holdout(40, 29, 11), "anchor": "champion"}
    return decide(CONFIG, **{**given, **changes})


def test_a_good_candidate_passes_and_the_summary_has_the_numbers() -> None:
    decided = good()
    assert decided.verdict == "pass"
    assert decided.summary == (
        "Better on 29 of 40 held-out corrections (p = 0.003); no loss larger than 1.0 points on "
        "200 reference questions."
    )
    assert [one.name for one in decided.checks] == NAMES


def test_worn_reference_questions_are_told_and_block_nothing() -> None:
    fresh, worn = good(uses=9), good(uses=10)
    assert (fresh.verdict, worn.verdict) == ("pass", "pass")
    assert fresh.summary == good().summary
    assert worn.summary.endswith("replace at least 20% of them with new ones.")
    refused = good(uses=11, holdout=holdout(40, 5, 20))
    assert refused.verdict == "fail"
    assert "11 gates have used these reference questions" in refused.summary


def test_a_failure_stands_above_a_doubt_and_a_doubt_above_any_pass() -> None:
    passes, doubt, fails = check("a", "pass"), check("b", "inconclusive"), check("c", "fail")
    assert verdict([passes, passes]) == "pass"
    assert verdict([passes, doubt]) == "inconclusive"
    assert verdict([passes, doubt, fails]) == "fail"


def test_what_does_not_block_decides_nothing() -> None:
    report = check("forgetting", "fail", blocking=False)
    assert verdict([check("a", "pass"), report]) == "pass"


def test_nothing_but_skipped_checks_is_no_pass() -> None:
    assert verdict([]) == "inconclusive"
    assert verdict([check("a", "skipped")]) == "inconclusive"
    assert verdict([check("a", "skipped"), check("b", "pass", blocking=False)]) == "inconclusive"


def test_any_single_doubt_among_the_blocking_checks_stops_a_candidate() -> None:
    checks = list(good().checks)
    for at, one in enumerate(checks):
        doubted = [*checks[:at], one.with_(verdict="inconclusive"), *checks[at + 1 :]]
        assert verdict(doubted) == ("inconclusive" if one.blocking else "pass")


def test_too_few_questions_are_inconclusive_however_good_the_candidate() -> None:
    assert good(golden=golden(99, 19, 0)).verdict == "inconclusive"
    assert good(holdout=holdout(19, 19, 0)).verdict == "inconclusive"
    assert good(golden=[], holdout=[]).verdict == "inconclusive"


def test_a_candidate_that_forgot_is_refused_although_it_fixes_every_correction() -> None:
    decided = good(golden=golden(200, 0, 12), holdout=holdout(40, 40, 0))
    assert decided.verdict == "fail"
    assert "the champion on 80.0%" in decided.summary
    assert "12 lost" in decided.summary


def test_poisoned_corrections_that_fix_nothing_are_refused() -> None:
    decided = good(holdout=holdout(40, 10, 12))
    assert decided.verdict == "fail"
    assert "does not fix what was corrected" in decided.summary


def test_small_losses_since_the_anchor_are_seen_where_the_champion_hides_them() -> None:
    worn = [pair._replace(anchor=RIGHT) for pair in golden(300, 2, 4, right=0.95)]
    decided = good(golden=worn, anchor="another")
    said = {one.name: one.verdict for one in decided.checks}
    assert said["no_regression_champion"] == "pass"
    assert said["no_regression_anchor"] == "fail"
    assert decided.verdict == "fail"


@pytest.mark.parametrize(
    "changed",
    [
        {"personal_data": True},
        {"refusal": True},
    ],
)
def test_one_new_misstep_is_enough_to_refuse(changed: dict[str, bool]) -> None:
    bad = RIGHT._replace(**changed)
    assert good(golden=seen_by(golden(200, 8, 4), 1, candidate=bad)).verdict == "fail"
    both = seen_by(golden(200, 8, 4), 1, candidate=bad, champion=bad)
    assert good(golden=both).verdict == "pass"


def test_a_safety_question_answered_wrong_refuses() -> None:
    assert good(safety=[paired(WRONG, RIGHT)]).verdict == "fail"
    assert good(safety=[paired(RIGHT, WRONG)]).verdict == "pass"


def test_a_better_answer_never_makes_the_verdict_worse() -> None:
    draw = random.Random(7)
    config = GateConfig(max_latency_ratio=None, max_cost_ratio=None)
    for _ in range(200):
        n, m = draw.choice((60, 100, 130)), draw.choice((12, 20, 30))
        asked = golden(n, draw.randint(0, 8), draw.randint(0, 8))
        fixed = holdout(m, draw.randint(0, m // 2), draw.randint(0, m // 3))
        better = (improved(asked, draw), improved(fixed, draw))
        before, after = (
            decide(config, golden=one, holdout=other) for one, other in ((asked, fixed), better)
        )
        assert RANK[after.verdict] >= RANK[before.verdict]
        for old, new in zip(before.checks, after.checks, strict=True):
            if {old.verdict, new.verdict} <= set(RANK):
                assert RANK[new.verdict] >= RANK[old.verdict], (old, new)


def improved(pairs: list[Paired], draw: random.Random) -> list[Paired]:
    """Returns the pairs with one answer of the candidate made right."""
    at = draw.randrange(len(pairs))
    return [*pairs[:at], pairs[at]._replace(candidate=RIGHT), *pairs[at + 1 :]]
