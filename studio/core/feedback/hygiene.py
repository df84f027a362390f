"""Hygiene: why a correction by somebody unknown is looked at with more care before it is learnt.

Whoever can write on an open page could teach the model anything; each rule is one way of trying.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from studio.domain.datasets import Message
from studio.domain.feedback import Feedback, Inference, Source
from studio.domain.reviews import Doubt

LONG = 2000
"""Characters from which a correction may be called long."""
TIMES = 4
"""Times the answer's length from which a long correction is odd."""
WHOLE = 200
"""Characters from which cutting an answer to a tenth destroys it."""
RUN = 12
"""The same character so many times in a row is noise."""
WORDS = 24
"""Words from which repeating a few of them is noise."""

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:instructions?|rules?|prompts?|guidelines?|everything|training)\b"
    r"|\byou are (?:now|no longer)\b|\bsystem prompt\b|\bdeveloper mode\b|\bjailbreak"
    r"|\b(?:ignorier\w*|vergiss|missacht\w*)\b.{0,40}\b(?:anweisung\w*|regeln?|vorgaben?|alles)\b"
    r"|<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>",
    re.IGNORECASE | re.DOTALL,
)
_COMMANDS = re.compile(
    r"\brm\s+-[a-z]*[rf]|\bdrop\s+(?:table|database)\b|\bdelete\s+from\b|\btruncate\s+table\b"
    r"|\bformat\s+c:|\bmkfs\b|\bdel\s+/[a-z]\b|<script\b|javascript:|\bon(?:error|load)\s*="
    r"|\bcurl\b[^\n]{0,200}\|\s*(?:ba)?sh\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)([\w.-]+)", re.IGNORECASE)
_RUN = re.compile(rf"(\S)\1{{{RUN - 1},}}")


class Given(NamedTuple):
    """What the rules look at."""

    correction: str
    output: str
    messages: Sequence[Message]


class Rule(NamedTuple):
    """One reason for care."""

    name: str
    because: str
    holds: Callable[[Given], bool]


def _foreign_address(given: Given) -> bool:
    known = " ".join([given.output, *(turn.content for turn in given.messages)]).casefold()
    return any(host.casefold() not in known for host in _ADDRESS.findall(given.correction))


def _too_long(given: Given) -> bool:
    return len(given.correction) > max(LONG, TIMES * len(given.output))


def _cut_away(given: Given) -> bool:
    return len(given.output) >= WHOLE and len(given.correction.strip()) * 10 < len(given.output)


def _no_letters(given: Given) -> bool:
    return _letters(given.output) and not _letters(given.correction)


def _letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _noise(given: Given) -> bool:
    return _is_noise(given.correction) and not _is_noise(given.output)


def _is_noise(text: str) -> bool:
    words = text.casefold().split()
    few = len(words) >= WORDS and len(set(words)) * 5 < len(words)
    return few or _RUN.search(text) is not None


RULES = (
    Rule(
        "orders",
        "It reads like orders to the model, not like an answer.",
        lambda given: _ORDERS.search(given.correction) is not None,
    ),
    Rule(
        "commands",
        "It holds a command or a script that could do damage where somebody runs it.",
        lambda given: _COMMANDS.search(given.correction) is not None,
    ),
    Rule(
        "address",
        "It names a web address that is neither in the question nor in the answer.",
        _foreign_address,
    ),
    Rule("long", "It is several times as long as the answer it corrects.", _too_long),
    Rule("cut_away", "It leaves less than a tenth of the answer.", _cut_away),
    Rule("no_letters", "It has no letters, and the answer it corrects had some.", _no_letters),
    Rule("noise", "It repeats the same few characters or words.", _noise),
)
"""Every rule that holds is shown, in this order."""


def is_stranger(feedback: Feedback) -> bool:
    """Says whether nobody vouches for who gave a correction."""
    return feedback.source is Source.LINK or feedback.rater.casefold().startswith("anonymous")


def doubts(feedback: Feedback, inference: Inference) -> tuple[Doubt, ...]:
    """Returns why a stranger's correction needs care; nothing for people who are known."""
    if not is_stranger(feedback):
        return ()
    given = Given(feedback.correction or "", inference.output, inference.messages)
    return tuple(Doubt(name=r.name, sentence=r.because) for r in RULES if r.holds(given))
