import pytest

from studio.core.feedback.rollout import Decided, decide, feedback_difference
from studio.domain.rollouts import Arm, RolloutConfig

CONFIG = RolloutConfig()
FINE = Arm(answers=400, errors=2, rated=60, up=50, p95_seconds=1.0)


def look(
    stage: int = 1,
    champion: Arm = FINE,
    candidate: Arm = FINE,
    *,
    harm: int = 0,
    help: int = 0,
    hours: float = 1.0,
    config: RolloutConfig = CONFIG,
    baking: bool = False,
) -> Decided:
    return decide(
        config, stage, champion, candidate, harm=harm, help=help, hours=hours, baking=baking
    )


def test_shadow_waits_for_its_copies_and_then_goes_on() -> None:
    waits = look(-1, candidate=Arm(answers=49))
    assert (waits.action, waits.sentence) == (
        "wait",
        "In shadow: 49 of 50 copies of requests were answered.",
    )
    assert look(-1, candidate=Arm(answers=50)).action == "advance"


def test_failed_copies_are_no_answers() -> None:
    config = RolloutConfig(shadow_replies=5)
    assert look(-1, candidate=Arm(answers=8, errors=4), config=config).action == "wait"
    assert look(-1, candidate=Arm(answers=9, errors=4), config=config).action == "advance"


def test_no_shadow_is_left_at_once() -> None:
    assert look(-1, candidate=Arm(), config=RolloutConfig(shadow_replies=0)).action == "advance"


def test_a_stage_is_left_by_ratings_or_by_time() -> None:
    few = FINE.with_(rated=29, up=25, answers=200)
    assert look(0, few, few).action == "wait"
    enough = few.with_(rated=30)
    assert look(0, enough, enough).action == "advance"
    assert look(0, few, few, hours=24.0).action == "advance"
    assert "24 hours (it has been 1 hour)" in look(0, few, few).sentence


def test_both_arms_need_their_ratings() -> None:
    assert look(0, FINE, FINE.with_(rated=29, answers=190)).action == "wait"
    assert look(0, FINE.with_(rated=29, answers=190), FINE).action == "wait"


def test_the_stage_before_the_last_promotes() -> None:
    actions = [look(stage).action for stage in range(4)]
    assert actions == ["advance", "advance", "promote", "promote"]
    assert look(0, config=RolloutConfig(stages=(1.0,))).action == "promote"


def test_a_candidate_that_answered_nobody_is_not_promoted() -> None:
    nobody = Arm()
    assert look(2, FINE, nobody, hours=48).action == "wait"
    assert "has answered nobody" in look(2, FINE, nobody, hours=48).sentence
    assert look(0, FINE, nobody, hours=48).action == "advance"


@pytest.mark.parametrize(
    "harm, action", [(0, "advance"), (3, "advance"), (4, "wait"), (6, "wait"), (7, "rollback")]
)
def test_evidence_of_harm_stops_and_then_takes_back(harm: int, action: str) -> None:
    decided = look(harm=harm)
    assert decided.action == action
    assert look(harm=harm, hours=900).action == action


def test_harm_takes_back_in_every_stage_and_says_its_numbers() -> None:
    for stage in (-1, 0, 2, 3):
        assert look(stage, harm=7).action == "rollback"
    baking = look(3, harm=20, help=5, baking=True)
    assert baking.action == "rollback"
    assert baking.e_value == pytest.approx(48.52, abs=0.01)
    assert "of 25 pairs" in baking.sentence
    assert "20 were the champion's (evidence 48.52, taken back at 20)" in baking.sentence


def test_errors_take_back_when_they_are_many_and_more_than_usual() -> None:
    five = FINE.with_(answers=100, errors=5)
    assert look(candidate=five).action == "rollback"
    assert look(candidate=FINE.with_(answers=100, errors=4)).action != "rollback"
    usual = FINE.with_(answers=100, errors=3)
    assert look(champion=usual, candidate=five).action != "rollback"
    assert look(-1, candidate=five).action == "rollback"
    assert look(candidate=five, baking=True).action == "rollback"
    assert "5 of 100, and 2 of 400" in look(candidate=five).sentence


def test_a_champion_that_never_failed_yet_is_not_taken_for_infallible() -> None:
    young = FINE.with_(answers=300, errors=0)
    assert look(3, young, FINE.with_(answers=10_000, errors=8), baking=True).action != "rollback"
    assert look(3, young, FINE.with_(answers=200, errors=5), baking=True).action == "rollback"


def test_without_a_champion_to_compare_with_half_failing_is_too_many() -> None:
    assert look(0, Arm(), Arm(answers=20, errors=20)).action == "rollback"
    assert look(0, Arm(), Arm(answers=200, errors=20)).action != "rollback"


def test_a_candidate_that_mostly_fails_does_not_go_on_before_it_is_taken_back() -> None:
    failing = Arm(answers=4, errors=3)
    assert look(0, FINE, failing, hours=48).action == "wait"
    assert "3 of 4 answers of the candidate failed" in look(0, FINE, failing, hours=48).sentence


def test_slow_answers_take_back() -> None:
    assert look(candidate=FINE.with_(p95_seconds=2.1)).action == "rollback"
    assert look(candidate=FINE.with_(p95_seconds=2.0)).action != "rollback"
    assert look(candidate=FINE.with_(p95_seconds=None)).action != "rollback"
    assert look(champion=FINE.with_(p95_seconds=None)).action != "rollback"
    slow = look(candidate=FINE.with_(p95_seconds=2.5)).sentence
    assert "up to 2.50 s, the champion's 1.00 s" in slow


def test_missing_thumbs_are_not_neutral() -> None:
    silent = FINE.with_(rated=30, up=28)
    decided = look(candidate=silent)
    assert decided.action == "wait"
    assert "rated less often (30 of 400 against 60 of 400)" in decided.sentence
    assert look(candidate=silent, hours=500).action == "wait"
    assert look(candidate=FINE.with_(rated=58)).action == "advance"
    assert feedback_difference(FINE, Arm()).low == -1


def test_a_promoted_model_is_watched_for_days_or_ratings() -> None:
    few = FINE.with_(rated=199, answers=1600)
    assert look(3, candidate=few, baking=True, hours=24).action == "wait"
    assert (
        "199 of 200 rated answers, day 1.0 of 7"
        in look(3, candidate=few, baking=True, hours=24).sentence
    )
    assert look(3, candidate=few.with_(rated=200), baking=True).action == "keep"
    assert look(3, candidate=few, baking=True, hours=7 * 24).action == "keep"


def test_the_watch_does_not_end_on_a_suspicion() -> None:
    late = look(3, harm=5, baking=True, hours=10 * 24)
    assert late.action == "wait"
    assert late.sentence.startswith("It is watched on")


def test_more_harm_never_brings_a_candidate_further() -> None:
    order = {"rollback": 0, "wait": 1, "advance": 2, "promote": 2, "keep": 2}
    for stage, baking in ((0, False), (2, False), (3, True)):
        for help in range(4):
            ranks = [
                order[look(stage, harm=harm, help=help, baking=baking, hours=200).action]
                for harm in range(25)
            ]
            assert ranks == sorted(ranks, reverse=True)
            assert ranks[-1] == 0
