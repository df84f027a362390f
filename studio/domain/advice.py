"""Facts → fired Rules → Verdict: what the evidence says, why, and what would change it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from studio.domain.ladder import Rung, RungComparison
from studio.domain.thresholds import Threshold
from studio.domain.values import Value


class Facts(Value):
    """Everything the rules may ask about; None is unknown and fires nothing that needs it."""

    metric_defined: bool | None = None
    eval_n: int | None = None
    """Examples in the suite."""
    baseline_score: float | None = None
    """Best measured score of the prompt and few-shot rungs."""
    baseline_low: float | None = None
    """Lower end of its interval."""
    target_score: float | None = None
    fewshot_tried: bool | None = None
    prompting_plateaued: bool | None = None
    """True when the last change of prompt or examples gained less than its own uncertainty."""
    n_failures_labelled: int | None = None
    pct_context: float | None = Field(default=None, ge=0, le=1)
    pct_behaviour: float | None = Field(default=None, ge=0, le=1)
    pct_capability: float | None = Field(default=None, ge=0, le=1)
    kb_tokens: int | None = None
    """Tokens of the documents that hold the knowledge."""
    fact_change_days: float | None = None
    """Days after which a typical fact is out of date."""
    retrain_cycle_days: float | None = None
    needs_citation: bool | None = None
    fact_injection_wanted: bool | None = None
    retrieval_possible: bool | None = None
    task_type: str | None = None
    private_format: bool | None = None
    """True when answers follow a format or vocabulary that only this client has."""
    labels: int | None = None
    """Number of labels of a classification."""
    n_labelled: int | None = None
    """Examples to train on."""
    n_pairs: int | None = None
    """Pairs of a better and a worse answer."""
    n_unpaired: int | None = None
    """Thumbs without a pair."""
    sft_done: bool | None = None
    verifiable_reward: bool | None = None
    """True when a program can check whether an answer is right."""
    many_solution_paths: bool | None = None
    """True when a right answer can be reached in many ways."""
    label_owner: bool | None = None
    """True when somebody at the client answers for what a right answer is."""
    requests_month: int | None = None
    tok_in: int | None = None
    tok_out: int | None = None
    boilerplate_tokens: int | None = None
    """Tokens of instructions and examples repeated in every request."""
    p95_ms: float | None = None
    """The client's limit."""
    measured_p95_ms: float | None = None
    """What the cheapest prompted model took."""
    residency: Literal["anywhere", "region", "on_premises"] | None = None
    export_allowed: bool | None = None
    pii_in_data: bool | None = None
    vram_gb: float | None = None
    lora_vram_gb: float | None = None
    """Estimated need of LoRA with the chosen model."""
    qlora_fits: bool | None = None
    horizon_months: int | None = None
    horizon_end: date | None = None
    provider_shutdown_date: date | None = None
    provider: str | None = None
    """The hosted backend whose end that is."""
    gain_success: float | None = None
    cost_failure: float | None = None
    """Expected cost of a wrong answer."""
    best_low: float | None = None
    """Lower end of the interval of the best rung measured."""
    break_even_accuracy: float | None = None
    unseen_share: float | None = Field(default=None, ge=0, le=1)
    """Share of live requests unlike any example."""
    licence_ok: bool | None = None
    """True when the licences allow this use, distilling included."""
    larger_passes: bool | None = None
    """True when a larger prompted model reaches the target."""
    logs_exist: bool | None = None
    pilot_gain: float | None = None
    pilot_low: float | None = None
    """Lower end of the interval of the pilot's gain over the best prompt."""
    pilot_high: float | None = None
    pilot_score: float | None = None
    cheapest_prompted_passes: bool | None = None
    """True when the cheapest prompted model meets target and latency limit."""
    utilisation: float | None = Field(default=None, ge=0)
    """Share of an own GPU's time that the volume would use."""
    pretraining_requested: bool | None = None
    domain_tokens: int | None = None
    low_resource_language: bool | None = None
    budget_usd: float | None = None


class Question(Value):
    """One fact that a person has to say, as the wizard asks it."""

    fact: str
    """Name in `Facts`."""
    text: str
    why: str
    """Why we ask, in one line."""
    kind: Literal["yes_no", "number", "share", "choice"]
    default: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    """Value and words, for `choice`."""
    step: str
    """Step of the wizard it belongs to."""


class Outcome(StrEnum):
    """What a rule does."""

    BLOCK = "block"
    """Stops what it names, and nothing else."""
    RECOMMEND = "recommend"
    WARN = "warn"


class Basis(StrEnum):
    """Where a rule's threshold comes from."""

    PRIMARY = "primary"
    """The source's own document or data, or computed from it."""
    SECONDARY = "secondary"
    """Known through a quotation: check the original before relying on it."""
    JUDGEMENT = "judgement"
    """Our default, stated by no source; a setting."""
    COMPUTED = "computed"
    NONE = "none"
    """The rule has no threshold."""


class RuleText(Value):
    """A rule as people read it: the same row in the wizard, the CLI, the API and the docs."""

    id: str
    condition: str
    outcome: Outcome
    effect: str
    """What it says to do or stops."""
    names: tuple[str, ...] = ()
    """Rungs, methods or backends it speaks about; a BLOCK stops these and nothing else."""
    instead: tuple[str, ...] = ()
    """What a BLOCK recommends in their place."""
    because: str
    source: str
    basis: Basis
    needs: tuple[str, ...]
    """Facts it looks at."""
    threshold: str = ""
    """Its numbers in words, empty when it has none."""


class Fired(Value):
    """A rule that applies here."""

    rule: RuleText
    seen: dict[str, Any]
    """The facts it saw."""
    here: str = ""
    """What it comes to with this project's numbers; empty when there is nothing to add."""
    overruled_by: str = ""
    """Id of the BLOCK that stops everything this rule speaks for; empty when none does."""


class Rejected(Value):
    """A rung that is not the answer."""

    rung: Rung
    because: str
    rule_ids: tuple[str, ...] = ()


class Verdict(Value):
    """What the ladder says, reproducible from its facts, runs and thresholds."""

    recommended: Rung
    run_id: str | None = None
    """The measured run that carries it; None when it is a prior."""
    headline: str
    """One sentence a client understands."""
    because: tuple[str, ...]
    measured: bool
    """False: advice from rules alone, to be shown as a prior."""
    confident: bool
    """True when the paired test supports it after correction."""
    human_in_the_loop: bool = False
    next_steps: tuple[str, ...] = ()
    fired: tuple[Fired, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    comparisons: tuple[RungComparison, ...] = ()
    would_change: tuple[str, ...] = ()
    """What would lead to another verdict."""
    not_verified: tuple[str, ...] = ()
    facts: Facts
    significance: float = 0.05
    """Chance of luck below which a difference counted as real."""
    changed: tuple[Threshold, ...] = ()
    """Thresholds for which the project has its own numbers."""


class ChecklistItem(Value):
    """One point of the checklists before, during and after a fine-tune."""

    id: str
    phase: Literal["before", "during", "after"]
    text: str
    why: str
    done: bool = False
    by: Literal["studio", "person", ""] = ""
    """Who ticked it: the studio from what it knows, or a person."""
    evidence: str = ""
    at: datetime | None = None


class Readiness(Value):
    """Whether there is enough to tune on, by the kind of task."""

    task_type: str
    n_labelled: int
    pilot: int
    """Examples a pilot needs."""
    target_low: int
    target_high: int | None = None
    basis: str
    level: Literal["blocked", "red_flag", "pilot", "ready"]
    flags: tuple[str, ...] = ()
