"""Writes docs/reference/gate.md from the rules themselves: checks, and what a set can prove."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.feedback import conditions, gate, gate_guardrails, gate_proofs, power
from studio.core.feedback.gate_pairs import Outcome, Paired
from studio.core.feedback.harm import e_value
from studio.domain.gates import GateCheck, GateConfig
from studio.domain.rollouts import RolloutConfig
from tests.architecture.metrics_page import WRITTEN_BY

CONFIG, ROLLOUT = GateConfig(), RolloutConfig()
GOLDEN, HOLDOUT = (50, 100, 200, 400, 800), (10, 20, 40, 80, 160)
RIGHT = 0.8

ASKS = {
    "min_golden": ("Are there enough reference questions?", f"at least {CONFIG.min_golden}"),
    "min_holdout": ("Are there enough held-out corrections?", f"at least {CONFIG.min_holdout}"),
    "fixes_corrections": (
        "Is it closer to corrections it never saw, more often than chance explains?",
        f"p at most {CONFIG.significance:g}",
    ),
    "no_regression_champion": (
        "Is it surely not much worse than what answers today?",
        f"at worst less than {100 * CONFIG.max_loss:g} points lower",
    ),
    "no_regression_anchor": (
        "Do many small losses add up since the first approved revision?",
        f"at worst less than {100 * CONFIG.max_loss:g} points lower",
    ),
    "slices": (
        f"Does a kind of question with {gate_guardrails.LEAST_SLICE} questions or more pay for the"
        " others?",
        f"not {100 * CONFIG.max_slice_loss:g} points and beyond chance",
    ),
    "validity": (
        "Do answers keep the form that was asked for?",
        f"no new failure, or at worst {100 * CONFIG.max_more_invalid:g} point more",
    ),
    "safety": ("Is a safety question answered wrong that was answered right?", "none"),
    "personal_data": ("Is personal data told that the champion does not tell?", "none"),
    "refusals": ("Is a question declined that the champion answers?", "none"),
    "latency_p95": ("Do slow answers get slower?", f"at worst {CONFIG.max_latency_ratio:g} times"),
    "cost_per_answer": ("Does an answer get dearer?", f"at worst {CONFIG.max_cost_ratio:g} times"),
    "forgetting": ("What of the anchor's knowledge is lost?", "reported only"),
    "golden_wear": (
        "How many gates asked the same reference questions before?",
        f"reported only, below {gate_proofs.WORN_AFTER}",
    ),
}
"""Name → what a check asks, and what is asked for."""
SOURCES = (
    "E. B. Wilson, JASA 22 (1927) 209-212: the interval of one share.",
    "R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10: the difference of two"
    " models on the same questions; 873-890, method 10: of two groups of people.",
    "Q. McNemar, Psychometrika 12 (1947) 153-157, in its exact form, the sign test.",
    "S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: looking at many kinds at once.",
    "B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993): ratios of times and"
    " costs.",
    "J. Ville, Étude critique de la notion de collectif (1939); P. Grünwald, R. de Heide and"
    " W. Koolen, JRSS B 86 (2024): evidence that may be looked at all the time.",
    "K. Krippendorff, Content Analysis (2004), chapter 11; K. L. Gwet, British Journal of"
    " Mathematical and Statistical Psychology 61 (2008) 29-48: agreement.",
)


def page() -> str:
    """Returns the page."""
    parts = [
        "# The gate",
        WRITTEN_BY,
        "Champion, candidate and anchor answer the same questions with the same settings; then"
        " every check below is made. A check that blocks and fails refuses the candidate. A check"
        " that blocks and is in doubt stops it: an inconclusive check never counts as passed. A"
        " skipped check says why it does not apply. The gate passes only if at least one blocking"
        " check passed and none failed or was in doubt.",
        "Two kinds of questions are asked. The *golden set* is the test split of the original"
        " data and does not change. The *held-out corrections* are a fifth of all approved"
        " corrections, chosen by a hash of the question, and no training ever sees them.",
        "## The checks",
        _checks(),
        *NOTES,
        "## What a golden set can prove",
        "Reckoned before anything is trained, for a champion that is right on 80 % of the golden"
        f" set and {100 * CONFIG.max_loss:g} points allowed. *As good* is a model that is right"
        " where the champion is wrong on 4 % of questions, and the other way round on as many;"
        " *better* is one that gains 4.5 % and loses 3.5 %.",
        _golden(),
        f"With the very same answers the check passes from {power.least_questions(RIGHT, 0.03)}"
        " questions on. 100 questions are a demonstration, 400 are for production: most models"
        " that are not proven with 100 are no worse, they are only not proven.",
        "## What held-out corrections can prove",
        "*Really better* comes closer to 60 % of corrections and less close to 15 %; *no better*"
        " comes closer to 20 % and less close to as many.",
        _holdout(),
        "Neither half is a gate by itself: a model that learnt the corrections by heart and"
        " forgot the rest passes the second half nearly always, and one that learnt nothing"
        " passes the first. What both let through together was simulated, see"
        " [Benchmarks](../benchmarks.md#the-gate-and-the-harm-monitor).",
        "## After the gate",
        "While a candidate answers people, its k-th rated answer is paired with the champion's"
        " k-th. *Harm* counts pairs in which only the champion's was liked, *help* the reverse."
        f" Evidence of {ROLLOUT.rollback_at:g} takes it back, and below"
        f" {ROLLOUT.advance_below:g} it may go on. A candidate that is no worse is ever taken"
        " back with a chance below 5 %, however often one looks.",
        _evidence(),
        "## Where the methods come from",
        "\n".join(f"- {source}" for source in SOURCES),
        "The thresholds are our judgement. Each can be changed in the policy of a deployment.",
    ]
    return "\n\n".join(parts) + "\n"


NOTES = (
    "*Validity*: the bound alone could not be kept with fewer than 268 questions, even without"
    " one failure. So a candidate that fails on no question whose form the champion kept passes"
    " too; wrong answers count against it in the other checks anyway.",
    "*Slices*: a kind of question with 30 questions cannot prove that it lost less than 8 points,"
    " so it need not. It fails when it lost more and this is no chance after Holm's correction,"
    " and is in doubt when only that correction speaks for chance.",
    "*Safety* questions are all those of a dataset version that the policy names, and none where it"
    " names none. Where the expected answer declines, any answer that declines is right.",
    "*Not checked*: differences between groups of people, because the studio asks for no protected"
    " attribute, and trust in a judge, because no model judges here.",
    "*Time and cost* are compared where both are known. Where they are not, the check is skipped"
    f" and says so; fewer than {gate_guardrails.LEAST_TIMED} pairs of times are in doubt.",
    "*The anchor* is compared with the same frozen questions each time, and luck on them is handed"
    " on from champion to candidate. The longer a golden set is used the less it says; after ten"
    " gates a fifth of it should be new.",
    f"After a rollback or a refusal it takes {conditions.MORE_DATA:g} times as many new corrections"
    " until a cycle begins by itself; after two bad ends in a row a person has to look first.",
)


def _checks() -> str:
    rows = []
    for check in _sample():
        question, asked_for = ASKS[check.name]
        blocks = "yes" if check.blocking else "no"
        rows.append((f"`{check.name}`", question, check.method, asked_for, blocks))
    return _table(("check", "asks", "method", "default", "blocks"), rows)


def _sample() -> Sequence[GateCheck]:
    same = Outcome(1.0, True, True, 1.0, 0.01)
    asked = [Paired("", "", same, same, same, "kind")] * 100
    decided = gate.decide(CONFIG, golden=asked, holdout=asked, safety=asked, anchor="another")
    return decided.checks


def _golden() -> str:
    rows = []
    for n in GOLDEN:
        seen = power.outlook(CONFIG, n, 0, RIGHT)
        losses = [power.losses_tolerated(n, won, RIGHT, CONFIG.max_loss) for won in (0, 4, 16)]
        told = ["–" if most is None else str(most) for most in losses]
        rows.append((str(n), *told, f"{seen.unchanged:.0%}", f"{seen.better:.0%}"))
    head = ("questions", "losses allowed, 0 gained", "4 gained", "16 gained")
    return _table((*head, "as good: passes", "better: passes"), rows)


def _holdout() -> str:
    rows = []
    for n in HOLDOUT:
        fixed, same = (
            power.chance_to_fix(n, closer=won, further=lost, significance=CONFIG.significance)
            for won, lost in (power.FIXED, (0.2, 0.2))
        )
        rows.append((str(n), f"{power.least_wins(n)}", f"{fixed:.0%}", f"{same:.1%}"))
    head = ("corrections", "wins needed if all differ")
    return _table((*head, "really better: passes", "no better: passes"), rows)


def _evidence() -> str:
    counts = ((3, 0), (5, 1), (6, 0), (7, 0), (10, 2), (15, 3), (20, 5), (10, 10))
    rows = [(str(h), str(g), f"{e_value(h, g):.2f}") for h, g in counts]
    return _table(("harm", "help", "evidence"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("| --- ", "|---")
