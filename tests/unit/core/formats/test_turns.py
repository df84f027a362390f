"""The order of turns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.formats.turns import in_order
from studio.domain.datasets import Message, Role
from studio.domain.errors import InvalidDataset

ROLES = st.sampled_from(("system", "user", "assistant"))


@settings(deadline=None)
@given(st.lists(ROLES, max_size=7))
def test_only_alternation_that_ends_with_an_answer_is_accepted(roles: list[Role]) -> None:
    told = "".join(role[0] for role in roles)
    asked = told.removeprefix("s")
    fine = bool(asked) and asked == "ua" * (len(asked) // 2)
    try:
        kept = in_order([Message(role=role, content="x") for role in roles])
    except InvalidDataset as refusal:
        assert not fine
        assert refusal.message.endswith(".")
    else:
        assert fine
        assert [turn.role for turn in kept] == roles


def test_empty_instructions_are_none() -> None:
    turns = [Message(role=role, content=text) for role, text in (("system", ""), ("user", "a"))]
    assert len(in_order([*turns, Message(role="assistant", content="b")])) == 2
