"""Rows out: feedback as lines of JSON that trainers read, each kind of word as what it can teach.

Shapes as trl 1.16 and OpenAI read them. An approved correction is an answer to learn, a pair, and
one liked and one disliked answer. A thumb alone is a liked or disliked answer and never an answer
to learn; of two answers, the taken one makes a pair, a tie nothing, and two bad ones are two
disliked answers. Silence teaches nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple

from studio.core.feedback import row_shapes
from studio.core.feedback.cleaning import near, part_of
from studio.core.feedback.row_shapes import Line, Row
from studio.core.quality.personal_data import seen
from studio.core.splits import normalised, prompt_hash
from studio.domain.curation import Part, Preferred, Rated, Shape
from studio.domain.datasets import Example, Message, Split
from studio.domain.feedback import ApprovedCorrection

MOST_PER_SESSION = 20
"""Rated answers of one session that are taken, so that nobody's evening decides; a judgement."""


class Words(NamedTuple):
    """Everything that was said of a deployment's answers and may be used."""

    corrections: Sequence[ApprovedCorrection]
    rated: Sequence[Rated] = ()
    preferred: Sequence[Preferred] = ()


class Out(NamedTuple):
    """The lines, and what was noticed."""

    lines: tuple[Line, ...]
    report: tuple[str, ...]
    liked: int | None = None


def lines(
    words: Words,
    shape: Shape,
    *,
    part: Part = "train",
    system: str = "",
    golden: Set[str] = frozenset(),
    liked: bool = False,
) -> Out:
    """Returns what was said as lines of one shape.

    Args:
        words: corrections after cleaning, thumbs and preferences.
        shape: what the lines are for.
        part: questions that may be trained on, or those held out to judge by.
        system: instructions that every row is put under; empty: as it was asked.
        golden: prompt hashes of the reference questions, left out of what is trained on.
        liked: also learn answers that people only liked, where nobody corrected the question.
    """
    gather, written = _SHAPES[shape]
    found = _liked_too(words) if liked and shape == "sft" else gather(words)
    held = {near(one.messages) for one in words.corrections if _side(one.messages) == "holdout"}
    sided = [row for row in found.rows if _belongs(row, part, golden, held)]
    clean = [row for row in sided if not _personal(row)]
    report = [*found.report]
    if len(found.rows) > len(sided):
        other = "held out, or of the reference set" if part == "train" else "trained on"
        report.append(f"{_many(len(found.rows) - len(sided), 'row')} not written: {other}.")
    if len(sided) > len(clean):
        report.append(
            f"{_many(len(sided) - len(clean), 'row')} not written: something in them looks like"
            " personal data or a secret."
        )
    wanted = None
    if shape == "kto":
        wanted = sum(row.liked for row in clean)
        report.append(row_shapes.weights(wanted, len(clean) - wanted))
    under = [row._replace(messages=row_shapes.under(row.messages, system)) for row in clean]
    return Out(tuple(written(row) for row in under), tuple(report), wanted)


class _Found(NamedTuple):
    rows: list[Row]
    report: list[str]


def _answers(words: Words) -> _Found:
    return _Found([Row(one.messages, one.answer) for one in words.corrections], [])


def _pairs(words: Words) -> _Found:
    rows = [
        Row(one.messages, one.answer, one.original)
        for one in words.corrections
        if one.original.strip()
    ]
    report = []
    if len(rows) < len(words.corrections):
        n = len(words.corrections) - len(rows)
        report.append(f"{_many(n, 'correction')} left out: there was no answer to correct.")
    known = {(near(row.messages), normalised(row.better)): row for row in rows}
    useless = 0
    for one in words.preferred:
        pair = _pair(one)
        if pair is None:
            useless += 1
            continue
        key = near(pair.messages)
        opposite = known.get((key, normalised(pair.worse)))
        if opposite is not None and normalised(opposite.worse) == normalised(pair.better):
            report.append("A preference says the opposite of another word, and is left out.")
        elif (key, normalised(pair.better)) not in known:
            known[key, normalised(pair.better)] = pair
            rows.append(pair)
    if useless:
        report.append(f"{_many(useless, 'comparison')} left out: no answer of the two was better.")
    return _Found(rows, report)


