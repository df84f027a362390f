"""Rules on knowledge: is it missing, how fast does it change, and must answers prove it?"""

from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is
from studio.core.ladder.rule import Rule
from studio.domain.advice import Basis, Outcome
from studio.domain.ladder import Rung

FACTS_BY_TUNING = "fine-tuning for facts"
"""What C3 stops: fine-tuning as the way to teach facts, not fine-tuning for behaviour."""

KNOWLEDGE_IS_MISSING = Compare("pct_context", ">=", "dominant_share")
STALE_BEFORE_RETRAINED = Compare("fact_change_days", "<=", "fast_change_days") | Compare(
    "fact_change_days", "<", "retrain_cycle_days"
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="C1",
        applies=KNOWLEDGE_IS_MISSING & Compare("kb_tokens", "<", "long_context_tokens"),
        outcome=Outcome.RECOMMEND,
        effect="Put all documents into the prompt, with caching.",
        names=(Rung.LONG_CONTEXT,),
        because="Where everything fits, there is no search that can go wrong.",
        source="Anthropic, contextual retrieval (2024)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="C2",
        applies=KNOWLEDGE_IS_MISSING & Compare("kb_tokens", ">=", "long_context_tokens"),
        outcome=Outcome.RECOMMEND,
        effect="Look passages up and answer from them (RAG).",
        names=(Rung.RAG,),
        because="Missing knowledge is best looked up.",
        source="OpenAI, optimising LLM accuracy; Ovadia et al. (2023)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="C3",
        applies=STALE_BEFORE_RETRAINED,
        outcome=Outcome.BLOCK,
        effect="Look facts up; do not fine-tune to teach them.",
        names=(FACTS_BY_TUNING,),
        instead=(Rung.RAG,),
        because="The model would be out of date before its next training.",
        source="Meta, adapting large language models (2024); Microsoft Foundry, fine-tuning "
        "considerations; Gekhman et al. (2024)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="C4",
        applies=Is("needs_citation"),
        outcome=Outcome.RECOMMEND,
        effect="Look passages up (RAG): every answer needs a source.",
        names=(Rung.RAG,),
        because="A source can only be quoted from a text that was looked up.",
        source="our judgement",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="C5",
        applies=Is("fact_injection_wanted")
        & Is("retrieval_possible", False)
        & ~STALE_BEFORE_RETRAINED,
        outcome=Outcome.WARN,
        effect="Train each fact in several wordings, and measure answers without documents and "
        "what is made up.",
        names=(Rung.FINE_TUNE,),
        because="Facts are learned poorly by fine-tuning, and unknown ones make models invent.",
        source="Ovadia et al. (2023); Gekhman et al. (2024)",
        basis=Basis.SECONDARY,
    ),
)
