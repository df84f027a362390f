"""Rules on methods: how to fine-tune, once fine-tuning it is."""

from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is, Proven
from studio.core.ladder.rule import Rule
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.thresholds import Thresholds

_WORTH_PRETRAINING = Proven(
    Compare("domain_tokens", ">=", "pretraining_tokens")
    & Is("low_resource_language")
    & Compare("budget_usd", ">", "pretraining_budget")
)


def _memory(facts: Facts, thresholds: Thresholds) -> str:
    return f"LoRA needs about {facts.lora_vram_gb:.1f} GB, the GPU has {facts.vram_gb:.1f} GB."


def _pairs(facts: Facts, thresholds: Thresholds) -> str:
    if (facts.n_pairs or 0) >= thresholds.pairs:
        return ""
    return f"With {facts.n_pairs:,} pairs only as a trial: the gain is uncertain."


RULES: tuple[Rule, ...] = (
    Rule(
        id="M1",
        applies=Compare("n_labelled", ">"),
        outcome=Outcome.RECOMMEND,
        effect="Tune on demonstrations (SFT), the method to begin with.",
        names=("sft",),
        because="Every guide begins with it.",
        source="OpenAI, Microsoft, Meta and Google alike",
        basis=Basis.NONE,
    ),
    Rule(
        id="M2",
        applies=Compare("n_pairs", ">=", "pairs_trial") & Is("sft_done"),
        outcome=Outcome.RECOMMEND,
        effect="Tune on preferences (DPO) from {pairs} pairs on, after a fine-tune on examples; "
        "between {pairs_trial} and {pairs} only as a trial.",
        names=("dpo",),
        because="1,000 to 10,000 pairs are enough; without a fine-tune before it, DPO does worse.",
        source="arXiv 2404.14723; KTO paper (2024)",
        basis=Basis.JUDGEMENT,
        here=_pairs,
        warns_if=Compare("n_pairs", "<", "pairs"),
    ),
    Rule(
        id="M3",
        applies=Compare("n_unpaired", ">=", "thumbs"),
        outcome=Outcome.RECOMMEND,
        effect="Tune on single thumbs (KTO).",
        names=("kto",),
        because="It needs no pairs and bears far fewer thumbs up than down.",
        source="KTO paper (2024)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="M4",
        applies=Is("verifiable_reward") & Is("many_solution_paths"),
        outcome=Outcome.RECOMMEND,
        effect="Tune with a reward (RFT, GRPO).",
        names=("rft",),
        because="An answer that can be checked teaches more than one that is imitated.",
        source="Microsoft Foundry, fine-tuning considerations",
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="M5",
        applies=Compare("n_labelled", ">=", "api_minimum"),
        outcome=Outcome.RECOMMEND,
        effect="Use LoRA on all linear layers; full fine-tuning only where an adapter is too "
        "small for the data.",
        names=("lora",),
        because="The same quality for less memory.",
        source="Schulman et al. (2025), LoRA Without Regret",
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="M6",
        applies=Compare("lora_vram_gb", ">", "vram_gb", times="vram_share") & Is("qlora_fits"),
        outcome=Outcome.RECOMMEND,
        effect="Use QLoRA here; LoRA where it fits, as it is faster.",
        names=("qlora",),
        because="QLoRA takes about 75 % less memory at its peak; LoRA is about 66 % faster and up "
        "to 40 % cheaper.",
        source="Google Vertex AI, LoRA and QLoRA recommendations; the share is our judgement",
        basis=Basis.JUDGEMENT,
        here=_memory,
    ),
    Rule(
        id="M7",
        applies=Is("pretraining_requested") & ~_WORTH_PRETRAINING,
        outcome=Outcome.BLOCK,
        effect="No pre-training. Continued pre-training only with at least {pretraining_tokens} "
        "tokens of domain text, a language rare in public text and more than "
        "{pretraining_budget} USD.",
        names=("pretraining",),
        because="It costs more than nearly every project can gain from it.",
        source="Meta, adapting large language models (2024), for the direction",
        basis=Basis.JUDGEMENT,
    ),
)
