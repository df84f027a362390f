"""A run that was stopped and resumed is the run that was never stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.loop import Diverged, Material
from studio.domain.datasets import Split
from studio.domain.training import Hyperparameters
from tests import tiny_rows
from tests.unit.backends.local.trainer.conftest import Attach, Encode
from tests.unit.backends.local.trainer.looping import News, Outcome, prepared, sit

SETTINGS = Hyperparameters(
    epochs=2,
    learning_rate=5e-3,
    batch_size=4,
    lora_rank=4,
    lora_alpha=8,
    evaluations=3,
    early_stopping=0,
)
STEPS = 8
"""14 examples in batches of 4, twice."""


@pytest.fixture
def material(encoded: Encode) -> Material[Encoded]:
    return Material(
        train=encoded(tiny_rows.examples(14)),
        validation=encoded(tiny_rows.examples(5, split=Split.VALIDATION, seed=1)),
    )


def at_step(step: int) -> Callable[[News], bool]:
    """Stops before the step after this one."""
    return lambda news: len(news.losses()) == step


def at_question(number: int) -> Callable[[News], bool]:
    """Stops at the n-th time the loop asks, wherever that is."""
    return lambda news: news.asked == number


def blank(tuned: Any) -> None:
    """Makes the adapter one that has learnt nothing, as at the start of a run."""
    with torch.no_grad():
        for name, parameter in adapters.trainable(tuned).items():
            if ".lora_B." in name:
                parameter.zero_()


def same(ours: Outcome, parts: list[Outcome]) -> None:
    losses: dict[int, float] = {}
    validation: dict[int, float] = {}
    for part in parts:
        losses |= part.news.losses()
        validation |= part.news.validation()
    assert losses == ours.news.losses()
    assert validation == ours.news.validation()
    last = parts[-1]
    assert last.finished
    for name, tensor in ours.adapter.items():
        assert torch.equal(last.adapter[name], tensor), name
    timeless = {"seconds": 0.0}
    assert last.progress.with_(**timeless) == ours.progress.with_(**timeless)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
def test_resumed_after_any_step_it_gives_the_same(
    tmp_path: Path, attach: Attach, material: Material[Encoded], dropout: float, fast: bool
) -> None:
    settings = SETTINGS.with_(lora_dropout=dropout)
    whole = sit(attach(settings=settings), material, settings, tmp_path / "whole", fast=fast)
    assert len(whole.news.losses()) == STEPS
    for step in (0, 1, 3, 4, 7):
        folder = tmp_path / str(step)
        parts = [
            sit(attach(settings=settings), material, settings, folder, stop=stop, fast=fast)
            for stop in (at_step(step), at_step(-1))
        ]
        assert not parts[0].finished
        assert parts[0].progress.step == step
        same(whole, parts)


def test_stopped_at_any_moment_it_gives_the_same(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    # Small pieces, so that stops fall between the pieces of a step and of a measurement too.
    whole = sit(attach(), material, SETTINGS, tmp_path / "whole", most_tokens=200)
    assert whole.news.asked > 3 * STEPS
    for question in range(1, whole.news.asked + 1, 3):
        folder = tmp_path / str(question)
        parts = [
            sit(attach(), material, SETTINGS, folder, stop=stop, most_tokens=200)
            for stop in (at_question(question), at_step(-1))
        ]
        assert not parts[0].finished
        same(whole, parts)


def test_stopped_again_and_again_it_gives_the_same(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    whole = sit(attach(), material, SETTINGS, tmp_path / "whole")
    parts: list[Outcome] = []
    while not parts or not parts[-1].finished:
        parts.append(sit(attach(), material, SETTINGS, tmp_path / "parts", stop=at_step(1)))
        assert len(parts) < 20
    assert len(parts) == STEPS + 1  # The last stop falls into the last measurement.
    same(whole, parts)


def test_pieces_of_a_batch_add_up_to_the_batch(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    whole = sit(attach(), material, SETTINGS, tmp_path / "whole")
    pieces = sit(attach(), material, SETTINGS, tmp_path / "pieces", most_tokens=90)
    for step, loss in whole.news.losses().items():
        assert pieces.news.losses()[step] == pytest.approx(loss, rel=1e-4)


def test_it_learns_and_keeps_the_best(tmp_path: Path, attach: Attach, material: Material) -> None:
    settings = SETTINGS.with_(epochs=10, evaluations=10, learning_rate=2e-2)
    done = sit(attach(settings=settings), material, settings, tmp_path)
    validation = done.news.validation()
    assert done.progress.best_loss == min(validation.values())
    assert validation[done.progress.best_step or 0] == done.progress.best_loss
    assert done.progress.best_loss < 0.9 * next(iter(validation.values()))
    assert (tmp_path / f"step-{done.progress.best_step:08d}-measured").is_dir()


def test_dropout_plays_no_part_in_measuring(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    found = []
    for dropout in (0.0, 0.5):
        settings = SETTINGS.with_(lora_dropout=dropout)
        tuned = attach(settings=settings)
        found.append(prepared(tuned, material, settings, tmp_path, News()).validated()["loss"])
        assert tuned.training
    assert found[1] == pytest.approx(found[0], rel=1e-6)


def test_rising_validation_loss_stops_the_run_early(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    # Trained on other answers than those it is measured on, the loss can only rise.
    wrong = Material(train=material.train[:4], validation=material.validation)
    settings = SETTINGS.with_(
        epochs=40, evaluations=20, early_stopping=2, learning_rate=0.03, schedule="constant"
    )
    done = sit(attach(settings=settings), wrong, settings, tmp_path)
    assert done.progress.stopped_early
    assert done.progress.step < 40
    last = [loss for _, loss in done.progress.validation_losses[-3:]]
    assert last == sorted(last)
    assert any("Stopped early" in said for said in done.news.said)
    again = sit(attach(settings=settings), wrong, settings, tmp_path)
    assert again.finished
    assert again.news.losses() == {}


@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "tuned before"])
def test_a_run_that_diverges_is_given_up_within_three_steps(
    tmp_path: Path,
    attach: Attach,
    material: Material[Encoded],
    dtype: torch.dtype,
    fast: bool,
    fresh: bool,
) -> None:
    settings = SETTINGS.with_(learning_rate=1e12, epochs=20, evaluations=1)
    tuned = attach(settings=settings, dtype=dtype)
    if fresh:
        blank(tuned)
    news: list[News] = []

    def watch(one: News) -> bool:
        news[:] = [one]
        return False

    with pytest.raises(Diverged):
        sit(tuned, material, settings, tmp_path, stop=watch, fast=fast)
    strikes = [said for said in news[0].said if said.startswith("Step")]
    assert len(strikes) == 3
    assert len(news[0].losses()) < 8
    assert not any(loss != loss for loss in news[0].losses().values())


def test_a_run_whose_validation_loss_is_lost_is_given_up(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    settings = SETTINGS.with_(learning_rate=1e12, evaluations=8)
    with pytest.raises(Diverged):
        sit(attach(settings=settings), material, settings, tmp_path)


def test_without_validation_rows_every_checkpoint_is_saved_and_none_is_best(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    alone = Material(train=material.train, validation=[])
    done = sit(attach(), alone, SETTINGS, tmp_path)
    assert done.finished
    assert done.progress.best_step is None
    assert done.news.validation() == {}
    assert (tmp_path / f"step-{STEPS:08d}-measured").is_dir()


def test_every_figure_is_told_at_every_step(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    done = sit(attach(), material, SETTINGS, tmp_path)
    steps = [data for data in done.news.metrics if "loss" in data]
    assert [data["step"] for data in steps] == list(range(1, STEPS + 1))
    for data in steps:
        assert data["total_steps"] == STEPS
        assert data["percent"] == pytest.approx(100 * data["step"] / STEPS)
        assert data["tokens_per_second"] > 0
        assert data["memory_bytes"] == 1
        assert data["eta_seconds"] >= 0
        assert 0 <= data["learning_rate"] <= SETTINGS.learning_rate
        assert 0 <= data["token_accuracy"] <= 1
    assert steps[-1]["epoch"] == 2
    assert steps[-1]["eta_seconds"] == 0
    real = sum(len(item.ids) for item in material.train)
    assert done.progress.tokens == 2 * real
    measured = [data for data in done.news.metrics if "validation_loss" in data]
    assert measured
    assert all(0 <= data["validation_token_accuracy"] <= 1 for data in measured)


def test_pieces_of_a_batch_have_the_accuracy_of_the_batch(
    tmp_path: Path, attach: Attach, material: Material[Encoded]
) -> None:
    accuracies = []
    for most in (4096, 90):
        tuned = attach()
        loop = prepared(tuned, material, SETTINGS, tmp_path, News(), most_tokens=most)
        accuracies.append(loop.validated()["token_accuracy"])
    right = [
        int(token) == target
        for item in material.validation
        for token, target in zip(
            tuned(input_ids=torch.tensor([item.ids]))
            .logits[0, item.answer_start - 1 : -1]
            .argmax(-1),
            item.ids[item.answer_start :],
            strict=True,
        )
    ]
    assert accuracies == [pytest.approx(sum(right) / len(right))] * 2
