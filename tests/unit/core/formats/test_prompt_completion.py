"""Prompt and completion rows."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.formats.prompt_completion import messages
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken


def test_white_space_of_the_old_convention_is_not_learnt() -> None:
    row = {"prompt": "Cat in German?\n\n###\n\n", "completion": " Katze\n"}
    assert spoken(messages(row)) == [("u", "Cat in German?\n\n###"), ("a", "Katze")]


def test_lists_of_turns_are_one_conversation() -> None:
    row = {
        "prompt": [{"role": "system", "content": "Brief."}, {"role": "user", "content": "Hi"}],
        "completion": [{"role": "assistant", "content": "Hello"}],
    }
    assert spoken(messages(row)) == [("s", "Brief."), ("u", "Hi"), ("a", "Hello")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": "", "completion": "b"}, "`prompt` is empty."),
        ({"prompt": "a", "completion": None}, "`completion` is empty."),
        ({"prompt": "a", "completion": 4}, "`completion` is a number, not text: 4"),
        ({"prompt": "a", "completion": [{}]}, "`prompt` and `completion` must both be texts"),
        ({"prompt": [], "completion": []}, "`prompt` is empty."),
        ({"text": "a"}, "There is no `prompt`; the row has content in `text`"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_plain_words(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        messages(row)
    assert refusal.value.message.startswith(reason)
