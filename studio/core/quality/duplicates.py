"""Repeats: rows that say the same again, and rows that answer the same prompt differently."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from studio.domain.datasets import Message

NAMED = 3
"""At most this many other lines are named in a reason."""


class Repeats:
    """Remembers every row by hashes only, so that it stays small for large files.

    A duplicate has the same instructions, the same normalised prompt and the same answer. A
    contradiction has the same instructions and exactly the same prompt (spacing apart) with
    another answer: letter case can matter to an answer, so prompts that differ in it are kept.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._answers: defaultdict[bytes, dict[bytes, int]] = defaultdict(dict)

    def same_as(self, line: int, messages: Sequence[Message], prompt_hash: str) -> int | None:
        """Returns the line of the row that said the same before, or None and remembers this one."""
        prompt, answer = messages[:-1], messages[-1].content
        system = "\n".join(turn.content for turn in prompt if turn.role == "system")
        earlier = self._first.setdefault(_digest(system, prompt_hash, answer), line)
        exact = _digest(*(f"{turn.role}:{' '.join(turn.content.split())}" for turn in prompt))
        self._answers[exact].setdefault(_digest(answer), line)
        return None if earlier == line else earlier

    def contradictions(self) -> dict[int, str]:
        """Returns line → reason for every row whose prompt has different answers."""
        found: dict[int, str] = {}
        for answers in self._answers.values():
            if len(answers) > 1:
                lines = sorted(answers.values())
                found.update({line: _reason(line, lines) for line in lines})
        return found


def _reason(line: int, lines: Sequence[int]) -> str:
    others = [str(other) for other in lines if other != line]
    named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
    word = "line" if len(others) == 1 else "lines"
    return f"Same prompt as {word} {named} but a different answer; keep one of them."


def _digest(*parts: str) -> bytes:
    joined = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode(), digest_size=16).digest()
