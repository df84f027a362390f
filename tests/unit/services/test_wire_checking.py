"""What a client asked for becomes a run's settings; what cannot be is told by its parameter."""

from __future__ import annotations

import pytest

from studio.core.intake import Intake
from studio.domain.datasets import RefusedRow
from studio.domain.errors import InvalidDataset
from studio.domain.training import Blocker, Hyperparameters
from studio.domain.values import now
from studio.domain.wire import Asked, TuningOrder
from studio.services.wire_checking import refusal, refuse_losses, settings
from studio.services.wire_orders import resolved

DIAL = Hyperparameters(epochs=5, batch_size=8, learning_rate=4.7e-4)


def order(
    asked: Asked, ladder: dict[str, object] | None = None, seed: int | None = None
) -> TuningOrder:
    return TuningOrder(
        id="job_1",
        project_id="project_1",
        base_model="small",
        training_file="file_1",
        asked=asked,
        ladder={"hyperparameters": ladder or {}},
        seed=seed,
        created_at=now(),
    )


def test_our_own_words_count_before_the_wires_and_those_before_the_dial() -> None:
    asked: Asked = {"n_epochs": 2, "learning_rate_multiplier": 0.5, "batch_size": "auto"}
    found = settings(order(asked, {"epochs": 1.5, "lora_rank": 4}, seed=11), DIAL)
    assert found == DIAL.with_(epochs=1.5, learning_rate=1e-4, lora_rank=4, seed=11)


def test_nothing_asked_for_is_what_the_dial_says() -> None:
    assert settings(order({}), DIAL) == DIAL


@pytest.mark.parametrize("rate", [2e-4, 4.7e-4, 1e-5, 5e-3, 1e-4])
def test_a_rate_told_as_a_multiplier_is_the_same_rate_when_asked_for_again(rate: float) -> None:
    told = resolved(DIAL.with_(learning_rate=rate))["learning_rate_multiplier"]
    again = settings(order({"learning_rate_multiplier": told}), DIAL)
    assert again.learning_rate == pytest.approx(rate, rel=1e-11)


def test_at_most_ten_lines_are_named() -> None:
    rows = tuple(RefusedRow(line=n, reason="It is empty.") for n in range(1, 13))
    with pytest.raises(InvalidDataset) as raised:
        refuse_losses(Intake((), rows, 12, 0), "a.jsonl")
    assert "12 of 12 rows" in raised.value.message
    assert "Line 10:" in raised.value.message and "Line 11:" not in raised.value.message
    with pytest.raises(InvalidDataset, match="no rows"):
        refuse_losses(Intake((), (), 0, 0), "a.jsonl")


def test_blockers_about_rows_are_the_files_fault_and_others_nobodys() -> None:
    rows = refusal([Blocker(what="Too long.", remedy="Shorten.", example_ids=("a",))])
    assert (rows.param, rows.code) == ("training_file", "invalid_training_file")
    memory = refusal([Blocker(what="No memory.", remedy="Buy some.")])
    assert (memory.param, memory.code) == (None, "cannot_start")
    assert str(memory) == "No memory. Buy some."
