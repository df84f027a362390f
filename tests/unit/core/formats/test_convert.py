"""Every format leads to the same conversation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.formats.convert import READERS, conversation_of, rejected_of
from studio.domain.datasets import ColumnMapping, DataFormat
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken

ROWS: dict[DataFormat, dict[str, Any]] = {
    DataFormat.CHAT: {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    },
    DataFormat.INSTRUCTION: {"instruction": "Hi", "output": "Hello"},
    DataFormat.PROMPT_COMPLETION: {"prompt": "Hi", "completion": "Hello"},
    DataFormat.SHAREGPT: {
        "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    },
    DataFormat.PREFERENCE: {"prompt": "Hi", "chosen": "Hello", "rejected": "What?"},
    DataFormat.COLUMNS: {"text": "Hi", "label": "Hello"},
}
MAPPING = ColumnMapping(prompt="text", answer="label")


@pytest.mark.parametrize("format", DataFormat)
def test_every_format_gives_the_same_turns(format: DataFormat) -> None:
    found = conversation_of(ROWS[format], format, MAPPING, " Be kind. ")
    assert spoken(found) == [("s", "Be kind."), ("u", "Hi"), ("a", "Hello")]


def test_instructions_of_the_row_win() -> None:
    row = {"instruction": "Hi", "output": "Hello", "system": "Be brief."}
    found = conversation_of(row, DataFormat.INSTRUCTION, None, "Be kind.")
    assert spoken(found)[0] == ("s", "Be brief.")


def test_no_format_is_forgotten() -> None:
    assert {*READERS, DataFormat.COLUMNS} == set(DataFormat)


@pytest.mark.parametrize("format", DataFormat)
def test_only_pairs_have_a_worse_answer(format: DataFormat) -> None:
    wanted = "What?" if format is DataFormat.PREFERENCE else None
    assert rejected_of(ROWS[format], format) == wanted


def test_a_table_needs_its_mapping() -> None:
    with pytest.raises(InvalidDataset, match="not chosen"):
        conversation_of(ROWS[DataFormat.COLUMNS], DataFormat.COLUMNS)


WORDS = st.sampled_from(
    ["messages", "conversations", "role", "content", "from", "value", "user", "assistant", "gpt",
     "human", "system", "type", "text", "prompt", "completion", "instruction", "output", "history",
     "label", "chosen", "rejected", "input", "preferred_output", "non_preferred_output",
     "tools", "tool_calls", "weight", ""]
)  # fmt: skip
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(0, 1) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=4), st.sampled_from(DataFormat))
def test_no_row_whatever_breaks_an_import(row: dict[str, Any], format: DataFormat) -> None:
    try:
        found = conversation_of(row, format, MAPPING, "Be kind.")
    except InvalidDataset as refusal:
        assert refusal.message
    else:
        assert found[-1].role == "assistant"
        assert all(turn.content.strip() for turn in found)
