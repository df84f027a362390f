"""Single answers are timed one by one, spread over the suite."""

from __future__ import annotations

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.models import ModelHandle
from studio.services.ladder_timing import ASKED_ALONE, timed, timed_places
from tests.fakes.generator import FakeGenerator

MODEL = ModelHandle(id="m", name="M", base_path="/m")


def test_the_timed_prompts_are_spread_and_never_too_many() -> None:
    assert timed_places(0) == []
    assert timed_places(3) == [0, 1, 2]
    assert timed_places(80) == list(range(0, 80, 10))
    assert len(timed_places(1000)) == ASKED_ALONE


def test_a_cold_worker_is_warmed_by_an_answer_that_does_not_count() -> None:
    prompts = [(Message(role="user", content=str(n)),) for n in range(20)]
    for warm, asked in ((True, 8), (False, 9)):
        generator = FakeGenerator()
        latency, trouble = timed(
            generator, MODEL, prompts, Decoding(), warm=warm, stopped=lambda: False
        )
        assert (latency.n, len(generator.asked), trouble) == (8, asked, ())
