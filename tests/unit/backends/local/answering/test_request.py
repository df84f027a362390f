"""A request goes on in smaller batches when memory runs out, and says so when nothing helps."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from backends.local.answering.loaded import Loaded
from backends.local.answering.request import is_out_of_memory, serve
from backends.local.wire import Ask, News
from studio.domain.datasets import Message
from studio.domain.errors import WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.models import BaseModel, ModelHandle


@pytest.fixture(scope="module", autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def loaded(starter_model: BaseModel) -> Loaded:
    return Loaded(ModelHandle(id="base", name="Base", base_path=starter_model.path))


def asked(loaded: Loaded, number: int) -> dict[int, str]:
    handle = ModelHandle(id="base", name="Base", base_path="")
    conversations = tuple(
        (Message(role="user", content=f"What comes after {n}?"),) for n in range(number)
    )
    heard: list[News] = []
    ask = Ask(
        id=1,
        streaming=False,
        model=handle,
        conversations=conversations,
        decoding=Decoding(max_new_tokens=4),
    )
    for _ in serve(ask, loaded, heard.append):
        pass
    answers = [news for news in heard if news.answer is not None]
    assert len(answers) == len({news.index for news in answers})
    return {news.index: news.answer.text for news in answers if news.index is not None}


class Scarce:
    """Makes the model's decoder fail whenever a batch has more rows than fit."""

    def __init__(self, rows: int, error: Exception) -> None:
        self.rows, self.error = rows, error
        self.seen: list[int] = []

    def __call__(self, module: Any, args: Any, kwargs: dict[str, Any]) -> None:
        self.seen.append(len(kwargs["input_ids"]))
        if self.seen[-1] > self.rows:
            raise self.error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        torch.OutOfMemoryError("CUDA out of memory."),
    ],
)
def test_batches_shrink_until_they_fit_and_every_answer_stays_the_same(
    loaded: Loaded, error: Exception
) -> None:
    plenty = asked(loaded, 7)
    scarce = Scarce(3, error)
    hook = loaded.model.get_decoder().register_forward_pre_hook(scarce, with_kwargs=True)
    try:
        assert asked(loaded, 7) == plenty
    finally:
        hook.remove()
    assert max(scarce.seen) == 7
    assert scarce.seen.count(7) == 1


def test_memory_too_small_for_one_conversation_is_said(loaded: Loaded) -> None:
    hook = loaded.model.get_decoder().register_forward_pre_hook(
        Scarce(0, MemoryError()), with_kwargs=True
    )
    try:
        with pytest.raises(WorkerFailed, match="not enough memory"):
            asked(loaded, 3)
    finally:
        hook.remove()


def test_other_failures_are_not_taken_for_a_lack_of_memory(loaded: Loaded) -> None:
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    hook = loaded.model.get_decoder().register_forward_pre_hook(
        Scarce(0, RuntimeError("shape mismatch")), with_kwargs=True
    )
    try:
        with pytest.raises(RuntimeError, match="shape mismatch"):
            asked(loaded, 2)
    finally:
        hook.remove()
