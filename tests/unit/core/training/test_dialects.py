"""Servers are asked only for what they take, and choose only what the wire lets them."""

from __future__ import annotations

import pytest

from studio.domain.dialects import SETTABLE, automatic, settable
from studio.domain.endpoints import Dialect
from studio.domain.training import Hyperparameters, Objective


def test_every_kind_of_server_has_its_row() -> None:
    assert set(SETTABLE) == set(Dialect)
    assert all(set(names) <= set(Hyperparameters.model_fields) for names in SETTABLE.values())


@pytest.mark.parametrize("dialect", [None, *Dialect])
def test_beta_is_for_preferences_only(dialect: Dialect | None) -> None:
    assert "beta" not in settable(dialect, Objective.SFT)
    assert "beta" in settable(dialect, Objective.DPO)
    assert set(automatic(dialect, Objective.SFT)) <= set(settable(dialect, Objective.SFT))


def test_this_machine_and_another_studio_follow_the_dial() -> None:
    assert automatic(None, Objective.DPO) == automatic(Dialect.LADDER, Objective.DPO) == ()
    assert automatic(Dialect.OPENAI, Objective.SFT) == ("epochs", "learning_rate", "batch_size")
