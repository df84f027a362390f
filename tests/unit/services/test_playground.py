from collections.abc import Iterator

import pytest

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, NotFound, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Inference
from studio.services.playground import PlaygroundService
from tests.fakes.measuring import Bench

ASKED = (
    Message(role="system", content="Be brief."),
    Message(role="user", content="Where is my parcel?"),
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def playground(bench: Bench) -> PlaygroundService:
    return bench.playground()


def stream(
    playground: PlaygroundService, messages: tuple[Message, ...] = ASKED, model_id: str = "tuned"
) -> Iterator[str | Inference]:
    return playground.stream(
        model_id=model_id, messages=messages, decoding=Decoding(), project_id="project_1"
    )


@pytest.fixture
def answered(playground: PlaygroundService) -> Inference:
    return playground.answer(
        model_id="base", messages=ASKED, decoding=Decoding(), project_id="project_1"
    )


def test_an_answer_arrives_in_pieces_and_ends_with_its_kept_record(
    playground: PlaygroundService,
) -> None:
    *pieces, last = stream(playground)
    assert "".join(str(piece) for piece in pieces) == "Tuned: Where is my parcel?"
    assert isinstance(last, Inference)
    assert last.output == "Tuned: Where is my parcel?"
    assert last.messages == ASKED
    assert (last.model_id, last.model_name) == ("tuned", "Tuned")
    assert last.output_tokens == 5
    assert playground.recent("project_1") == [last]


def test_a_whole_answer_is_kept_too(playground: PlaygroundService, answered: Inference) -> None:
    assert answered.output == "Base: Where is my parcel?"
    assert playground.recent("project_1", 10) == [answered]


def test_an_answer_that_broke_off_is_not_kept(bench: Bench, playground: PlaygroundService) -> None:
    bench.generator.break_after(0)
    with pytest.raises(WorkerFailed):
        list(stream(playground))
    assert playground.recent("project_1") == []


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (Message(role="user", content="  "),),
        (*ASKED, Message(role="assistant", content="In the van.")),
    ],
)
def test_a_conversation_that_asks_nothing_is_refused_before_anything_starts(
    playground: PlaygroundService, messages: tuple[Message, ...]
) -> None:
    with pytest.raises(InvalidInput, match="question"):
        stream(playground, messages)


def test_an_unknown_model_is_refused_before_anything_starts(playground: PlaygroundService) -> None:
    with pytest.raises(NotFound):
        stream(playground, model_id="nobody")


def test_a_changed_mind_is_a_new_row_and_the_last_thumb_counts(
    playground: PlaygroundService, answered: Inference
) -> None:
    down = playground.feedback(answered.id, thumb_up=False, comment=" Too short. ")
    up = playground.feedback(answered.id, thumb_up=True)
    better = playground.feedback(answered.id, correction="It is in the van.")
    assert playground.feedback_for(answered.id) == [down, up, better]
    assert (down.comment, down.rater) == ("Too short.", "local user")
    assert playground.thumbs([answered.id]) == {answered.id: True}


def test_feedback_on_an_unknown_answer_is_refused(playground: PlaygroundService) -> None:
    with pytest.raises(NotFound):
        playground.feedback("inference_0", thumb_up=True)
    with pytest.raises(NotFound):
        playground.feedback_for("inference_0")


@pytest.mark.parametrize(
    "said, why",
    [
        ({}, "nothing to keep"),
        ({"comment": "  "}, "nothing to keep"),
        ({"correction": " \n"}, "correction is empty"),
        ({"correction": "", "thumb_up": False}, "correction is empty"),
        ({"comment": "x" * 100_001}, "at most 100,000 characters"),
        ({"thumb_up": True, "rater": " "}, "rater's name"),
    ],
)
def test_feedback_that_says_nothing_is_refused(
    playground: PlaygroundService, answered: Inference, said: dict[str, object], why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        playground.feedback(answered.id, **said)
    assert playground.feedback_for(answered.id) == []
