"""Cleaning: which approved corrections are learnt, one for each question, and why others are not.

`core.splits.percent_of(prompt_hash) >= 80` holds a correction out, for ever and in every cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from studio.core.splits import normalised, percent_of
from studio.domain.curation import Part, RefusedCorrection
from studio.domain.datasets import Message
from studio.domain.feedback import ApprovedCorrection
from studio.domain.training import Objective

HOLDOUT_FROM = 80
EXCERPT = 160
_UNREAD = dict.fromkeys(map(ord, " .,;:!?…\"'`´‘’‚“”„‟«»‹›()[]{}<>-‐‑‒–—_¡¿·•。、！？「」『』"))
"""Spacing and punctuation; signs such as + # % and marks above letters can change a meaning."""


class Taken(NamedTuple):
    """A correction that is learnt, or held out, and as which one."""

    prompt_hash: str
    part: Part
    kept_as: str
    """Feedback id of the one that stands for all that say the same."""


class Clean(NamedTuple):
    """Corrections after hygiene, one for each question."""

    kept: tuple[ApprovedCorrection, ...]
    taken: dict[str, Taken]
    """By feedback id, of all that are learnt, those that repeat another included."""
    refused: tuple[RefusedCorrection, ...]

    @property
    def repeats(self) -> int:
        """Returns how many say the same as another one."""
        return len(self.taken) - len(self.kept)


def part_of(prompt_hash: str) -> Part:
    """Returns on which side a question is, for ever."""
    return "holdout" if percent_of(prompt_hash) >= HOLDOUT_FROM else "train"


def clean(
    approved: Sequence[ApprovedCorrection],
    *,
    golden: Set[str] = frozenset(),
    objective: Objective = Objective.SFT,
    most_tokens: int | None = None,
    before: Mapping[str, Part] | None = None,
) -> Clean:
    """Returns what may be learnt, one correction for each question, and why the rest may not.

    Args:
        approved: as reviewers left them.
        golden: prompt hashes of the reference questions.
        objective: pairs need an answer to prefer the correction to.
        most_tokens: of a training row; None when no limit is known.
        before: feedback id → part in earlier cycles, which a correction never leaves.
    """
    refused: dict[str, str] = {}
    for one in approved:
        reason = _fault(one, golden, objective, most_tokens) or _moved(one, before or {})
        if reason:
            refused[one.feedback_id] = reason
    sound = [one for one in approved if one.feedback_id not in refused]
    refused.update(_contradicting(sound))
    sound = [one for one in sound if one.feedback_id not in refused]
    alike = {one.feedback_id: near(one.messages) for one in sound}
    held = {alike[one.feedback_id] for one in sound if part_of(one.prompt_hash) == "holdout"}
    for one in sound:
        if part_of(one.prompt_hash) == "train" and alike[one.feedback_id] in held:
            refused[one.feedback_id] = (
                "Its question reads like one that is held out; learning it would give that away."
            )
    sound = [one for one in sound if one.feedback_id not in refused]
    says = {one.feedback_id: (alike[one.feedback_id], normalised(one.answer)) for one in sound}
    # The newest of those that say the same stands for all of them.
    kept = {says[one.feedback_id]: one for one in sorted(sound, key=_age)}
    return Clean(
        kept=tuple(sorted(kept.values(), key=_age)),
        taken={
            one.feedback_id: Taken(
                one.prompt_hash, part_of(one.prompt_hash), kept[says[one.feedback_id]].feedback_id
            )
            for one in sound
        },
        refused=tuple(
            RefusedCorrection(
                feedback_id=one.feedback_id,
                reason=refused[one.feedback_id],
                excerpt=_excerpt(one),
            )
            for one in approved
            if one.feedback_id in refused
        ),
    )


def near(prompt: Sequence[Message]) -> str:
    """Returns what questions have in common that differ in punctuation, case or spacing only."""
    turns = [f"{turn.role}:{_bare(turn.content)}" for turn in prompt if turn.role != "system"]
    return "\n".join(turns)


def _fault(
    one: ApprovedCorrection, golden: Set[str], objective: Objective, most_tokens: int | None
) -> str:
    if not one.answer.strip():
        return "Its answer is empty."
    if not any(turn.role == "user" and turn.content.strip() for turn in one.messages):
        return "It has no question."
    if one.messages[-1].role != "user":
        return "Its last turn is not a question."
    if normalised(one.answer) == normalised(one.original):
        return "It says what the model said already."
    if objective is Objective.DPO and not one.original.strip():
        return "There is no answer that it is better than."
    if one.prompt_hash in golden and part_of(one.prompt_hash) == "train":
        return "Its question is one of the reference set, which nothing is trained on."
    # A word is one token at least, so this many are surely too many; the plan counts exactly.
    texts = [*(turn.content for turn in one.messages), one.answer]
    words = sum(len(text.split()) for text in texts)
    if most_tokens is not None and words > most_tokens:
        return f"It has {words:,} words, and a training row holds {most_tokens:,} tokens."
    return ""


def _moved(one: ApprovedCorrection, before: Mapping[str, Part]) -> str:
    earlier = before.get(one.feedback_id)
    if earlier is None or earlier == part_of(one.prompt_hash):
        return ""
    return (
        "Its question was changed after an earlier cycle used it, and would move between what is"
        " trained on and what is held out."
    )


def _contradicting(sound: Sequence[ApprovedCorrection]) -> dict[str, str]:
    answers: dict[str, set[str]] = {}
    for one in sound:
        answers.setdefault(one.prompt_hash, set()).add(normalised(one.answer))
    return {
        one.feedback_id: "Another approved correction of this question says something else."
        for one in sound
        if len(answers[one.prompt_hash]) > 1
    }


def _age(one: ApprovedCorrection) -> tuple[datetime, str]:
    return one.created_at, one.feedback_id


def _bare(text: str) -> str:
    read = normalised(text)
    return read.translate(_UNREAD) or read


def _excerpt(one: ApprovedCorrection) -> str:
    asked = next((turn.content for turn in reversed(one.messages) if turn.role == "user"), "")
    return f"{asked} → {one.answer}"[:EXCERPT]
