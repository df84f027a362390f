import pytest

from studio.core.feedback import gate_proofs as proofs
from studio.domain.gates import GateConfig
from tests.unit.core.feedback.gate_cases import RIGHT, WRONG, golden, holdout

CONFIG = GateConfig()


@pytest.mark.parametrize(
    "n, tolerated",
    [
        (100, {0: 0, 2: 1, 4: 2, 8: 4, 16: 10}),
        (200, {0: 2, 2: 3, 4: 4, 8: 7, 16: 12}),
        (400, {0: 7, 2: 8, 4: 9, 8: 12, 16: 18}),
        (800, {0: 16, 2: 18, 4: 19, 8: 22, 16: 28}),
    ],
)
def test_the_check_against_regression_tolerates_the_losses_it_should(
    n: int, tolerated: dict[int, int]
) -> None:
    for gained, lost in tolerated.items():
        kept = proofs.no_regression_champion(CONFIG, golden(n, gained, lost))
        over = proofs.no_regression_champion(CONFIG, golden(n, gained, lost + 1))
        assert (kept.verdict, over.verdict != "pass") == ("pass", True)


def test_a_loss_that_is_sure_fails_and_one_that_may_be_chance_is_in_doubt() -> None:
    doubt = proofs.no_regression_champion(CONFIG, golden(100, 0, 2))
    assert doubt.verdict == "inconclusive"
    assert doubt.sentence.endswith("too few questions to be sure.")
    sure = proofs.no_regression_champion(CONFIG, golden(100, 0, 10))
    assert sure.verdict == "fail"
    assert sure.high is not None and sure.high < 0
    assert "surely lower" in sure.sentence


def test_a_check_has_the_numbers_it_rests_on() -> None:
    kept = proofs.no_regression_champion(CONFIG, golden(200, 8, 4))
    assert (kept.wins, kept.losses, kept.n_discordant, kept.n) == (8, 4, 12, 200)
    assert (kept.champion, kept.candidate, kept.threshold) == pytest.approx((0.8, 0.82, -0.03))
    assert kept.low is not None and kept.high is not None and kept.difference is not None
    assert kept.low < kept.difference < kept.high


def test_enough_is_a_count() -> None:
    assert proofs.enough("min_golden", 100, 100, "questions").verdict == "pass"
    short = proofs.enough("min_golden", 99, 100, "questions")
    assert short.verdict == "inconclusive"
    assert short.sentence.startswith("99 questions, at least 100")


def test_the_anchor_is_skipped_with_a_reason_where_there_is_nothing_to_compare() -> None:
    asked = golden(100)
    same = proofs.no_regression_anchor(CONFIG, asked, "champion")
    none = proofs.no_regression_anchor(CONFIG, asked, "none")
    assert (same.verdict, none.verdict) == ("skipped", "skipped")
    assert "the champion itself" in same.sentence
    assert "no anchor" in none.sentence


def test_an_anchor_that_did_not_answer_everything_proves_nothing() -> None:
    asked = [pair._replace(anchor=RIGHT) for pair in golden(100)]
    asked[3] = asked[3]._replace(anchor=None)
    check = proofs.no_regression_anchor(CONFIG, asked, "another")
    assert check.verdict == "inconclusive"
    assert "99 of 100" in check.sentence


def test_the_anchor_is_compared_as_the_champion_is() -> None:
    asked = [pair._replace(anchor=pair.champion) for pair in golden(200, 4, 4)]
    ours, theirs = (
        proofs.no_regression_champion(CONFIG, asked),
        proofs.no_regression_anchor(CONFIG, asked, "another"),
    )
    assert theirs.low == ours.low
    assert (ours.verdict, theirs.verdict) == ("pass", "pass")


def test_forgetting_is_reported_and_never_blocks() -> None:
    asked = [pair._replace(anchor=RIGHT) for pair in golden(100, right=0.9)]
    check = proofs.forgetting(asked, "another", CONFIG.max_loss)
    assert (check.verdict, check.blocking, check.losses) == ("fail", False, 10)
    assert "10 are no longer answered right" in check.sentence
    same = proofs.forgetting(golden(400), "champion", CONFIG.max_loss)
    assert same.verdict == "pass"
    assert proofs.forgetting(golden(100), "none", CONFIG.max_loss).verdict == "skipped"


@pytest.mark.parametrize(
    "wins, of", [(9, 10), (12, 15), (15, 20), (20, 30), (26, 40), (37, 60), (48, 80), (59, 100)]
)
def test_corrections_count_as_fixed_from_the_published_number_of_wins_on(
    wins: int, of: int
) -> None:
    config = GateConfig(min_holdout=1)
    fixed = proofs.fixes_corrections(config, holdout(of, wins, of - wins))
    short = proofs.fixes_corrections(config, holdout(of, wins - 1, of - wins + 1))
    assert (fixed.verdict, short.verdict) == ("pass", "inconclusive")


def test_the_sign_test_says_its_numbers() -> None:
    check = proofs.fixes_corrections(CONFIG, holdout(40, 29, 11))
    assert check.p_value == pytest.approx(0.0032, abs=5e-5)
    assert check.sentence == (
        "Closer to the correction on 29 of 40 held-out corrections, less close on 11 (p = 0.003)."
    )


def test_corrections_that_are_not_fixed_fail_once_there_are_enough() -> None:
    assert proofs.fixes_corrections(CONFIG, holdout(40, 0, 0)).verdict == "fail"
    assert proofs.fixes_corrections(CONFIG, holdout(40, 9, 11)).verdict == "fail"
    assert proofs.fixes_corrections(CONFIG, holdout(19, 5, 6)).verdict == "inconclusive"
    assert proofs.fixes_corrections(CONFIG, []).verdict == "inconclusive"


def test_no_question_at_all_is_said_plainly() -> None:
    check = proofs.no_regression_champion(CONFIG, [])
    assert check.verdict == "inconclusive"
    assert check.difference is None
    assert check.sentence == "No reference question was asked."


def test_numbers_are_written_as_people_read_them() -> None:
    assert (proofs.points(-0.021), proofs.points(0.2)) == ("−2.1", "+20.0")
    assert (proofs.p_value(0.00005), proofs.p_value(0.0207)) == ("below 0.001", "0.021")


def test_a_wrong_anchor_costs_nothing() -> None:
    asked = [pair._replace(anchor=WRONG) for pair in golden(200)]
    assert proofs.no_regression_anchor(CONFIG, asked, "another").verdict == "pass"


def test_reference_questions_wear_with_every_gate() -> None:
    checks = [proofs.golden_wear(uses) for uses in (0, 9, 10, 30)]
    assert [check.verdict for check in checks] == ["pass", "pass", "inconclusive", "inconclusive"]
    assert not any(check.blocking for check in checks)
    assert [check.n for check in checks] == [0, 9, 10, 30]
    assert proofs.wear(9).startswith("9 of 10 gates have used these reference questions")
    assert "replace at least 20%" in proofs.wear(10)
