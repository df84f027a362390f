"""Words of the deployment pages: slots, actions, cycle states, checks, features, as people say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from studio.domain.deployments import Action, Slot
from studio.domain.monitoring import Rate
from studio.domain.retraining import CycleState, Mode, TriggerKind
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.words import Words

ACTOR = "local user"
"""Who acts in a studio that has no accounts, as the playground writes it too."""

SLOTS: dict[Slot, Words] = {
    Slot.CHAMPION: Words("Champion", "Answers everybody who is not sent to the candidate."),
    Slot.CANDIDATE: Words("Candidate", "Answers a share of the sessions, on trial."),
    Slot.SHADOW: Words("Shadow", "Answers copies of requests; nobody sees what it says."),
    Slot.PREVIOUS: Words("Previous", "Was champion before; a rollback brings it back."),
    Slot.ANCHOR: Words("Anchor", "First one a person approved; no later one may be worse."),
}
ACTIONS: dict[Action, str] = {
    Action.CREATE: "Deployed",
    Action.PROMOTE: "Champion changed",
    Action.ROLLBACK: "Rolled back",
    Action.CANARY_START: "Candidate answers a share",
    Action.CANARY_STEP: "Candidate's share changed",
    Action.SHADOW_START: "Shadow begun",
    Action.STOP: "Taken out",
    Action.QUARANTINE: "Quarantined",
    Action.SET_ANCHOR: "Anchor set",
}
ACTION_TONES: dict[Action, Tone] = {
    Action.PROMOTE: "good",
    Action.ROLLBACK: "bad",
    Action.QUARANTINE: "bad",
    Action.STOP: "warning",
}
"""Those that are not plain news."""
STATES: dict[CycleState, Words] = {
    CycleState.TRIGGERED: Words("Begun", "It is about to gather what was approved."),
    CycleState.SNAPSHOTTING: Words("Gathering", "Approved corrections become a dataset version."),
    CycleState.VALIDATING: Words("Checking the data", "The rows are checked before training."),
    CycleState.TRAINING: Words("Training", "A new model learns from the corrections."),
    CycleState.EVALUATING: Words("Asking", "Old and new model answer the same questions."),
    CycleState.GATING: Words("Deciding", "The gate compares the answers."),
    CycleState.AWAITING_APPROVAL: Words("Waits for you", "The gate passed; a person has a say."),
    CycleState.SHADOW: Words("Shadow", "The new model answers copies nobody sees."),
    CycleState.CANARY: Words("Trial", "The new model answers a growing share of the sessions."),
    CycleState.PROMOTED: Words("Promoted", "It answers everybody and is still watched."),
    CycleState.KEPT: Words("Kept", "It answers everybody; the watch has ended well."),
    CycleState.ROLLED_BACK: Words("Rolled back", "It was taken out; the old model answers."),
    CycleState.REJECTED: Words("Refused", "The new model does not answer; the champion stays."),
    CycleState.INCONCLUSIVE: Words("Not proven", "Too little evidence; the champion stays."),
    CycleState.FAILED: Words("Failed", "Something broke; the champion stays."),
    CycleState.CANCELLED: Words("Cancelled", "A person stopped it; the champion stays."),
    CycleState.SUPERSEDED: Words("Replaced", "A newer cycle took its place."),
}
STATE_TONES: dict[CycleState, Tone] = {
    CycleState.AWAITING_APPROVAL: "warning",
    CycleState.PROMOTED: "good",
    CycleState.KEPT: "good",
    CycleState.ROLLED_BACK: "bad",
    CycleState.REJECTED: "bad",
    CycleState.INCONCLUSIVE: "warning",
    CycleState.FAILED: "bad",
    CycleState.CANCELLED: "plain",
    CycleState.SUPERSEDED: "plain",
}
"""Those that are not simply under way."""
TRIGGERS: dict[TriggerKind, str] = {
    TriggerKind.CORRECTIONS: "enough approved corrections",
    TriggerKind.THUMBS: "thumbs down too often",
    TriggerKind.DRIFT: "the questions changed",
    TriggerKind.SCHEDULE: "its schedule",
    TriggerKind.MANUAL: "a person",
    TriggerKind.BASE_SHUTDOWN: "its base model ends",
}
MODES: dict[Mode, Words] = {
    Mode.NOTIFY: Words("Tell me", "Says that it is time, and waits for you to begin."),
    Mode.TRAIN_THEN_ASK: Words(
        "Train, then ask", "Trains and compares by itself; nobody is answered before you agree."
    ),
    Mode.AUTO: Words(
        "All by itself", "Trains, compares, tries on a few, promotes, and rolls back when it harms."
    ),
}
FEATURES: dict[str, str] = {
    "prompt_length": "Length of the questions",
    "output_length": "Length of the answers",
    "script": "Script of the questions",
    "topic": "Topics",
    "refusal": "Refusals",
    "json": "Answers in JSON",
}
CHECKS: dict[str, str] = {
    "min_golden": "Enough reference questions",
    "min_holdout": "Enough held-out corrections",
    "no_regression_champion": "No worse than the champion",
    "no_regression_anchor": "No worse than the anchor",
    "forgetting": "What was forgotten",
    "golden_wear": "How often they were asked",
    "fixes_corrections": "Fixes what people corrected",
    "validity": "Answers keep their form",
    "personal_data": "Tells no personal data",
    "safety": "Nothing unsafe is new",
    "refusals": "Declines no more than before",
    "latency_p95": "No slower",
    "cost_per_answer": "No dearer",
    "slices": "No kind of question pays for it",
}
CONDITIONS: dict[str, str] = {
    "corrections": "New corrections",
    "raters": "Different people",
    "one_rater": "Most from one person",
    "cooldown": "Rest since the last one",
    "debounce": "Quiet since the newest",
    "failures": "Bad ends in a row",
    "budget": "Budget of the month",
}
"""Conditions that are drawn as meters, in this order."""
LIMITS = frozenset({"one_rater", "failures", "budget"})
"""Those that must stay below, where the others must be reached."""
INSTEAD = frozenset({"thumbs", "drift", "schedule", "base_shutdown"})
"""What may set a cycle off instead of corrections; none of them has to."""
VERDICTS: dict[str, tuple[str, Tone]] = {
    "pass": ("passes", "good"),
    "fail": ("fails", "bad"),
    "inconclusive": ("not proven", "warning"),
    "skipped": ("does not apply", "plain"),
}


def plain(name: str) -> str:
    """A name from the program as words, for those that have no better ones."""
    return name.replace("_", " ").strip().capitalize()


def check_title(name: str) -> str:
    """What a check asks, in words; a slice's check names its slice."""
    head, _, rest = name.partition(":")
    return CHECKS.get(head, plain(head)) + (f": {rest}" if rest else "")


def evidence_facts(
    evidence: Mapping[str, str | float | int | None],
) -> list[tuple[str, str]]:
    """Evidence as labels and values; what is not known says so."""
    return [(plain(name), number(value)) for name, value in evidence.items()]


def number(value: str | float | None) -> str:
    """A value of evidence as people read it."""
    if value is None:
        return figures.UNKNOWN
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}"


def rate_words(rate: Rate) -> tuple[str, str]:
    """A share, and its interval with what it rests on."""
    if rate.value is None:
        return figures.UNKNOWN, "nobody has rated yet"
    interval = f"{100 * rate.low:.0f}–{100 * rate.high:.0f} %"
    return figures.share(rate.value, 0), f"95 % interval {interval}, {rate.k:,} of {rate.n:,}"


def age(since: datetime | None, at: datetime) -> str:
    """How long something has been so, such as `3 days`; empty when that is not known."""
    if since is None:
        return ""
    gone = max(at - since, timedelta())
    if gone.days >= 2:
        return f"{gone.days:,} days"
    return figures.duration(gone.total_seconds())
