"""What every TextGenerator promises: the fake, the real worker, the client of the OpenAI wire."""

from collections.abc import Callable, Iterator

import pytest

from backends.local.generator import WorkerGenerator
from backends.openai_api.backend import EndpointGenerator
from studio.domain.datasets import Message
from studio.domain.endpoints import Connection
from studio.domain.errors import Conflict
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import BaseModel, ModelHandle
from tests.fakes.generator import FakeGenerator
from tests.fakes.wire_server import wire_server

SHORT = Decoding(max_new_tokens=8)
QUESTIONS = [
    [Message(role="user", content="Say hello.")],
    [
        Message(role="system", content="You answer with one word."),
        Message(role="user", content="Which colour has a clear sky in the early afternoon?"),
    ],
    [
        Message(role="user", content="My name is Ada."),
        Message(role="assistant", content="Hello Ada."),
        Message(role="user", content="What is my name?"),
    ],
]


@pytest.fixture(scope="module", params=["fake", "worker", "endpoint"])
def generator(request: pytest.FixtureRequest) -> Iterator[TextGenerator]:
    """One generator for all tests: what one leaves behind must not disturb the next."""
    if request.param == "endpoint":
        with wire_server() as server:
            yield EndpointGenerator(lambda name: Connection(name=name, base_url=server.url, key=""))
        return
    made = FakeGenerator() if request.param == "fake" else WorkerGenerator()
    yield made
    made.close()


@pytest.fixture(scope="module")
def model(generator: TextGenerator, request: pytest.FixtureRequest) -> ModelHandle:
    if isinstance(generator, FakeGenerator):
        return ModelHandle(id="base", name="Base", base_path="/nowhere")
    if isinstance(generator, EndpointGenerator):
        return ModelHandle(id="endpoint:office/loud", name="loud", base_path="")
    starter: BaseModel = request.getfixturevalue("starter_model")
    return ModelHandle(
        id=starter.id,
        name=starter.name,
        base_path=starter.path,
        base_manifest_sha256=starter.manifest_sha256,
    )


def texts(answers: list[Answer]) -> list[str]:
    return [answer.text for answer in answers]


def test_every_conversation_is_answered_in_order(
    generator: TextGenerator, model: ModelHandle
) -> None:
    together = generator.generate(model, QUESTIONS, SHORT)
    one_by_one = [generator.generate(model, [question], SHORT)[0] for question in QUESTIONS]
    assert texts(together) == texts(one_by_one)


def test_each_answer_is_reported_once_under_its_number(
    generator: TextGenerator, model: ModelHandle
) -> None:
    heard: list[tuple[int, Answer]] = []

    def note(index: int, answer: Answer) -> None:
        heard.append((index, answer))

    answers = generator.generate(model, QUESTIONS, SHORT, on_answer=note)
    assert sorted(index for index, _ in heard) == [0, 1, 2]
    assert {index: answer.text for index, answer in heard} == dict(enumerate(texts(answers)))


def test_greedy_answers_repeat(generator: TextGenerator, model: ModelHandle) -> None:
    first = generator.generate(model, QUESTIONS, SHORT)
    assert texts(generator.generate(model, QUESTIONS, SHORT)) == texts(first)


def test_an_answer_says_how_long_it_is_and_why_it_ended(
    generator: TextGenerator, model: ModelHandle
) -> None:
    for answer in generator.generate(model, QUESTIONS, SHORT):
        assert answer.output_tokens is not None and answer.prompt_tokens is not None
        assert 0 <= answer.output_tokens <= SHORT.max_new_tokens
        assert answer.prompt_tokens > 0
        assert answer.seconds >= 0
        assert answer.finish_reason in ("stop", "length")


def test_an_answer_that_needs_more_room_is_cut_off_and_says_so(
    generator: TextGenerator, model: ModelHandle
) -> None:
    (cut,) = generator.generate(model, [QUESTIONS[1]], Decoding(max_new_tokens=1))
    assert (cut.output_tokens, cut.finish_reason) == (1, "length")


def test_an_answer_ends_before_the_text_that_ends_it(
    generator: TextGenerator, model: ModelHandle
) -> None:
    (whole,) = generator.generate(model, [QUESTIONS[1]], SHORT)
    stop = whole.text[3:6]
    expected = whole.text[: whole.text.index(stop)]
    cutting = SHORT.with_(stop=("never in it", stop))
    (cut,) = generator.generate(model, [QUESTIONS[1]], cutting)
    assert cut.text.rstrip() == expected.rstrip()
    assert cut.finish_reason == "stop"
    *pieces, last = generator.stream(model, QUESTIONS[1], cutting)
    assert "".join(str(piece) for piece in pieces) == cut.text
    assert isinstance(last, Answer) and last.text == cut.text


def test_tokens_that_are_asked_for_make_up_the_answer(
    generator: TextGenerator, model: ModelHandle
) -> None:
    (answer,) = generator.generate(model, [QUESTIONS[1]], SHORT.with_(logprobs=0))
    assert answer.logprobs is not None
    assert "".join(token.token for token in answer.logprobs) == answer.text
    assert all(token.logprob <= 0 and token.top == () for token in answer.logprobs)
    (plain,) = generator.generate(model, [QUESTIONS[1]], SHORT)
    assert plain.logprobs is None and plain.text == answer.text


def test_nothing_to_answer_gives_nothing(generator: TextGenerator, model: ModelHandle) -> None:
    assert generator.generate(model, [], SHORT) == []


def test_a_stream_ends_with_the_whole_answer(generator: TextGenerator, model: ModelHandle) -> None:
    *pieces, last = generator.stream(model, QUESTIONS[2], SHORT)
    assert isinstance(last, Answer)
    assert "".join(str(piece) for piece in pieces) == last.text
    assert last.text == generator.generate(model, [QUESTIONS[2]], SHORT)[0].text


def test_a_stream_that_nobody_reads_on_leaves_the_generator_usable(
    generator: TextGenerator, model: ModelHandle
) -> None:
    stream = generator.stream(model, QUESTIONS[2], SHORT)
    next(stream)
    del stream
    assert len(generator.generate(model, QUESTIONS, SHORT)) == 3


def test_a_cancelled_generation_raises_and_the_next_one_works(
    generator: TextGenerator, model: ModelHandle
) -> None:
    heard: list[int] = []
    stop: Callable[[], bool] = lambda: len(heard) >= 1  # noqa: E731
    with pytest.raises(Conflict):
        generator.generate(
            model,
            QUESTIONS,
            SHORT,
            on_answer=lambda index, answer: heard.append(index),
            cancelled=stop,
        )
    assert len(generator.generate(model, QUESTIONS, SHORT)) == 3


def test_closing_twice_changes_nothing(generator: TextGenerator, model: ModelHandle) -> None:
    generator.generate(model, QUESTIONS[:1], SHORT)
    generator.close()
    generator.close()
