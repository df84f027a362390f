"""What each fact that a rule looks at is called, and how its value is written."""

from __future__ import annotations

from typing import Any

from studio.ui.pages import figures

FACTS: dict[str, str] = {
    "metric_defined": "A measure of success is agreed",
    "eval_n": "Examples in the evidence",
    "baseline_score": "Best prompted score",
    "baseline_low": "Its lower end",
    "target_score": "Target",
    "fewshot_tried": "Few-shot was measured",
    "prompting_plateaued": "Prompting has stopped helping",
    "n_failures_labelled": "Wrong answers sorted",
    "pct_context": "Share that did not know",
    "pct_behaviour": "Share that did not do as asked",
    "pct_capability": "Share that cannot do it",
    "kb_tokens": "Tokens of the documents",
    "fact_change_days": "Days until a fact is out of date",
    "retrain_cycle_days": "Days between two trainings",
    "needs_citation": "Answers must name their source",
    "task_type": "Kind of task",
    "private_format": "Answers follow a format of the client's own",
    "n_labelled": "Examples to learn from",
    "n_pairs": "Pairs of a better and a worse answer",
    "n_unpaired": "Thumbs without a pair",
    "sft_done": "A model was tuned already",
    "verifiable_reward": "A program can check an answer",
    "many_solution_paths": "Many ways lead to a right answer",
    "label_owner": "Somebody decides what is right",
    "requests_month": "Requests a month",
    "tok_in": "Tokens of a request",
    "tok_out": "Tokens of an answer",
    "p95_ms": "Longest wait allowed (ms)",
    "measured_p95_ms": "Wait measured (ms)",
    "residency": "Where the data may be",
    "export_allowed": "Data may leave",
    "pii_in_data": "Personal data is in the examples",
    "vram_gb": "Memory of the GPU (GB)",
    "lora_vram_gb": "Memory LoRA needs (GB)",
    "qlora_fits": "QLoRA fits",
    "horizon_end": "End of the horizon",
    "provider_shutdown_date": "The provider ends on",
    "gain_success": "Worth of a right answer",
    "cost_failure": "Cost of a wrong answer",
    "best_low": "Lower end of the best score",
    "break_even_accuracy": "Score from which it pays",
    "unseen_share": "Requests unlike any example",
    "licence_ok": "Licences allow this use",
    "larger_passes": "A larger model reaches the target",
    "logs_exist": "Real requests are logged",
    "pilot_gain": "Gain of the pilot",
    "pilot_low": "Its lower end",
    "pilot_high": "Its upper end",
    "pilot_score": "Score of the pilot",
    "cheapest_prompted_passes": "The cheapest prompted model suffices",
    "utilisation": "Share of a GPU's time in use",
}
SHARES = frozenset(
    {
        "baseline_score",
        "baseline_low",
        "target_score",
        "pct_context",
        "pct_behaviour",
        "pct_capability",
        "best_low",
        "break_even_accuracy",
        "unseen_share",
        "pilot_gain",
        "pilot_low",
        "pilot_high",
        "pilot_score",
        "utilisation",
    }
)


def fact_name(name: str) -> str:
    """What a fact is called; one without an entry keeps its own name."""
    return FACTS.get(name, name.replace("_", " ").capitalize())


def fact_value(name: str, value: Any) -> str:
    """A fact's value in words."""
    if value is None:
        return figures.UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in SHARES and isinstance(value, int | float):
        return figures.share(value)
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("_", " ")
