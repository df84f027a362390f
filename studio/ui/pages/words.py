"""Plain words for the studio's fixed sets: statuses, formats, methods, efforts, splits, metrics."""

from __future__ import annotations

from typing import NamedTuple

from studio.domain.datasets import DataFormat, Split
from studio.domain.evaluation import RunStatus
from studio.domain.jobs import FailureKind, JobStatus
from studio.domain.ladder import Rung
from studio.domain.training import Effort, Method, Objective


class Words(NamedTuple):
    """What a thing is called and the one sentence that explains it."""

    title: str
    sentence: str


JOB_MEANS: dict[JobStatus, str] = {
    JobStatus.QUEUED: "It starts by itself as soon as the device is free.",
    JobStatus.RUNNING: "It goes on when you close this page, the browser or the studio.",
    JobStatus.CANCELLING: "It saves a checkpoint first, then it stops.",
    JobStatus.PAUSING: "It saves a checkpoint first, then it waits.",
    JobStatus.PAUSED: "It waits until you let it go on. Nothing that was learnt is lost.",
    JobStatus.INTERRUPTED: "The worker ended without a result. Nothing that was saved is lost.",
    JobStatus.SUCCEEDED: "The tuned model is ready.",
    JobStatus.FAILED: "It ended without a usable model.",
    JobStatus.CANCELLED: "You stopped it. The last checkpoint is kept.",
}

RUN_MEANS: dict[RunStatus, str] = {
    RunStatus.QUEUED: "It starts when the one before it is done.",
    RunStatus.RUNNING: "Answers are being generated and marked.",
    RunStatus.SUCCEEDED: "Every example was answered and marked.",
    RunStatus.FAILED: "It ended before every example was answered.",
    RunStatus.CANCELLED: "You stopped it; it has no score.",
}

FAILURES: dict[FailureKind, str] = {
    "nan": "The loss became infinite or not a number",
    "oom": "The device ran out of memory",
    "disk": "The disk is full",
    "killed": "The worker was ended from outside",
    "model": "The base model could not be used",
    "data": "The examples could not be used",
    "provider": "The provider refused it or ended it",
    "internal": "The worker met an error of its own",
}

FORMATS: dict[DataFormat, Words] = {
    DataFormat.CHAT: Words(
        "Chat messages",
        "Each row holds `messages` with a role and content, as OpenAI exports them.",
    ),
    DataFormat.INSTRUCTION: Words(
        "Instruction and output", "Each row holds `instruction`, perhaps `input`, and `output`."
    ),
    DataFormat.PROMPT_COMPLETION: Words(
        "Prompt and completion", "Each row holds `prompt` and `completion`."
    ),
    DataFormat.PREFERENCE: Words(
        "Preference pairs",
        "Each row holds a question with a better and a worse answer: `preferred_output` and "
        "`non_preferred_output`, or `chosen` and `rejected`.",
    ),
    DataFormat.SHAREGPT: Words(
        "ShareGPT conversations", "Each row holds `conversations` with `from` and `value`."
    ),
    DataFormat.COLUMNS: Words(
        "Table with columns", "You say which column is the question and which is the answer."
    ),
}

SPLITS: dict[Split, Words] = {
    Split.TRAIN: Words("Training", "What the model learns from."),
    Split.VALIDATION: Words("Validation", "Watched while training, to know when to stop."),
    Split.TEST: Words("Test", "Never trained on; kept for measuring."),
}

METHODS: dict[Method, Words] = {
    Method.LORA: Words("LoRA", "Trains a small adapter beside the frozen model. The usual choice."),
    Method.QLORA: Words(
        "QLoRA",
        "The same beside weights squeezed to 4 bits: a quarter of the memory, but slower.",
    ),
}

OBJECTIVES: dict[Objective, Words] = {
    Objective.SFT: Words(
        "Answer like the examples", "Learns to give the answer; of a pair, the better one."
    ),
    Objective.DPO: Words(
        "Prefer the better answer",
        "Learns to tell the better answer from the worse one, close to what it was (DPO).",
    ),
}

EFFORTS: dict[Effort, Words] = {
    Effort.QUICK: Words("Quick", "A first look: enough to see whether tuning helps."),
    Effort.BALANCED: Words("Balanced", "A good result for most data. Start here."),
    Effort.THOROUGH: Words("Thorough", "Longer and more careful, for the model you will keep."),
}

METRICS: dict[str, Words] = {
    "label_given": Words(
        "Any label", "Share of answers that name one of the labels at all, right or wrong."
    ),
    "accuracy": Words("Right label", "Share of answers that name the right label (accuracy)."),
    "macro_f1": Words(
        "Labels weighed equally", "Mean F1 over all labels; a rare label counts as much (macro-F1)."
    ),
    "exact_match": Words(
        "Exactly right", "Share of answers equal to the expected one, spaces and case aside."
    ),
    "token_f1": Words("Shared words", "Overlap of words with the expected answer (token F1)."),
    "rouge_l": Words("Same order of words", "Longest common run of words, gaps allowed (ROUGE-L)."),
    "bleu": Words("Matching phrases", "Overlap of phrases of 1 to 4 words (BLEU, sacrebleu)."),
}

RUNG_TITLES: dict[Rung, str] = {
    Rung.STAY: "Stay as it is",
    Rung.PROMPT: "Prompt",
    Rung.FEW_SHOT: "Few-shot",
    Rung.LONG_CONTEXT: "Long context",
    Rung.RAG: "RAG",
    Rung.FINE_TUNE: "Fine-tune",
    Rung.RAG_FINE_TUNE: "RAG and fine-tune",
}


def metric(name: str) -> Words:
    """Words for a metric; one without an entry keeps its own name."""
    return METRICS.get(name, Words(name.replace("_", " "), ""))
