"""Columns are guessed by their names, and by what is in them."""

from __future__ import annotations

import pytest

from studio.core.formats.mapping import guess

LONG = "The parcel that I ordered on {} has still not arrived, what now?"


def table(**columns: list[object]) -> list[dict[str, object]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


N = list(range(30))
TEXTS: list[object] = [LONG.format(n) for n in N]
LABELS: list[object] = [("delay", "refund", "praise")[n % 3] for n in N]
TITLES: list[object] = [f"Parcel {n}" for n in N]


@pytest.mark.parametrize(
    ("columns", "prompt", "answer"),
    [
        ({"text": TEXTS, "category": LABELS}, "text", "category"),
        ({"label": LABELS, "text": TEXTS}, "label", None),
        ({"ID": N, "Question": TEXTS, "Answer": TITLES}, "Question", "Answer"),
        ({"question": TITLES, "answer": TEXTS, "answer_start": N}, "question", "answer"),
        ({"spalte a": TEXTS, "spalte b": LABELS}, "spalte a", "spalte b"),
        ({"user_message": TEXTS, "botResponse": TITLES}, "user_message", "botResponse"),
        ({"title": TITLES, "body": TEXTS, "queue": LABELS}, "body", "queue"),
        ({"text": TEXTS, "label": [n % 4 for n in N]}, "text", "label"),
        ({"uuid": TITLES, "prompt": TEXTS, "tag": LABELS}, "prompt", "tag"),
        ({"source": TEXTS, "target": TEXTS[::-1]}, "source", "target"),
    ],
)
def test_question_and_answer_are_found(
    columns: dict[str, list[object]], prompt: str, answer: str | None
) -> None:
    found = guess(list(columns), table(**columns))
    assert found is not None
    if answer is None:
        assert (found.prompt, found.answer) == ("text", "label")
    else:
        assert (found.prompt, found.answer) == (prompt, answer)


def test_context_and_instructions_are_found_by_name() -> None:
    columns = {"Context": TEXTS, "question": TITLES, "answer": LABELS, "system prompt": TITLES}
    found = guess(list(columns), table(**columns))
    assert found is not None
    assert (found.prompt, found.answer) == ("question", "answer")
    assert (found.context, found.system) == ("Context", "system prompt")


@pytest.mark.parametrize(
    "columns",
    [{"text": TEXTS}, {"id": N, "text": TEXTS}, {"a": [[1]] * 30, "b": TEXTS}, {}],
)
def test_a_table_without_two_texts_has_no_mapping(columns: dict[str, list[object]]) -> None:
    assert guess(list(columns), table(**columns)) is None


def test_a_nearly_empty_column_is_not_chosen() -> None:
    notes: list[object] = ["seen", *[""] * 29]
    columns = {"text": TEXTS, "response": notes, "team": LABELS}
    found = guess(list(columns), table(**columns))
    assert found is not None
    assert found.answer == "team"
