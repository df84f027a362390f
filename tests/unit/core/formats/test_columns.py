"""Tables with a mapping."""

from __future__ import annotations

import pytest

from studio.core.formats.columns import check, messages
from studio.domain.datasets import ColumnMapping
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken

SIMPLE = ColumnMapping(prompt="text", answer="label")
FULL = ColumnMapping(prompt="text", answer="label", system="persona", context="document")


def test_columns_play_their_parts() -> None:
    row = {"text": "Who?", "label": "Me", "persona": "Be brief.", "document": "A story.", "id": "1"}
    assert spoken(messages(row, FULL)) == [
        ("s", "Be brief."),
        ("u", "Who?\n\nA story."),
        ("a", "Me"),
    ]
    assert spoken(messages(row, SIMPLE)) == [("u", "Who?"), ("a", "Me")]


@pytest.mark.parametrize(
    ("cell", "text"), [(3, "3"), (3.0, "3"), (0.5, "0.5"), (True, "true"), (False, "false")]
)
def test_numbers_and_truth_values_are_answers_too(cell: object, text: str) -> None:
    assert messages({"text": "a", "label": cell}, SIMPLE)[-1].content == text


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": " ", "label": "a", "other": "x"}, "`text` is empty."),
        ({"text": "a", "label": None}, "`label` is empty."),
        ({"text": "a"}, "There is no `label`."),
        ({"text": "a", "label": ["b"]}, '`label` is a list, not text: ["b"]'),
    ],
)
def test_empty_cells_are_refused(row: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        messages(row, SIMPLE)
    assert refusal.value.message == reason


def test_a_mapping_to_a_missing_column_names_those_that_exist() -> None:
    check(SIMPLE, ("text", "label"))
    with pytest.raises(InvalidDataset, match="no column 'label'.*Columns: text, answer"):
        check(SIMPLE, ("text", "answer"))


def test_one_column_cannot_play_two_parts() -> None:
    with pytest.raises(InvalidDataset, match="One column"):
        check(ColumnMapping(prompt="text", answer="text"), ("text", "label"))
