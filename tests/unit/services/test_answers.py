import pytest

from studio.domain.datasets import Message
from studio.domain.errors import WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.models import ModelHandle
from studio.services.answers import AnswerDesk, identity
from studio.store.database import Database
from studio.store.evaluations import EvaluationStore
from tests.fakes.generator import FakeGenerator

MODEL = ModelHandle(id="m", name="M", base_path="/m", base_manifest_sha256="a" * 64)


def asked(*questions: str) -> list[tuple[Message, ...]]:
    return [(Message(role="user", content=question),) for question in questions]


@pytest.fixture
def store() -> EvaluationStore:
    return EvaluationStore(Database(None))


def test_only_what_was_never_asked_is_generated(store: EvaluationStore) -> None:
    generator, told = FakeGenerator(), list[int]()
    desk = AnswerDesk(store, generator)
    first = desk.ask(
        MODEL, asked("a", "b", "a"), Decoding(), report=told.append, stopped=lambda: False
    )
    assert [answer.text for answer in first.answers] == ["M: a", "M: b", "M: a"]
    assert len(generator.asked) == 2
    assert (told[0], told[-1]) == (0, 3)
    again = desk.ask(MODEL, asked("b", "c"), Decoding(), report=told.append, stopped=lambda: False)
    assert len(generator.asked) == 3
    assert again.seconds[0] is None and again.seconds[1] is not None


def test_what_was_answered_before_the_worker_died_is_kept(store: EvaluationStore) -> None:
    generator = FakeGenerator()
    desk = AnswerDesk(store, generator)
    generator.break_after(2)
    with pytest.raises(WorkerFailed):
        desk.ask(
            MODEL, asked("a", "b", "c"), Decoding(), report=lambda n: None, stopped=lambda: False
        )
    generator.break_after(None)
    desk.ask(MODEL, asked("a", "b", "c"), Decoding(), report=lambda n: None, stopped=lambda: False)
    assert len(generator.asked) == 3


def test_models_without_files_are_told_apart_by_name_and_place() -> None:
    here = ModelHandle(id="endpoint:office/big", name="Big", base_path="https://one/v1")
    there = here.model_copy(update={"base_path": "https://two/v1"})
    other = here.model_copy(update={"id": "endpoint:office/small"})
    assert len({identity(one) for one in (here, there, other)}) == 3
    assert identity(MODEL) == identity(MODEL.model_copy(update={"name": "Renamed"}))
