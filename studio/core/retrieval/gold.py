"""Gold: rows that say where the answer to a question stands, checked against the documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.core.formats.fields import cell_text, excerpt
from studio.core.splits import prompt_hash
from studio.domain.datasets import Message
from studio.domain.errors import InvalidDataset
from studio.domain.retrieval import Gold

FAR = 200
"""Characters an answer may stand from its `answer_start`: readers tidy line ends and spaces."""


def question_hash(question: str) -> str:
    """Returns the hash under which an example that asks this question is known."""
    return prompt_hash([Message(role="user", content=question)])


def gold_of(values: Mapping[str, Any], corpus_id: str, texts: Mapping[str, str]) -> Gold:
    """Returns where a row's answer stands.

    Args:
        values: `question`, `answer`, `document_id` and, unless the answer occurs once, its first
            character as `answer_start`.
        corpus_id: where the documents are.
        texts: document key → text.

    Raises:
        InvalidDataset: with the reason why the place cannot be known.
    """
    question, key = _needed(values, "question"), _needed(values, "document_id")
    if key not in texts:
        raise InvalidDataset(f"There is no document {excerpt(key)!r} in this corpus.")
    answer = values.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise InvalidDataset("There is no `answer`.")
    start = _start(answer, values.get("answer_start"), texts[key])
    return Gold(
        corpus_id=corpus_id,
        prompt_hash=question_hash(question),
        document_key=key,
        start=start,
        end=start + len(answer),
        question=question,
    )


def _needed(values: Mapping[str, Any], name: str) -> str:
    text = cell_text(values, name)
    if not text:
        raise InvalidDataset(f"There is no `{name}`.")
    return text


def _start(answer: str, said: Any, text: str) -> int:
    if isinstance(said, int) and not isinstance(said, bool):
        if text.startswith(answer, said) and said >= 0:
            return said
        near = [at for at in _places(text, answer) if abs(at - said) <= FAR]
        if near:
            return min(near, key=lambda at: abs(at - said))
        raise InvalidDataset(f"The answer does not stand at character {said}: {excerpt(answer)}")
    places = list(_places(text, answer))
    if len(places) != 1:
        times = "not" if not places else f"{len(places)} times"
        raise InvalidDataset(
            f"The answer stands {times} in the document: {excerpt(answer)}"
            + (" Say where with `answer_start`." if places else "")
        )
    return places[0]


def _places(text: str, answer: str) -> Iterator[int]:
    at = text.find(answer)
    while at >= 0:
        yield at
        at = text.find(answer, at + 1)
