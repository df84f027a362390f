"""Personal data and secrets that patterns can see in examples; names and places they cannot.

Numbers with check digits are counted only when these are right: payment cards by Luhn's formula
(ISO/IEC 7812-1, annex B), bank accounts by the remainder modulo 97 (ISO 13616-1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from studio.domain.datasets import Example
from studio.domain.training import PersonalData

ROWS = 100
"""Rows named for each kind."""
EXCERPTS = 5
KEPT = 3
"""Characters of a finding that an excerpt shows; the rest is masked."""


class Kind(NamedTuple):
    """What to look for."""

    name: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda text: True
    """Whether a match is one."""


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in reversed(_digits(text))]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (
        13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[::2]) + doubled) % 10 == 0
    )


def _is_account(text: str) -> bool:
    code = "".join(text.split()).upper()
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in code[4:] + code[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


KINDS = (
    Kind("e-mail address", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    Kind(
        "bank account (IBAN)", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b"), _is_account
    ),
    Kind("payment card", re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"), _is_card),
    Kind(
        "secret key",
        re.compile(
            r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,200}"
            r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,200}\b|\bhf_[A-Za-z0-9]{20,200}\b"
            r"|\bxox[abprs]-[A-Za-z0-9-]{10,200}|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
        ),
    ),
    Kind(
        "telephone number",
        re.compile(r"(?<![\w.,/-])(?<!\d )(?:\+|00)[1-9]\d{0,2}(?:[ ()./-]{0,2}\d){6,12}(?![\w-])"),
        _is_phone,
    ),
)
"""In this order; what one kind took, a later one does not see."""


def seen(examples: Sequence[Example]) -> tuple[PersonalData, ...]:
    """Returns what the patterns see, by kind; an empty tuple when they see nothing."""
    counts: dict[str, int] = {}
    rows: dict[str, dict[str, None]] = {}
    excerpts: dict[str, dict[str, None]] = {}
    for example in examples:
        for text in (*(turn.content for turn in example.messages), example.rejected or ""):
            for name, found in _in(text):
                counts[name] = counts.get(name, 0) + 1
                rows.setdefault(name, {})[example.id] = None
                excerpts.setdefault(name, {})[masked(found)] = None
    return tuple(
        PersonalData(
            kind=kind.name,
            count=counts[kind.name],
            example_ids=tuple(rows[kind.name])[:ROWS],
            excerpts=tuple(excerpts[kind.name])[:EXCERPTS],
        )
        for kind in KINDS
        if kind.name in counts
    )


def found_in(text: str) -> list[tuple[str, str]]:
    """Returns (kind, masked excerpt) of everything the patterns see in one text."""
    return [(name, masked(found)) for name, found in _in(text)]


def redacted(text: str) -> str:
    """Returns the text with everything the patterns see replaced by the name of its kind."""
    for kind in KINDS:
        text = kind.pattern.sub(partial(_named, kind), text)
    return text


def _named(kind: Kind, match: re.Match[str]) -> str:
    return f"[{kind.name}]" if kind.holds(match[0]) else match[0]


def masked(text: str) -> str:
    """Returns the first characters, the rest as dots: enough to find it, too little to use it."""
    return text[:KEPT] + "…" if len(text) > KEPT else "…"


def _in(text: str) -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        rest = []
        last = 0
        for match in kind.pattern.finditer(text):
            if kind.holds(match.group()):
                yield kind.name, match.group()
                rest.append(text[last : match.start()])
                last = match.end()
        text = " ".join([*rest, text[last:]])
