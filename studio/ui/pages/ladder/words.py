"""Plain words of the ladder: metrics, kinds of failure, outcomes of rules, use cases."""

from __future__ import annotations

from typing import NamedTuple

from studio.domain.advice import Basis, Outcome
from studio.domain.charters import UseCase
from studio.domain.ladder import FailureKind
from studio.domain.retrieval import CorpusStatus, RetrievalMode
from studio.ui.kit.badge import Tone
from studio.ui.pages.words import Words, metric

CONTAINS = Words("Contains the answer", "Share of answers in which the expected one occurs.")


def metric_words(name: str) -> Words:
    """Words for a success metric."""
    return CONTAINS if name == "contains" else metric(name)


class FailureWords(NamedTuple):
    """A kind of failure as the triage explains it."""

    key: str
    title: str
    text: str
    example: str
    helps: str
    """What usually helps against it."""


FAILURE_WORDS: dict[FailureKind, FailureWords] = {
    FailureKind.CONTEXT: FailureWords(
        "1",
        "It did not know",
        "A fact was missing, out of date or private.",
        "Asked for the returns period, it said 30 days. The client's handbook says 14.",
        "Give it the passages: RAG, or all documents in the prompt.",
    ),
    FailureKind.BEHAVIOUR: FailureWords(
        "2",
        "It did not do as asked",
        "It knew, but format, tone, steps or labels are not as wanted.",
        "Asked for one label, it wrote a friendly paragraph around the right one.",
        "Show it how: better instructions, examples, then fine-tuning.",
    ),
    FailureKind.CAPABILITY: FailureWords(
        "3",
        "It cannot do it",
        "The reasoning or the breadth is beyond this model.",
        "It added up three instalments and got the sum wrong, twice.",
        "A larger model; small fine-tunes rarely help.",
    ),
    FailureKind.FINE: FailureWords(
        "4",
        "Not wrong after all",
        "The expected answer or the way of scoring is at fault.",
        "It said “two weeks” where “14 days” was expected.",
        "Mend the example or choose another metric.",
    ),
}

OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    Outcome.BLOCK: ("Blocks", "bad"),
    Outcome.RECOMMEND: ("Recommends", "good"),
    Outcome.WARN: ("Warns", "warning"),
}

BASES: dict[Basis, Words] = {
    Basis.PRIMARY: Words("Sourced", "The threshold is the source's own, or computed from it."),
    Basis.SECONDARY: Words(
        "Sourced at second hand",
        "The threshold is known through a quotation. Check the original before quoting it.",
    ),
    Basis.JUDGEMENT: Words(
        "Our judgement", "No source states this threshold. It is a default and can be argued with."
    ),
    Basis.COMPUTED: Words("Computed", "The threshold is worked out from your own figures."),
    Basis.NONE: Words("No threshold", "The rule has no number in it."),
}

USE_CASES: dict[UseCase, str] = {
    UseCase.SUPPORT: "Customer support",
    UseCase.LEGAL: "Legal texts",
    UseCase.MEDICAL_NOTES: "Medical notes",
    UseCase.CODE: "Code",
    UseCase.EXTRACTION: "Extraction",
    UseCase.TONE: "Tone of voice",
    UseCase.CLASSIFICATION: "Classification",
    UseCase.SUMMARISING: "Summarising",
    UseCase.QUESTIONS: "Questions on documents",
    UseCase.OTHER: "Something else",
}

MODES: dict[RetrievalMode, Words] = {
    RetrievalMode.HYBRID: Words("Both", "Words and meaning, fused by rank. The usual choice."),
    RetrievalMode.KEYWORD: Words("Words", "Passages that share words with the question (BM25)."),
    RetrievalMode.MEANING: Words("Meaning", "Passages about the same thing (embeddings)."),
}

CORPUS_STATES: dict[CorpusStatus, tuple[str, Tone]] = {
    CorpusStatus.EMPTY: ("Empty", "plain"),
    CorpusStatus.STALE: ("Not indexed yet", "warning"),
    CorpusStatus.INDEXING: ("Indexing", "info"),
    CorpusStatus.READY: ("Ready", "good"),
    CorpusStatus.FAILED: ("Failed", "bad"),
}