def _pair(one: Preferred) -> Row | None:
    if one.winner not in ("a", "b"):
        return None
    better, worse = (one.a, one.b) if one.winner == "a" else (one.b, one.a)
    if not better.strip() or not worse.strip() or normalised(better) == normalised(worse):
        return None
    return Row(one.messages, better, worse)


def _liked_too(words: Words) -> _Found:
    found = _answers(words)
    marks = _marks(words)
    corrected = {near(row.messages) for row in found.rows}
    further: dict[str, Row] = {}
    for row in marks.rows:
        if row.liked and near(row.messages) not in corrected:
            further.setdefault(near(row.messages), row)
    report = list(marks.report)
    if further:
        report.append(
            f"{_many(len(further), 'answer')} only liked, not reviewed: they teach less surely."
        )
    return _Found([*found.rows, *further.values()], report)


def _marks(words: Words) -> _Found:
    """What reviewers said of an answer counts before thumbs; thumbs that cancel out say nothing."""
    told: dict[tuple[str, str], Row] = {}
    for one in words.corrections:
        _put(told, Row(one.messages, one.answer))
    for one in words.corrections:
        if one.original.strip():
            _put(told, Row(one.messages, one.original, liked=False))
    thumbs, crowded = _thumbs(words)
    torn = 0
    for key, (row, more) in thumbs.items():
        if key not in told and more:
            told[key] = row._replace(liked=more > 0)
        torn += key not in told
    report = []
    if torn:
        report.append(f"{_many(torn, 'answer')} left out: as many liked as disliked it.")
    if crowded:
        report.append(
            f"{_many(crowded, 'rated answer')} left out: at most {MOST_PER_SESSION} of one"
            " conversation are taken."
        )
    return _Found(list(told.values()), report)


def _thumbs(words: Words) -> tuple[dict[tuple[str, str], tuple[Row, int]], int]:
    """Returns each answer with how many more liked it, and how many were too many of a session."""
    found: dict[tuple[str, str], tuple[Row, int]] = {}
    taken: Counter[str] = Counter()
    crowded = 0
    for one in _spoken(words):
        if one.session and taken[one.session] >= MOST_PER_SESSION:
            crowded += 1
            continue
        taken[one.session] += 1
        row = Row(one.messages, one.output)
        _, more = found.get(_key(row), (row, 0))
        found[_key(row)] = (row, more + one.ups - one.downs)
    return found, crowded


def _spoken(words: Words) -> Iterable[Rated]:
    """Yields what was rated, two bad answers as two that somebody disliked."""
    yield from (one for one in words.rated if one.output.strip())
    for one in words.preferred:
        if one.winner == "both_bad":
            for output in (one.a, one.b):
                if output.strip():
                    yield Rated(one.id, one.messages, output, 0, 1)


def _put(told: dict[tuple[str, str], Row], row: Row) -> None:
    told.setdefault(_key(row), row)


def _key(row: Row) -> tuple[str, str]:
    return near(row.messages), normalised(row.better)


def _side(messages: Sequence[Message]) -> Part:
    return part_of(prompt_hash(messages))


def _belongs(row: Row, part: Part, golden: Set[str], held: Set[str]) -> bool:
    if not row.messages or row.messages[-1].role != "user" or _side(row.messages) != part:
        return False
    if part == "holdout":
        return True
    return prompt_hash(row.messages) not in golden and near(row.messages) not in held


def _personal(row: Row) -> bool:
    example = Example(
        id="row",
        line=1,
        messages=(*row.messages, Message(role="assistant", content=row.better)),
        prompt_hash="",
        split=Split.TRAIN,
        rejected=row.worse or None,
    )
    return bool(seen([example]))


def _many(n: int, what: str) -> str:
    return f"1 {what} was" if n == 1 else f"{n:,} {what}s were"


_SHAPES: dict[Shape, tuple[Callable[[Words], _Found], Callable[[Row], Line]]] = {
    "sft": (_answers, row_shapes.sft),
    "dpo": (_pairs, row_shapes.dpo),
    "openai-dpo": (_pairs, row_shapes.openai_dpo),
    "kto": (_marks, row_shapes.kto),
}
"""Shape → what is gathered for it, and how it is written."""
