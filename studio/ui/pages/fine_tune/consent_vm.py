"""What leaves this machine when a run starts, in words to agree to; nothing, for a local one."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.training import Disclosure, PersonalData
from studio.ui.pages import figures

SCANNED = (
    "Patterns can see e-mail addresses, telephone and card numbers, bank accounts and keys. "
    "They cannot see names, places or trade secrets: look for those yourself."
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One kind of personal data that was seen."""

    title: str
    excerpts: str
    """A few of them, mostly masked."""
    example_ids: tuple[str, ...]
    rows: str
    """How many rows can be looked at."""


def files(disclosure: Disclosure) -> list[str]:
    """Every file with its rows, its size and the beginning of its hash."""
    return [
        f"{one.name}: {figures.many(one.rows, 'row')}, {figures.size(one.size)}"
        f" (SHA-256 {one.sha256[:12]}…)"
        for one in disclosure.files
    ]


def heading(disclosure: Disclosure) -> str:
    """How much goes where."""
    rows = figures.many(sum(one.rows for one in disclosure.files), "row")
    size = figures.size(sum(one.size for one in disclosure.files))
    return f"{rows} ({size}) of your examples are sent to {disclosure.host}"


def findings(disclosure: Disclosure) -> list[Found]:
    """What a scan saw, by kind."""
    return [_found(one) for one in disclosure.personal_data or ()]


def scan(disclosure: Disclosure) -> str:
    """What the scan amounts to, in a sentence."""
    if disclosure.personal_data is None:
        return "Nobody has looked for personal data in it."
    if not disclosure.personal_data:
        return f"No personal data was seen in it. {SCANNED}"
    return SCANNED


def agreement(disclosure: Disclosure) -> str:
    """What is agreed to."""
    return f"I agree to send this to {disclosure.host}"


def _found(seen: PersonalData) -> Found:
    more = "at least " if len(seen.example_ids) >= 100 else ""
    return Found(
        title=f"{figures.many(seen.count, seen.kind, _several(seen.kind))}",
        excerpts=", ".join(seen.excerpts),
        example_ids=seen.example_ids,
        rows=f"Seen in {more}{figures.many(len(seen.example_ids), 'row')}.",
    )


def _several(kind: str) -> str:
    """The kind in plural; what stands in brackets stays at the end."""
    word, bracket, rest = kind.partition(" (")
    return f"{word}{'es' if word.endswith('s') else 's'}{bracket}{rest}"
