"""What an answer, and a set of answers, is worth against the expected ones."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import LCSseq

from studio.core.evaluation.statistics import bootstrap_mean, wilson
from studio.domain.evaluation import Confusion, Score

# What models wrap around a short answer. A `+` or `#` stays: it may be part of it (C++, C#).
_WRAPPERS = " \"'`*\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb"
_ENDINGS = ".,;:!?\u2026\u3002"
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# Where words are not parted by spaces every character is a token.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


def normalise(text: str) -> str:
    """Returns the text as exact match compares it.

    Unicode NFKC, case folded, runs of white space made one space, quotes and markdown marks
    around it and sentence punctuation after it removed, unless nothing else would be left.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = " ".join(folded.split())
    return plain.rstrip(_WRAPPERS + _ENDINGS).lstrip(_WRAPPERS) or plain


def exact_match(output: str, expected: str) -> bool:
    """Says whether both texts are the same after `normalise`."""
    return normalise(output) == normalise(expected)


def contains(output: str, expected: str) -> bool:
    """Says whether the expected words stand in the answer, in their order and next to each other.

    Words are compared as `token_f1` counts them: without case, punctuation and articles.
    """
    ours, theirs = _squad_tokens(output), _squad_tokens(expected)
    if not theirs:
        return exact_match(output, expected)
    spans = range(len(ours) - len(theirs) + 1)
    return any(ours[at : at + len(theirs)] == theirs for at in spans)


def token_f1(output: str, expected: str) -> float:
    """Returns the harmonic mean of token precision and recall, 0 to 1, as SQuAD counts it.

    Case, punctuation and the articles a, an, the do not count. Source: P. Rajpurkar et al.,
    SQuAD: 100,000+ questions for machine comprehension of text, EMNLP 2016, §6.1.
    """
    ours, theirs = _squad_tokens(output), _squad_tokens(expected)
    if not ours or not theirs:
        return float(exact_match(output, expected))
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def rouge_l(output: str, expected: str) -> float:
    """Returns ROUGE-L, 0 to 1: the F-measure of the longest common subsequence of words.

    Words are runs of letters and digits without case; no stemming. Source: C.-Y. Lin, ROUGE: a
    package for automatic evaluation of summaries, ACL workshop 2004, §3, with beta = 1.
    """
    ours, theirs = _words(output), _words(expected)
    if not ours or not theirs:
        return float(exact_match(output, expected))
    return 2 * LCSseq.similarity(ours, theirs) / (len(ours) + len(theirs))


def bleu(outputs: Sequence[str], expected: Sequence[str]) -> Score:
    """Returns corpus BLEU over all answers as a share, 0 to 1; papers print it times 100.

    It needs four words in a row and is near 0 for short answers. Source: K. Papineni et al., BLEU,
    ACL 2002, with the 13a tokens and smoothing of M. Post, A call for clarity in reporting BLEU
    scores, WMT 2018.
    """
    # Costs a tenth of a second, which no page should pay.
    from sacrebleu.metrics.bleu import BLEU

    if not outputs:
        return Score(metric="bleu", value=0.0, n=0)
    # `force` says that the answers are meant to be raw text, which sacrebleu would warn about.
    score = BLEU(force=True).corpus_score(list(outputs), [list(expected)]).score / 100
    return Score(metric="bleu", value=min(1.0, float(score)), n=len(outputs))


def rate(metric: str, right: Sequence[bool]) -> Score:
    """Returns the share that is right with its 95 % Wilson interval."""
    low, high = wilson(sum(right), len(right))
    value = sum(right) / len(right) if right else 0.0
    return Score(metric=metric, value=value, low=low, high=high, n=len(right))


def mean(metric: str, values: Sequence[float], *, seed: int = 0) -> Score:
    """Returns the mean of per-example scores with its 95 % bootstrap interval."""
    if not values:
        return Score(metric=metric, value=0.0, n=0)
    value, low, high = bootstrap_mean(values, seed=seed)
    return Score(metric=metric, value=value, low=low, high=high, n=len(values))


def macro_f1(expected: Sequence[str], predicted: Sequence[str | None]) -> Score:
    """Returns the unweighted mean over the expected labels of each label's F1.

    An answer that is no label (None) costs recall and no precision. Source: as scikit-learn's
    `f1_score(average="macro")` over the labels that occur among the expected.
    """
    cells = Counter(zip(expected, predicted, strict=True))
    support, answered = Counter(expected), Counter(predicted)
    if not support:
        return Score(metric="macro_f1", value=0.0, n=0)
    scores = [2 * cells[label, label] / (support[label] + answered[label]) for label in support]
    return Score(metric="macro_f1", value=sum(scores) / len(scores), n=len(expected))


def confusion(expected: Sequence[str], predicted: Sequence[str | None]) -> Confusion:
    """Counts each pair of expected and answered label, most frequent expected label first."""
    cells, support = Counter(zip(expected, predicted, strict=True)), Counter(expected)
    seen = {*expected, *(label for label in predicted if label is not None)}
    labels = tuple(sorted(seen, key=lambda label: (-support[label], label)))
    columns = (*labels, None)
    counts = tuple(tuple(cells[row, column] for column in columns) for row in labels)
    return Confusion(labels=labels, counts=counts)


def _squad_tokens(text: str) -> list[str]:
    bare = "".join(c for c in text.casefold() if not _is_punctuation(c))
    return _UNSPACED.sub(r" \1 ", _ARTICLES.sub(" ", bare)).split()


def _words(text: str) -> list[str]:
    spaced = "".join(c if _is_word(c) else " " for c in text.casefold())
    return _UNSPACED.sub(r" \1 ", spaced).split()


@lru_cache(maxsize=4096)
def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


@lru_cache(maxsize=4096)
def _is_word(character: str) -> bool:
    # Vowel signs of many scripts are marks and would tear words apart.
    return character.isalnum() or unicodedata.category(character).startswith("M")
