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

    A pair is a duplicate when its worse answer is the same too. A prompt may have many pairs; two
    of them contradict each other when one prefers what the other rejects.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, int] = {}
        self._pairs: dict[bytes, tuple[int, bytes]] = {}
        """Pair → its line and the pair that would say the opposite."""
        self._answers: defaultdict[bytes, dict[bytes, int]] = defaultdict(dict)

    def same_as(
        self,
        line: int,
        messages: Sequence[Message],
        prompt_hash: str,
        rejected: str | None = None,
    ) -> int | None:
        """Returns the line of the row that said the same before, or None and remembers this one.

        Args:
            line: of the row.
            messages: its turns, the answer last.
            prompt_hash: of the turns before the answer.
            rejected: the worse answer, when the row is a pair.
        """
        prompt, answer = messages[:-1], messages[-1].content
        system = "\n".join(turn.content for turn in prompt if turn.role == "system")
        worse = [] if rejected is None else [rejected]
        earlier = self._first.setdefault(_digest(system, prompt_hash, answer, *worse), line)
        exact = _digest(*(f"{turn.role}:{' '.join(turn.content.split())}" for turn in prompt))
        if rejected is None:
            self._answers[exact].setdefault(_digest(answer), line)
        else:
            said, opposite = (
                _digest(exact.hex(), *answers)
                for answers in ((answer, rejected), (rejected, answer))
            )
            self._pairs.setdefault(said, (line, opposite))
        return None if earlier == line else earlier

    def contradictions(self) -> dict[int, str]:
        """Returns line → reason for every row whose prompt has different answers."""
        found: dict[int, str] = {}
        for answers in self._answers.values():
            if len(answers) > 1:
                lines = sorted(answers.values())
                found.update({line: _reason(line, lines) for line in lines})
        for line, opposite in self._pairs.values():
            if opposite in self._pairs:
                found[line] = f"Prefers what line {self._pairs[opposite][0]} rejects; keep one."
        return found


def _reason(line: int, lines: Sequence[int]) -> str:
    others = [str(other) for other in lines if other != line]
    named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
    word = "line" if len(others) == 1 else "lines"
    return f"Same prompt as {word} {named} but a different answer; keep one of them."


def _digest(*parts: str) -> bytes:
    joined = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode(), digest_size=16).digest()
