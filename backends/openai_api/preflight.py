"""Preflight: what a hosted run would send, take and bill, worked out without sending anything."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.openai_api import encodings, lines, rules
from backends.openai_api.eligibility import Findings
from backends.openai_api.run_folder import RunFolder
from studio.domain.datasets import Example
from studio.domain.endpoints import Connection, Dialect
from studio.domain.training import Plan, TrainingSpec

Count = Callable[[Sequence[str], str], list[int]]
"""Texts and the name of an encoding → the tokens of each text."""
PER_TURN, PER_EXAMPLE = 3, 3
"""Tokens that frame a turn and an example, by OpenAI's cookbook, which calls itself inexact."""
RECENT = 5
SPREAD = 2.0
"""Queues at a server differ: a run may take this much less or more than those before."""
USUAL_EPOCHS, FEWEST_SEEN, MOST_SEEN, MOST_EPOCHS = 3, 100, 25_000, 25


@dataclass(frozen=True)
class Counted:
    """The tokens of a run's rows."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    known: bool
    """False when the encoding is a guess."""


def counted(
    spec: TrainingSpec, train: Sequence[Example], validation: Sequence[Example], count: Count
) -> Counted:
    """Counts every example as the server is likely to."""
    name, known = encodings.encoding(spec.base_model)
    rows = [*train, *validation]
    texts = [text for row in rows for text in _texts(row)]
    tokens = iter(count(texts, name))
    each = tuple(
        PER_EXAMPLE + sum(PER_TURN + 1 + next(tokens) for _ in _texts(row)) for row in rows
    )
    return Counted(each[: len(train)], each[len(train) :], known)


def plan(
    spec: TrainingSpec,
    connection: Connection,
    train: Sequence[Example],
    validation: Sequence[Example],
    contents: dict[str, bytes],
    tokens: Counted,
    found: Findings,
    past: Sequence[float],
) -> Plan:
    """Puts together what is known; `past` are seconds for each billed token of earlier runs."""
    most = encodings.limit(spec.base_model)
    billed = sum(min(most or n, n) for n in tokens.train) * epochs(spec, len(train))
    seconds = statistics.median(past) * billed if past else None
    rows = {"train.jsonl": len(train), "validation.jsonl": len(validation)}
    return Plan(
        device=f"the servers of {connection.host}",
        memory_needed=None,
        memory_available=None,
        disk_needed=None,
        disk_available=None,
        seconds_low=None if seconds is None else seconds / SPREAD,
        seconds_high=None if seconds is None else seconds * SPREAD,
        basis=_basis(spec, tokens, len(train), len(past)),
        total_steps=_steps(spec, len(train)),
        train_examples=len(train),
        validation_examples=len(validation),
        train_tokens=sum(tokens.train) or None,
        billed_tokens=None if connection.dialect is Dialect.LADDER else round(billed) or None,
        blockers=(
            *found.blockers,
            *rules.blockers(spec, train, validation, connection.dialect),
            *rules.too_large(contents),
        ),
        warnings=(
            *found.warnings,
            *rules.warnings(train, connection.dialect),
            *rules.cut([*train, *validation], [*tokens.train, *tokens.validation], most),
        ),
        disclosure=lines.disclosure(connection.host, spec.base_model, contents, rows),
    )


def epochs(spec: TrainingSpec, rows: int) -> float:
    """Returns how often each row is likely to be billed; `auto` follows an old rule of OpenAI's."""
    if "epochs" not in spec.automatic:
        return max(1, round(spec.hyperparameters.epochs))
    if rows * USUAL_EPOCHS < FEWEST_SEEN:
        return min(MOST_EPOCHS, max(1, FEWEST_SEEN // max(1, rows)))
    if rows * USUAL_EPOCHS > MOST_SEEN:
        return max(1, MOST_SEEN // rows)
    return USUAL_EPOCHS


def seconds_per_token(runs_dir: Path, backend: str, model: str) -> list[float]:
    """Returns how long the newest finished runs of this endpoint took for each billed token."""
    found: list[float] = []
    folders = sorted(
        runs_dir.glob("run_*/remote.json"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in folders:
        folder = RunFolder(path.parent)
        remote = folder.remote()
        if remote is None or remote.ended_at is None or not remote.trained_tokens:
            continue
        succeeded = remote.ending is not None and remote.ending.status == "succeeded"
        training = folder.spec().training
        if succeeded and (training.backend, training.base_model) == (backend, model):
            took = (remote.ended_at - remote.began_at).total_seconds()
            found.append(took / remote.trained_tokens)
    return found[:RECENT]


def _texts(row: Example) -> list[str]:
    worse = [] if row.rejected is None else [row.rejected]
    return [turn.content for turn in row.messages] + worse


def _steps(spec: TrainingSpec, rows: int) -> int | None:
    if {"epochs", "batch_size"} & set(spec.automatic):
        return None
    return math.ceil(max(1, rows) / spec.hyperparameters.batch_size) * round(epochs(spec, rows))


def _basis(spec: TrainingSpec, tokens: Counted, rows: int, past: int) -> str:
    said = ["tokens counted here by OpenAI's cookbook formula"]
    if not tokens.known:
        said.append(f"in another model's tokens, because those of {spec.base_model} are not known")
    if "epochs" in spec.automatic:
        said.append(f"{epochs(spec, rows):g} epochs as a prior, because the server chooses them")
    runs = "1 earlier run" if past == 1 else f"{past} earlier runs"
    said.append(
        f"duration measured on {runs} there" if past else "duration unknown until a run has ended"
    )
    return "; ".join(said)
