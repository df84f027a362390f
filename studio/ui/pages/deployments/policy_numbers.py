"""The numbers of a retrain policy in words: those everybody should look at, and all the others."""

from __future__ import annotations

from studio.ui.pages.deployments.policy_fields import NumberOf

PLAIN = (
    NumberOf(
        path="min_new_corrections",
        label="Learn after so many corrections",
        hint="Approved, of different questions, not learnt from yet. Usual: 100.",
        least=1,
    ),
    NumberOf(
        path="monthly_budget_usd",
        label="Most to spend in a month",
        hint="Empty: no ceiling. With one, a training whose price is unknown does not begin.",
        unit="USD",
        least=0,
        kind="money",
        optional=True,
    ),
)
"""What everybody should look at."""

ADVANCED: dict[str, tuple[NumberOf, ...]] = {
    "When it begins": (
        NumberOf(
            path="min_raters",
            label="Different people",
            hint="So many must have given the corrections. Usual: 2.",
            least=1,
        ),
        NumberOf(
            path="max_share_one_rater",
            label="Most from one person",
            hint="Share of the corrections. Usual: 70 %.",
            unit="%",
            least=1,
            most=100,
            kind="share",
        ),
        NumberOf(
            path="thumbs_down_ceiling",
            label="Also when thumbs down exceed",
            hint="When they are surely more frequent than this. Empty: never.",
            unit="%",
            least=1,
            most=99,
            kind="share",
            optional=True,
        ),
        NumberOf(
            path="schedule_days",
            label="Also every so many days",
            hint="When there is anything new. Empty: never.",
            unit="days",
            least=1,
            most=366,
            optional=True,
        ),
        NumberOf(
            path="drift_psi_ceiling",
            label="Questions have changed above",
            hint="Population stability index (PSI). Usual: 0.25.",
            least=0.01,
            kind="number",
        ),
        NumberOf(
            path="cooldown_hours",
            label="Rest between two cycles",
            hint="Usual: 24 h.",
            unit="h",
            least=0,
            kind="number",
        ),
        NumberOf(
            path="debounce_minutes",
            label="Wait after the newest correction",
            hint="So that somebody in the midst of correcting can finish. Usual: 15 min.",
            unit="min",
            least=0,
            kind="number",
        ),
        NumberOf(
            path="max_consecutive_failures",
            label="Pause after bad ends in a row",
            hint="Then it waits until you arm it. Usual: 2.",
            least=1,
            most=10,
        ),
    ),
    "What it learns from": (
        NumberOf(
            path="replay_ratio",
            label="Original data trained again",
            hint="Beside the corrections, so that nothing is forgotten. Usual: 100 %.",
            unit="%",
            least=0,
            most=100,
            kind="share",
        ),
    ),
    "The gate": (
        NumberOf(
            path="gate.min_golden",
            label="Reference questions at least",
            hint="Fewer prove nothing. Usual: 100; 400 for production.",
            least=1,
        ),
        NumberOf(
            path="gate.min_holdout",
            label="Held-out corrections at least",
            hint="Never trained on. Usual: 20.",
            least=1,
        ),
        NumberOf(
            path="gate.max_loss",
            label="Largest loss to rule out",
            hint="Of accuracy, against champion and anchor. Usual: 3 points.",
            unit="points",
            least=0.1,
            most=99,
            kind="share",
        ),
        NumberOf(
            path="gate.significance",
            label="Chance of being fooled",
            hint="That a model which fixes nothing seems to. Usual: 5 %.",
            unit="%",
            least=0.1,
            most=49,
            kind="share",
        ),
        NumberOf(
            path="gate.max_more_invalid",
            label="More answers out of form",
            hint="Against the champion, at worst. Usual: 1 point.",
            unit="points",
            least=0,
            most=100,
            kind="share",
        ),
        NumberOf(
            path="gate.max_slice_loss",
            label="One kind of question may lose",
            hint="At most, where it has 30 questions or more. Usual: 8 points.",
            unit="points",
            least=0.1,
            most=99,
            kind="share",
        ),
        NumberOf(
            path="gate.max_latency_ratio",
            label="Slower at most by the factor",
            hint="95 of 100 answers (p95). Usual: 1.25. Empty: not checked.",
            least=0.01,
            kind="number",
            optional=True,
        ),
        NumberOf(
            path="gate.max_cost_ratio",
            label="Dearer at most by the factor",
            hint="Cost of an answer. Usual: 1.10. Empty: not checked.",
            least=0.01,
            kind="number",
            optional=True,
        ),
    ),
    "The trial": (
        NumberOf(
            path="rollout.shadow_replies",
            label="Copies answered first",
            hint="Nobody sees them. Usual: 50; 0 leaves the stage out.",
            least=0,
        ),
        NumberOf(
            path="rollout.rated_per_arm",
            label="Rated answers for the next stage",
            hint="Of each model. Usual: 30.",
            least=1,
        ),
        NumberOf(
            path="rollout.stage_hours",
            label="Or so long",
            hint="Whichever comes first. Usual: 24 h.",
            unit="h",
            least=0,
            kind="number",
        ),
        NumberOf(
            path="rollout.rollback_at",
            label="Take back at a harm e-value of",
            hint="20 keeps false alarms below 5 %.",
            least=1.01,
            kind="number",
        ),
        NumberOf(
            path="rollout.advance_below",
            label="Next stage below a harm e-value of",
            hint="Usual: 5.",
            least=0.01,
            kind="number",
        ),
        NumberOf(
            path="rollout.max_error_ratio",
            label="Fails more often at most by the factor",
            hint="Of the champion's share of failed answers. Usual: 2.",
            least=1.01,
            kind="number",
        ),
        NumberOf(
            path="rollout.min_errors",
            label="From so many failed answers on",
            hint="Fewer say nothing. Usual: 5.",
            least=1,
        ),
        NumberOf(
            path="rollout.max_latency_ratio",
            label="Slower in the trial at most by the factor",
            hint="95 of 100 answers (p95), from 30 of each on. Usual: 2.",
            least=1.01,
            kind="number",
        ),
        NumberOf(
            path="rollout.bake_days",
            label="Watch afterwards",
            hint="Usual: 7 days.",
            unit="days",
            least=0,
            kind="number",
        ),
        NumberOf(
            path="rollout.bake_rated",
            label="Or so many rated answers",
            hint="Usual: 200.",
            least=0,
        ),
    ),
}
"""By heading, what most people leave as it is."""

SUITES = (
    (
        "golden_version_id",
        "Other reference questions",
        "Those of the original data",
        "Never trained on.",
    ),
    (
        "safety_version_id",
        "Safety questions",
        "None",
        "Where the champion is right, a new model may not be wrong, not once.",
    ),
)
"""Dataset versions that the gate asks: field, label, what none means, and what it is."""
