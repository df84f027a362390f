"""On a GPU a run's peak memory stays below what the plan says, and not far below."""

from __future__ import annotations

import pytest
import torch

from backends.local import estimate
from backends.local.trainer import adapters
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.scoring import Scorer
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from tests.benchmarks.arms import eight_billion
from tests.gpu import device
from tests.gpu.device import needs_gpu

pytestmark = needs_gpu

SHAPE = {
    "hidden_size": 2048,
    "num_hidden_layers": 8,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "intermediate_size": 5632,
    "vocab_size": 64_000,
}
LONGEST, ROWS, ANSWERS = 1024, 4, 0.5


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    folder = tmp_path_factory.mktemp("middling")
    return eight_billion.make(folder, device.DEVICE, **SHAPE)


@pytest.fixture(scope="module")
def rows() -> list[Encoded]:
    """Rows all as long as the longest: the micro-batch that memory must hold."""
    found = eight_billion.rows(64, LONGEST, SHAPE["vocab_size"], ANSWERS)
    ids = [token for item in found for token in item.ids]
    start = round(LONGEST * (1 - ANSWERS))
    return [
        Encoded(example_id=str(n), ids=ids[n * LONGEST : (n + 1) * LONGEST], answer_start=start)
        for n in range(ROWS)
    ]


def peak(scorer: Scorer, tuned: object, rows: list[Encoded]) -> int:
    """Returns the most memory two steps took, as torch took it from the GPU."""
    optimizer = torch.optim.AdamW(adapters.trainable(tuned).values())  # type: ignore[arg-type]
    for _ in range(2):
        scorer.scored(rows).losses.sum().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return torch.cuda.max_memory_reserved(device.DEVICE)


@pytest.mark.parametrize("recompute", [False, True], ids=["kept", "computed twice"])
@pytest.mark.parametrize("method", list(Method))
def test_the_peak_is_what_the_plan_says(
    method: Method, recompute: bool, model: BaseModel, rows: list[Encoded]
) -> None:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device.DEVICE)
    settings = Hyperparameters(batch_size=ROWS)
    tuned = adapters.attach(model, settings, method, device.DEVICE)
    scorer = Scorer(tuned, recompute=recompute)
    assert scorer.use_decoder(rows).startswith("Fast decoder")
    measured = peak(scorer, tuned, rows)
    sizes = estimate.Sizes(train_tokens=ROWS * LONGEST, longest=LONGEST, answer_share=ANSWERS)
    planned = estimate.memory_bytes(
        model.facts, method, settings, sizes, "cuda", recompute=recompute
    )
    tensors = planned - estimate.PROCESS["cuda"]
    assert measured <= estimate.MARGIN * tensors, "a run would be let in and then fail"
    assert measured >= tensors / 2, "runs that fit would be refused"


def test_answer_scores_never_lie_there_all_at_once(model: BaseModel, rows: list[Encoded]) -> None:
    tuned = adapters.attach(model, Hyperparameters(), Method.LORA, device.DEVICE)
    scorer = Scorer(tuned, recompute=True)
    assert scorer.use_decoder(rows).startswith("Fast decoder")
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated(device.DEVICE)
    torch.cuda.reset_peak_memory_stats(device.DEVICE)
    with torch.no_grad():
        scorer.scored(rows).losses.sum()
    added = torch.cuda.max_memory_allocated(device.DEVICE) - before
    all_at_once = ROWS * LONGEST * ANSWERS * SHAPE["vocab_size"] * estimate.LOGIT_BYTES
    assert added < all_at_once


def test_with_qlora_the_model_never_lies_there_at_full_size(model: BaseModel) -> None:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device.DEVICE)
    before = torch.cuda.memory_allocated(device.DEVICE)
    tuned = adapters.attach(model, Hyperparameters(), Method.QLORA, device.DEVICE)
    taken = torch.cuda.max_memory_allocated(device.DEVICE) - before
    linear = estimate.linear_parameters(model.facts)
    small = estimate.NF4_BYTES * linear + 2 * (model.facts.parameters - linear)
    adapter = sum(4 * p.numel() for p in adapters.trainable(tuned).values())
    assert taken < 1.15 * (small + adapter)
