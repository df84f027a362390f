"""Words: what keyword search compares, alike in any script; English plurals folded."""

from __future__ import annotations

import re
import unicodedata

METHOD = 1
"""Grows when the same text would give other words than before: kept indexes are then rebuilt."""

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

# Words that say nothing about a subject; in a short question they would still outvote a rare one.
COMMON = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "in",
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    }
)


def words_of(text: str) -> list[str]:
    """Returns the text's words for keyword search, in order.

    Case and width do not count, nor do English endings of the plural. Scripts without spaces give
    pairs of neighbouring characters. A text of common words only keeps them.
    """
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _IS_UNSPACED.match(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            found.append(_singular(word))
    return [word for word in found if word not in COMMON] or found


def _singular(word: str) -> str:
    """Harman's S-stemmer: D. Harman, How effective is suffixing?, JASIS 42(1), 1991."""
    if len(word) > 3 and word.endswith("s") and word.isascii():
        if word.endswith("ies"):
            return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
        if word.endswith("es"):
            return word if word.endswith(("aes", "ees", "oes")) else word[:-1]
        if not word.endswith(("us", "ss")):
            return word[:-1]
    return word
