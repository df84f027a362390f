"""Rules on operation: where data may be, how long a provider lasts, and when people must check."""

from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is, OneOf
from studio.core.ladder.rule import Rule
from studio.core.ladder.vocabulary import written
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.charters import Residency
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

HOSTED = "hosted"
"""Every backend outside the client's own machines."""


def _ends(facts: Facts, thresholds: Thresholds) -> str:
    return (
        f"{facts.provider or 'It'} ends on {facts.provider_shutdown_date}, the time looked ahead "
        f"on {facts.horizon_end}."
    )


def _idle(facts: Facts, thresholds: Thresholds) -> str:
    if not facts.utilisation:
        return ""
    times = 1 / facts.utilisation
    return f"At {100 * facts.utilisation:.3g} % each token costs {times:,.0f} times as much."


def _loses(facts: Facts, thresholds: Thresholds) -> str:
    low = written("share", round(facts.best_low or 0, 3))
    even = written("share", round(facts.break_even_accuracy or 0, 4))
    return f"Perhaps only {low} right; below {even} an unchecked answer loses money."


RULES: tuple[Rule, ...] = (
    Rule(
        id="O1",
        applies=OneOf("residency", (Residency.ON_PREMISES,))
        | Is("pii_in_data") & Is("export_allowed", False),
        outcome=Outcome.RECOMMEND,
        effect="Tune on the client's own machine (QLoRA); hosted backends are not offered.",
        names=("local", "qlora"),
        hides=(HOSTED,),
        because="The data may not leave the client.",
        source="our judgement",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="O2",
        applies=Compare("horizon_end", ">", "provider_shutdown_date"),
        outcome=Outcome.BLOCK,
        effect="Do not build on a hosted backend that ends before the work has paid.",
        names=("{provider}",),
        because="After that day its tuned models answer no more.",
        source="the providers' own deprecation notices",
        basis=Basis.SECONDARY,
        here=_ends,
    ),
    Rule(
        id="O3",
        applies=Is("cheapest_prompted_passes"),
        outcome=Outcome.RECOMMEND,
        effect="No fine-tuning to save money.",
        names=(Rung.PROMPT, Rung.FEW_SHOT),
        because="The cheapest prompted model already meets target and latency limit.",
        source="computed from the measured rungs and prices",
        basis=Basis.COMPUTED,
    ),
    Rule(
        id="O4",
        applies=Compare("utilisation", "<", "idle_share"),
        outcome=Outcome.WARN,
        effect="Do not keep an own GPU for this alone: take one by the call, or share one between "
        "several adapters.",
        names=("own GPU",),
        because="The less a GPU works the dearer each token: ten times at a tenth of its time.",
        source="computed from price and throughput; the share is our judgement",
        basis=Basis.JUDGEMENT,
        here=_idle,
    ),
    Rule(
        id="O5",
        applies=Compare("unseen_share", ">", "unseen_limit_share"),
        outcome=Outcome.WARN,
        effect="Keep a general model to fall back on.",
        names=(Rung.FINE_TUNE, Rung.RAG_FINE_TUNE),
        because="A fine-tune does poorly on requests unlike its examples.",
        source="OpenAI, optimising LLM accuracy; Chu et al. (2025)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="S1",
        applies=Compare("best_low", "<", "break_even_accuracy"),
        outcome=Outcome.RECOMMEND,
        effect="Keep a person in the loop: every answer is checked before it counts.",
        names=("human in the loop",),
        because="Unchecked answers may cost more than they bring.",
        source="OpenAI, optimising LLM accuracy, business table",
        basis=Basis.SECONDARY,
        here=_loses,
    ),
)
