"""Row shapes: what trainers read, and which weights balance liked and disliked answers."""

from __future__ import annotations

import pytest

from studio.core.feedback import row_shapes
from studio.core.feedback.row_shapes import Row, weights
from studio.domain.datasets import Message

TURNS = (
    Message(role="user", content="Hello"),
    Message(role="assistant", content="Yes?"),
    Message(role="user", content="Where is it?"),
)
ROW = Row(TURNS, "On its way.", "No idea.", liked=False)


def test_only_the_last_answer_is_learnt() -> None:
    turns = row_shapes.sft(ROW)["messages"]
    assert [turn.get("weight") for turn in turns] == [None, 0, None, None]
    assert turns[-1] == {"role": "assistant", "content": "On its way."}


def test_each_trainer_has_a_shape_of_its_own() -> None:
    assert row_shapes.dpo(ROW) == {
        "prompt": [{"role": turn.role, "content": turn.content} for turn in TURNS],
        "chosen": [{"role": "assistant", "content": "On its way."}],
        "rejected": [{"role": "assistant", "content": "No idea."}],
    }
    hosted = row_shapes.openai_dpo(ROW)
    assert set(hosted) == {"input", "preferred_output", "non_preferred_output"}
    assert hosted["input"]["tools"] == [] and hosted["input"]["parallel_tool_calls"] is True
    assert row_shapes.kto(ROW)["label"] is False


def test_instructions_replace_those_of_the_client() -> None:
    asked = (Message(role="system", content="Old."), *TURNS)
    assert row_shapes.under(asked, "New.") == (Message(role="system", content="New."), *TURNS)
    assert row_shapes.under(asked, "") == asked


@pytest.mark.parametrize(
    ("liked", "disliked", "said"),
    [
        (277, 123, "desirable_weight to 0.44–0.59, or undesirable_weight to 1.69–2.25"),
        (200, 400, "desirable_weight to 2.00–2.66, or undesirable_weight to 0.38–0.50"),
        (260, 200, "both weights at 1"),
        (200, 200, "both weights at 1"),
        (20, 10, "Fewer than 200 of a kind"),
        (0, 10, "There is no liked answer"),
        (10, 0, "There is no disliked answer"),
    ],
)
def test_the_weights_are_told(liked: int, disliked: int, said: str) -> None:
    assert said in weights(liked, disliked)
