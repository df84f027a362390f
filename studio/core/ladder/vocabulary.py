"""What each fact and each rung is called in a sentence, and how its values are written."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

Kind = Literal["yes_no", "number", "share", "usd", "date", "text"]


class Word(NamedTuple):
    """How a fact is spoken of."""

    name: str
    """A noun phrase; for yes or no the clause that is true."""
    kind: Kind = "number"
    otherwise: str = ""
    """For yes or no: the clause when it is not true."""


def _either(true: str, false: str) -> Word:
    return Word(true, "yes_no", false)


FACTS: dict[str, Word] = {
    "metric_defined": _either("a success metric is agreed", "no success metric is agreed"),
    "eval_n": Word("the number of examples in the suite"),
    "baseline_score": Word("score of the best prompt", "share"),
    "baseline_low": Word("lower end of the best prompt's interval", "share"),
    "target_score": Word("target score", "share"),
    "fewshot_tried": _either(
        "solved examples in the prompt were tried", "solved examples in the prompt were not tried"
    ),
    "prompting_plateaued": _either(
        "further work on the prompt no longer helps", "work on the prompt still helps"
    ),
    "n_failures_labelled": Word("the number of failures labelled"),
    "pct_context": Word("share of failures for lack of knowledge", "share"),
    "pct_behaviour": Word("share of failures in behaviour", "share"),
    "pct_capability": Word("share of failures beyond the model's ability", "share"),
    "kb_tokens": Word("the number of tokens in the documents"),
    "fact_change_days": Word("days after which a typical fact is out of date"),
    "retrain_cycle_days": Word("days between two trainings"),
    "needs_citation": _either("answers must cite their source", "answers need no source"),
    "fact_injection_wanted": _either(
        "the model shall learn facts by heart", "the model need not learn facts by heart"
    ),
    "retrieval_possible": _either(
        "documents can be looked up while answering",
        "documents cannot be looked up while answering",
    ),
    "task_type": Word("kind of task", "text"),
    "private_format": _either(
        "answers follow a format only this client has", "answers follow no private format"
    ),
    "labels": Word("the number of labels"),
    "n_labelled": Word("the number of examples to train on"),
    "n_pairs": Word("the number of pairs of a better and a worse answer"),
    "n_unpaired": Word("the number of thumbs without a pair"),
    "sft_done": _either("a fine-tune on examples exists", "no fine-tune on examples exists yet"),
    "verifiable_reward": _either("a program can check an answer", "no program can check an answer"),
    "many_solution_paths": _either(
        "a right answer can be reached in many ways", "there is one way to a right answer"
    ),
    "label_owner": _either(
        "somebody answers for what is right", "nobody answers for what is right"
    ),
    "requests_month": Word("requests a month"),
    "tok_in": Word("tokens that go in for one answer"),
    "tok_out": Word("tokens of one answer"),
    "boilerplate_tokens": Word("tokens repeated in every request"),
    "p95_ms": Word("latency limit in milliseconds"),
    "measured_p95_ms": Word("latency of the cheapest prompted model in milliseconds"),
    "residency": Word("the place where data may be", "text"),
    "export_allowed": _either("data may leave the client", "data may not leave the client"),
    "pii_in_data": _either("the data holds personal data", "the data holds no personal data"),
    "vram_gb": Word("GPU memory in GB"),
    "lora_vram_gb": Word("GPU memory that LoRA needs, in GB"),
    "qlora_fits": _either("QLoRA fits into the GPU", "QLoRA does not fit into the GPU"),
    "horizon_months": Word("months looked ahead"),
    "horizon_end": Word("end of the time looked ahead", "date"),
    "provider_shutdown_date": Word("the day the hosted backend ends", "date"),
    "provider": Word("hosted backend", "text"),
    "gain_success": Word("value of a right answer", "usd"),
    "cost_failure": Word("expected cost of a wrong answer", "usd"),
    "best_low": Word("lower end of the best rung's interval", "share"),
    "break_even_accuracy": Word("break-even accuracy", "share"),
    "unseen_share": Word("share of live requests unlike any example", "share"),
    "licence_ok": _either("the licences allow this use", "the licences do not allow this use"),
    "larger_passes": _either(
        "a larger prompted model reaches the target",
        "no larger prompted model is known to reach the target",
    ),
    "logs_exist": _either("real requests were logged", "no real requests were logged"),
    "pilot_gain": Word("gain of the pilot fine-tune", "share"),
    "pilot_low": Word("lower end of the pilot's gain", "share"),
    "pilot_high": Word("upper end of the pilot's gain", "share"),
    "pilot_score": Word("score of the pilot fine-tune", "share"),
    "cheapest_prompted_passes": _either(
        "the cheapest prompted model meets target and latency limit",
        "the cheapest prompted model misses target or latency limit",
    ),
    "utilisation": Word("share of its time an own GPU would work", "share"),
    "pretraining_requested": _either("pre-training is asked for", "no pre-training is asked for"),
    "domain_tokens": Word("tokens of domain text"),
    "low_resource_language": _either(
        "the language is rare in public text", "the language is common in public text"
    ),
    "budget_usd": Word("budget", "usd"),
}

RUNGS: dict[Rung, str] = {
    Rung.STAY: "leaving things as they are",
    Rung.PROMPT: "prompting",
    Rung.FEW_SHOT: "prompting with solved examples",
    Rung.LONG_CONTEXT: "all documents in the prompt",
    Rung.RAG: "retrieval (RAG)",
    Rung.FINE_TUNE: "fine-tuning",
    Rung.RAG_FINE_TUNE: "retrieval with fine-tuning",
}


ASKED: dict[str, str] = {
    "best_low": "how well the best rung does",
    "break_even_accuracy": "what right and wrong answers are worth",
    "pilot_low": "what a pilot fine-tune gains",
    "pilot_score": "what a pilot fine-tune scores",
}
"""Facts whose name would say little to somebody who is asked for them."""


def shown(fact: str, value: Any) -> str:
    """Returns the value of a fact as people write it; unknown when it is None."""
    return "unknown" if value is None else written(FACTS[fact].kind, value)


def written(kind: Kind, value: Any) -> str:
    """Returns a value as people write it."""
    if kind == "yes_no":
        return "yes" if value else "no"
    if kind == "share":
        return f"{100 * value:.4g} %"
    if kind == "usd":
        return f"{value:,.0f} USD"
    return f"{value:,.6g}" if isinstance(value, float) else _plain(value)


def asked(fact: str) -> str:
    """Returns what is not known when this fact is not: `whether …` or its name."""
    word = FACTS[fact]
    if fact in ASKED:
        return ASKED[fact]
    if word.kind == "yes_no":
        return f"whether {word.name}"
    return word.name if word.name.startswith("the ") else f"the {word.name}"


def numbers(thresholds: Thresholds) -> dict[str, str]:
    """Returns every threshold as people write it, for sentences with its name in braces."""
    return {
        name: written("share" if is_share(name) else "number", value)
        for name, value in dict(thresholds).items()
    }


def is_share(threshold: str) -> bool:
    """Says whether a threshold is written in percent."""
    return threshold.endswith("_share") or threshold == "significance"


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("_", " ")
