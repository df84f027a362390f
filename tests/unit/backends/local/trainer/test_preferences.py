"""Preferences are learnt as the paper writes it, and a run of them can be stopped anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid
from transformers import AutoTokenizer

from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.loop import Material
from backends.local.trainer.pairs import Pair, compared, pairs
from backends.local.trainer.preferences import Preferences, margins, reference
from backends.local.trainer.scoring import Scorer
from studio.domain.datasets import Example, Split
from studio.domain.errors import InvalidDataset
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from tests import tiny_rows
from tests.unit.backends.local.trainer.conftest import Attach
from tests.unit.backends.local.trainer.looping import Outcome, sit
from tests.unit.backends.local.trainer.reference import distance, taken
from tests.unit.backends.local.trainer.test_loop import at_question, at_step, blank, same

BETA = 0.3
SETTINGS = Hyperparameters(
    epochs=2,
    learning_rate=5e-3,
    batch_size=4,
    lora_rank=4,
    lora_alpha=8,
    evaluations=3,
    early_stopping=0,
    beta=BETA,
)
Paired = Callable[[Sequence[Example]], list[Pair]]


@pytest.fixture
def paired(tiny_models: Callable[[str], BaseModel]) -> Paired:
    tokenizer = AutoTokenizer.from_pretrained(Path(tiny_models("llama").path))
    return lambda examples: pairs(tokenizer, examples)


@pytest.fixture
def material(paired: Paired) -> Material[Pair]:
    return Material(
        train=paired(tiny_rows.preferences(14)),
        validation=paired(tiny_rows.preferences(5, split=Split.VALIDATION, seed=1)),
    )


def likelihood(tuned: Any, row: Encoded) -> Tensor:
    """Returns the answer's log-likelihood through the library's own forward pass."""
    ids = torch.tensor([row.ids])
    scores = tuned(input_ids=ids).logits[0].float().log_softmax(-1)
    return scores[row.answer_start - 1 : -1].gather(1, ids[0, row.answer_start :, None]).sum()


def by_the_paper(tuned: Any, items: Sequence[Pair]) -> tuple[float, dict[str, Tensor]]:
    """Returns loss and adapter gradients of equation 7, peft leaving the adapter out for π₀."""
    total = 0.0
    for item in items:
        with torch.no_grad(), tuned.disable_adapter():
            before = likelihood(tuned, item.better) - likelihood(tuned, item.worse)
        now = likelihood(tuned, item.better) - likelihood(tuned, item.worse)
        loss = -logsigmoid(BETA * (now - before))
        loss.backward()
        total += loss.item()
    return total, taken(tuned)


def known(tuned: Any, items: Sequence[Pair]) -> list[Pair]:
    """Returns the pairs with what the model before made of them."""
    return compared(items, reference(Scorer(tuned), items, 4096, lambda: None))


def compared_all(tuned: Any, material: Material[Pair]) -> Material[Pair]:
    return Material(
        train=known(tuned, material.train), validation=known(tuned, material.validation)
    )


def learns(scorer: Scorer) -> Preferences:
    return Preferences(scorer, BETA)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("fast", [True, False], ids=["decoder", "padded"])
def test_loss_and_gradients_are_those_of_the_paper(
    attach: Attach, material: Material[Pair], fast: bool, method: Method
) -> None:
    tuned, items = attach(method=method), material.train
    loss, gradients = by_the_paper(tuned, items)
    scorer = Scorer(tuned)
    if fast:
        assert scorer.use_decoder(items[0].rows).startswith("Fast decoder")
    before = reference(scorer, items, 300, lambda: None)
    measured = learns(scorer).measured(compared(items, before))
    measured.loss.backward()
    assert measured.loss.item() == pytest.approx(loss, rel=1e-5)
    assert distance(taken(tuned), gradients) < 1e-4


def test_what_the_model_was_before_is_asked_without_touching_what_it_has_learnt(
    attach: Attach, material: Material[Pair]
) -> None:
    tuned = attach()
    adapter = {name: p.detach().clone() for name, p in adapters.trainable(tuned).items()}
    items = known(tuned, material.train)
    assert all(torch.equal(p, adapter[n]) for n, p in adapters.trainable(tuned).items())
    with torch.no_grad(), tuned.disable_adapter():
        for item in items:
            wanted = likelihood(tuned, item.better) - likelihood(tuned, item.worse)
            assert item.before == pytest.approx(wanted.item(), rel=1e-4, abs=1e-4)


def test_a_model_that_has_learnt_nothing_prefers_nothing(
    attach: Attach, material: Material[Pair]
) -> None:
    tuned = attach()
    blank(tuned)
    preferences, items = learns(Scorer(tuned)), known(tuned, material.train)
    measured = preferences.measured(items).numbers(len(items))
    assert measured["loss"] == pytest.approx(math.log(2), rel=1e-4)
    assert measured["reward_margin"] == pytest.approx(0, abs=1e-3)
    assert measured["loss"] < preferences.chance


def test_the_reward_is_how_much_further_the_better_answer_moved(
    attach: Attach, material: Material[Pair]
) -> None:
    tuned = attach()
    scorer, items = Scorer(tuned), known(tuned, material.train)
    with torch.no_grad():
        now = margins(scorer, items).tolist()
        told = learns(scorer).measured(items).figures
    moved = [BETA * (m - item.before) for m, item in zip(now, items, strict=True)]
    assert told["reward_margin"].item() == pytest.approx(sum(moved), rel=1e-3, abs=1e-3)
    assert told["reward_accuracy"].item() == sum(one > 0 for one in moved)


def test_a_run_raises_the_margin(tmp_path: Path, attach: Attach, material: Material[Pair]) -> None:
    settings = SETTINGS.with_(epochs=10, learning_rate=2e-3)
    tuned = attach(settings=settings)
    blank(tuned)
    done = sit(tuned, compared_all(tuned, material), settings, tmp_path, learns=learns)
    steps = [data for data in done.news.metrics if "loss" in data]
    assert steps[0]["loss"] == pytest.approx(math.log(2), rel=1e-3)
    assert steps[0]["reward_margin"] == pytest.approx(0, abs=1e-3)
    assert steps[-1]["reward_margin"] > 0.5
    assert steps[-1]["reward_accuracy"] == 1
    measured = [data for data in done.news.metrics if "validation_loss" in data]
    assert measured[-1]["validation_reward_margin"] > 0
    assert 0 <= measured[-1]["validation_reward_accuracy"] <= 1
    assert done.progress.best_loss is not None
    assert done.progress.best_loss < math.log(2)


def test_stopped_at_any_moment_it_gives_the_same(
    tmp_path: Path, attach: Attach, material: Material[Pair]
) -> None:
    settings = SETTINGS.with_(lora_dropout=0.2)

    def sitting(name: str, **options: Any) -> Outcome:
        tuned = attach(settings=settings)
        items = compared_all(tuned, material)
        folder = tmp_path / name
        return sit(tuned, items, settings, folder, most_tokens=300, learns=learns, **options)

    whole = sitting("whole")
    assert whole.news.asked > 12
    for question in range(2, whole.news.asked + 1, 17):
        parts = [sitting(str(question), stop=stop) for stop in (at_question(question), at_step(-1))]
        assert not parts[0].finished
        same(whole, parts)


def test_a_row_without_a_worse_answer_is_named(paired: Paired) -> None:
    with pytest.raises(InvalidDataset, match="Row 3 has no worse answer"):
        paired([*tiny_rows.preferences(2), tiny_rows.examples(3)[2]])


def test_pairs_are_cut_into_pieces_of_both_their_rows(material: Material[Pair]) -> None:
    for item in material.train:
        assert item.rows == (item.better, item.worse)
        assert item.tokens == sum(len(row.ids) for row in item.rows)
        assert item.longest == max(len(row.ids) for row in item.rows)
        assert (
            item.better.ids[: item.better.answer_start]
            == (item.worse.ids[: item.worse.answer_start])
        )
