"""The worker's life: it starts when needed, its end is told in a sentence, and it comes back."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backends.local import manifest
from backends.local.generator import WorkerGenerator
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, ModelRefused, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.models import BaseModel, ModelHandle

QUESTION = [Message(role="user", content="What is the capital of France?")]
LONG = Decoding(max_new_tokens=2_000, temperature=2.0)
SHORT = Decoding(max_new_tokens=16)


def comes_true(what: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    return what()


@pytest.fixture(scope="module")
def shared() -> Iterator[WorkerGenerator]:
    made = WorkerGenerator()
    yield made
    made.close()


@pytest.fixture
def model(starter_model: BaseModel) -> ModelHandle:
    return ModelHandle(
        id=starter_model.id,
        name=starter_model.name,
        base_path=starter_model.path,
        base_manifest_sha256=starter_model.manifest_sha256,
    )


@pytest.fixture
def altered(starter_model: BaseModel, tmp_path: Path) -> Path:
    """A copy of the starter model to spoil; the weights are linked, not copied."""
    copy = tmp_path / "model"
    copy.mkdir()
    for path in Path(starter_model.path).iterdir():
        if path.suffix == ".safetensors":
            os.link(path, copy / path.name)
        else:
            shutil.copy(path, copy / path.name)
    return copy


def test_the_starter_model_knows_the_capital_of_france(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    (answer,) = shared.generate(model, [QUESTION], SHORT)
    assert "Paris" in answer.text
    assert answer.finish_reason == "stop"


def test_a_killed_worker_is_said_in_a_sentence_and_the_next_request_starts_another(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    stream = shared.stream(model, QUESTION, LONG)
    next(stream)
    killed = shared.worker_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    with pytest.raises(WorkerFailed, match=r"killed, most likely|ended unexpectedly"):
        list(stream)
    (answer,) = shared.generate(model, [QUESTION], SHORT)
    assert "Paris" in answer.text
    assert shared.worker_pid != killed


def test_a_chat_is_answered_while_a_long_evaluation_runs(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    done, stop = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def evaluate() -> None:
        try:
            shared.generate(model, [QUESTION] * 20, LONG, cancelled=stop.is_set)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            failures.append(error)
        done.set()

    thread = threading.Thread(target=evaluate)
    thread.start()
    *_, last = shared.stream(model, QUESTION, SHORT)
    assert isinstance(last, Answer)
    assert not done.is_set()
    stop.set()
    thread.join(30)
    assert [type(failure).__name__ for failure in failures] == ["Conflict"]


def test_closing_ends_a_busy_worker_within_five_seconds(model: ModelHandle) -> None:
    generator = WorkerGenerator()
    stream = generator.stream(model, QUESTION, LONG)
    next(stream)
    worker = generator.worker_pid
    assert worker is not None
    started = time.monotonic()
    generator.close()
    assert time.monotonic() - started < 5
    assert not psutil.pid_exists(worker)
    with pytest.raises(WorkerFailed, match="closed"):
        list(stream)


def test_an_unused_worker_ends_and_a_request_starts_another(
    model: ModelHandle, tmp_path: Path
) -> None:
    generator = WorkerGenerator(tmp_path / "logs" / "generate.log", idle_seconds=0.2)
    try:
        generator.generate(model, [QUESTION], SHORT)
        assert comes_true(lambda: generator.worker_pid is None)
        (answer,) = generator.generate(model, [QUESTION], SHORT)
        assert "Paris" in answer.text
    finally:
        generator.close()
    assert (tmp_path / "logs" / "generate.log").exists()


def test_a_worker_lives_on_when_the_thread_that_first_asked_ends(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    shared.close()
    thread = threading.Thread(target=lambda: shared.generate(model, [QUESTION], SHORT))
    thread.start()
    thread.join()
    first = shared.worker_pid
    assert shared.generate(model, [QUESTION], SHORT)
    assert shared.worker_pid == first


def test_sampled_answers_depend_on_the_seed_alone(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    def sampled(seed: int, companions: int) -> str:
        decoding = Decoding(max_new_tokens=12, temperature=1.5, top_p=0.9, seed=seed)
        others = [[Message(role="user", content=f"Count to {n}.")] for n in range(companions)]
        return shared.generate(model, [QUESTION, *others], decoding)[0].text

    assert sampled(1, 0) == sampled(1, 3)
    assert len({sampled(seed, 0) for seed in range(4)}) > 1


def test_a_conversation_beyond_the_context_is_refused_with_both_lengths(
    shared: WorkerGenerator, model: ModelHandle
) -> None:
    endless = [Message(role="user", content="word " * 9_000)]
    with pytest.raises(InvalidInput, match=r"Conversation 2 has 9,0\d\d tokens, .* 8,192"):
        shared.generate(model, [QUESTION, endless], SHORT)


def test_an_altered_model_is_refused_before_it_is_loaded(
    shared: WorkerGenerator, altered: Path
) -> None:
    (altered / "config.json").write_text("{}")
    with pytest.raises(ModelRefused, match="config.json was altered"):
        shared.generate(ModelHandle(id="x", name="X", base_path=str(altered)), [QUESTION], SHORT)


@pytest.mark.parametrize("name", ["modeling_evil.py", "pytorch_model.bin"])
def test_a_model_that_could_run_code_is_refused_before_it_is_loaded(
    shared: WorkerGenerator, altered: Path, name: str
) -> None:
    (altered / name).write_bytes(b"import os")
    manifest.publish(altered)
    with pytest.raises(ModelRefused, match=name):
        shared.generate(ModelHandle(id="x", name="X", base_path=str(altered)), [QUESTION], SHORT)


def test_a_template_that_refuses_the_conversation_is_quoted(
    shared: WorkerGenerator, altered: Path
) -> None:
    (altered / "chat_template.jinja").write_text("{{ raise_exception('No system message.') }}")
    manifest.publish(altered)
    with pytest.raises(InvalidInput, match="No system message"):
        shared.generate(ModelHandle(id="y", name="Y", base_path=str(altered)), [QUESTION], SHORT)


def test_a_template_that_never_ends_is_stopped_within_seconds(
    shared: WorkerGenerator, altered: Path
) -> None:
    bomb = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    (altered / "chat_template.jinja").write_text(bomb)
    manifest.publish(altered)
    worker = shared.worker_pid
    with pytest.raises(ModelRefused, match="did not come to an end"):
        shared.generate(ModelHandle(id="b", name="B", base_path=str(altered)), [QUESTION], SHORT)
    assert shared.worker_pid == worker


def test_a_model_without_a_template_still_answers(shared: WorkerGenerator, altered: Path) -> None:
    (altered / "chat_template.jinja").unlink()
    manifest.publish(altered)
    handle = ModelHandle(id="z", name="Z", base_path=str(altered))
    (answer,) = shared.generate(handle, [QUESTION], SHORT)
    assert answer.output_tokens > 0
