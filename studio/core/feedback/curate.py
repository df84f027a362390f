"""Curate: clean corrections and the original data become what is trained on and what is not.

Every cycle trains anew from the base model: on all corrections so far that are not held out,
beside always the same original rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from studio.core.feedback.cleaning import Clean, near, part_of
from studio.core.splits import normalised
from studio.domain.datasets import Example, Message, Split
from studio.domain.feedback import ApprovedCorrection
from studio.domain.training import Objective

REPLAY_SALT = "ladder-studio/replay/1"
"""Changing it would replay other rows than earlier cycles did; it never changes."""
FEW = 50
"""Corrections below which examples in the prompt usually do more than training; a judgement."""


class Original(NamedTuple):
    """What the deployment's model was taught before any correction."""

    rows: Sequence[Example] = ()
    system: str = ""
    """Instructions its rows are under; empty when they have none in common."""
    golden: Set[str] = frozenset()
    """Prompt hashes of the reference questions, which nothing may be trained on."""


class Rows(NamedTuple):
    """The two versions of a cycle, and what was noticed."""

    training: tuple[Example, ...]
    """Every split: what is trained on, what validates it, and the original test rows."""
    holdout: tuple[Example, ...]
    n_corrections: int
    n_replay: int
    report: tuple[str, ...]


def replayed(prompt_hash: str, ratio: float) -> bool:
    """Says whether an original row is trained on; a larger share holds every smaller one."""
    digest = hashlib.md5((prompt_hash + REPLAY_SALT).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") / 2**64 < ratio


def instructions(rows: Iterable[Example], told: str = "") -> str:
    """Returns what the rows are told to be: as their version says, else what most of them say."""
    if told:
        return told
    said = Counter(_system(row.prompt) for row in rows if row.split is Split.TRAIN)
    if not said:
        return ""
    text, often = said.most_common(1)[0]
    return text if 2 * often > said.total() else ""


def rows_of(
    cleaned: Clean,
    original: Original,
    *,
    replay_ratio: float,
    objective: Objective = Objective.SFT,
) -> Rows:
    """Returns the rows of both versions; every row stays in the split that its question has."""
    pairs = objective is Objective.DPO
    corrections = [
        _row(one, original.system, pairs)
        for one in cleaned.kept
        if part_of(one.prompt_hash) == "train"
    ]
    held = [one for one in cleaned.kept if part_of(one.prompt_hash) == "holdout"]
    holdout = [_row(one, original.system, pairs).model_copy(update=_TEST) for one in held]
    kept = _original_rows(original, corrections, holdout, replay_ratio, pairs)
    return Rows(
        training=_numbered([*corrections, *kept.replay, *kept.validation, *kept.test]),
        holdout=_numbered(holdout),
        n_corrections=len(corrections),
        n_replay=len(kept.replay),
        report=_report(cleaned, original, kept, len(corrections), replay_ratio),
    )


_TEST = {"split": Split.TEST}


class _Kept(NamedTuple):
    replay: list[Example]
    validation: list[Example]
    test: list[Example]
    replaced: int
    overruled: int
    leaking: int


def _original_rows(
    original: Original,
    corrections: Sequence[Example],
    holdout: Sequence[Example],
    ratio: float,
    pairs: bool,
) -> _Kept:
    """Takes from the original data what neither repeats a correction nor gives one away."""
    learnt = {row.prompt_hash: row.answer for row in corrections}
    held = {row.prompt_hash for row in holdout}
    held_near = {near(row.prompt) for row in holdout}
    kept = _Kept([], [], [], 0, 0, 0)
    replaced = overruled = leaking = 0
    for row in original.rows:
        if row.split is Split.TEST:
            kept.test.append(row)
            continue
        if pairs and row.rejected is None:
            continue
        if row.prompt_hash in held or near(row.prompt) in held_near:
            leaking += 1
        elif row.prompt_hash in learnt:
            replaced += 1
            overruled += normalised(row.answer) != normalised(learnt[row.prompt_hash])
        elif row.split is Split.VALIDATION:
            kept.validation.append(row)
        elif row.prompt_hash in original.golden:
            leaking += 1
        elif replayed(row.prompt_hash, ratio):
            kept.replay.append(row)
    return kept._replace(replaced=replaced, overruled=overruled, leaking=leaking)


def _report(
    cleaned: Clean, original: Original, kept: _Kept, n_corrections: int, ratio: float
) -> tuple[str, ...]:
    n_train = sum(1 for row in original.rows if row.split is Split.TRAIN)
    told = []
    if cleaned.refused:
        told.append(f"{_many(len(cleaned.refused), 'approved correction')} left out.")
    if cleaned.repeats:
        told.append(f"{_many(cleaned.repeats, 'correction')} said the same as another one.")
    if kept.replaced:
        told.append(
            f"{_many(kept.replaced, 'original row')} replaced by a correction of the same"
            f" question; {kept.overruled:,} of them said something else."
        )
    if kept.leaking:
        told.append(
            f"{_many(kept.leaking, 'original row')} left out, as a question that is never trained"
            " on reads the same."
        )
    if not n_train or not ratio:
        told.append("No original row is learnt again: what was known before may be forgotten.")
    elif not kept.replay:
        told.append("None of the original rows can be learnt again with these corrections.")
    if 0 < n_corrections < FEW:
        told.append(f"Below {FEW} corrections, examples in the prompt usually do more.")
    return tuple(told)


def _row(one: ApprovedCorrection, system: str, pairs: bool) -> Example:
    turns = list(one.messages)
    if system:
        spoken = [turn for turn in turns if turn.role != "system"]
        turns = [Message(role="system", content=system), *spoken]
    digest = hashlib.sha256(one.feedback_id.encode()).hexdigest()
    return Example(
        id=f"ex_{digest[:16]}",
        line=1,
        messages=(*turns, Message(role="assistant", content=one.answer)),
        prompt_hash=one.prompt_hash,
        split=Split.TRAIN,
        rejected=one.original if pairs else None,
    )


def _numbered(rows: Sequence[Example]) -> tuple[Example, ...]:
    return tuple(row.model_copy(update={"line": line}) for line, row in enumerate(rows, 1))


def _system(prompt: Sequence[Message]) -> str:
    return "\n".join(turn.content for turn in prompt if turn.role == "system")


def _many(n: int, what: str) -> str:
    return f"1 {what} was" if n == 1 else f"{n:,} {what}s were"
