"""Vectors of the real embedding model: what they are, and what happens to their worker."""

from __future__ import annotations

import math
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.local import manifest, minilm
from backends.local.embedder import AT_ONCE, WorkerEmbedder
from studio.domain.errors import Conflict, ModelRefused, WorkerFailed
from tests.fakes.measuring import wait_until

REFERENCE = {
    "This is an example sentence": (0.0676569, 0.0634959, 0.0487131, 0.0793049, 0.0374480),
    "Each sentence is converted": (0.0864386, 0.1027626, 0.0053946, 0.0020445, -0.0099633),
}
"""What sentence-transformers gives for these, by its publisher's model card: the first five."""
LONG = "word " * 2_000


@pytest.fixture(scope="module")
def embedder(embedding_models: Path) -> Iterator[WorkerEmbedder]:
    made = WorkerEmbedder(embedding_models)
    yield made
    made.close()


def likeness(one: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def test_the_tokens_of_each_text_are_told_those_that_do_not_count_too(
    embedder: WorkerEmbedder,
) -> None:
    heard: dict[int, int] = {}
    embedder.embed(["word", "word " * 300, "word word"], counted=heard.__setitem__)
    assert heard == {0: 3, 1: 302, 2: 4}
    assert heard[1] > embedder.most_tokens() == 256


def test_vectors_are_those_of_the_reference(embedder: WorkerEmbedder) -> None:
    for vector, expected in zip(embedder.embed(list(REFERENCE)), REFERENCE.values(), strict=True):
        assert len(vector) == embedder.dimensions()
        assert vector[:5] == pytest.approx(expected, abs=2e-6)
        assert likeness(vector, vector) == pytest.approx(1)


def test_texts_of_like_meaning_are_close(embedder: WorkerEmbedder) -> None:
    question, right, wrong = embedder.embed(
        ["How do I get my money back?", "Refunds are paid within a week.", "The sky is blue."]
    )
    assert likeness(question, right) > likeness(question, wrong) + 0.2


def test_a_vector_does_not_depend_on_its_company(embedder: WorkerEmbedder) -> None:
    texts = [LONG, "short", "", "a text of middling length " * 9, "émoji 🙂 日本語"]
    for text, vector in zip(texts, embedder.embed(texts), strict=True):
        (alone,) = embedder.embed([text])
        assert likeness(alone, vector) == pytest.approx(1, abs=1e-5)


def test_a_text_is_known_by_its_first_256_tokens(embedder: WorkerEmbedder) -> None:
    kept, longer = embedder.embed(["word " * 254, LONG])
    assert likeness(kept, longer) == pytest.approx(1, abs=1e-5)


def test_half_characters_are_embedded_too(embedder: WorkerEmbedder) -> None:
    assert len(embedder.embed(["half \ud83d character"])[0]) == embedder.dimensions()


def test_progress_reaches_the_end_over_several_requests(embedder: WorkerEmbedder) -> None:
    heard: list[int] = []
    texts = [f"text {number}" for number in range(AT_ONCE + 50)]
    vectors = embedder.embed(texts, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == len(texts)
    assert likeness(vectors[-1], embedder.embed(texts[-1:])[0]) == pytest.approx(1, abs=1e-5)


def test_nothing_gives_nothing(embedder: WorkerEmbedder) -> None:
    assert embedder.embed([]) == []


def test_cancelling_raises_and_the_next_request_works(embedder: WorkerEmbedder) -> None:
    heard: list[int] = []
    with pytest.raises(Conflict):
        embedder.embed([LONG] * 500, progress=heard.append, cancelled=lambda: bool(heard))
    assert embedder.embed(["works"])


def test_a_question_does_not_wait_for_an_index(embedder: WorkerEmbedder) -> None:
    indexed, stop, begun = threading.Event(), threading.Event(), threading.Event()

    def index() -> None:
        with pytest.raises(Conflict):
            embedder.embed([LONG] * 1_000, progress=lambda done: begun.set(), cancelled=stop.is_set)
        indexed.set()

    thread = threading.Thread(target=index)
    thread.start()
    assert begun.wait(60)
    assert embedder.embed(["a question"])
    assert not indexed.is_set()
    stop.set()
    thread.join(60)
    assert indexed.is_set()


def test_a_killed_worker_is_said_in_a_sentence_and_the_next_request_starts_another(
    embedder: WorkerEmbedder,
) -> None:
    embedder.embed(["start"])
    killed = embedder.worker_pid
    assert killed is not None

    def kill(done: int) -> None:
        os.kill(killed, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)

    with pytest.raises(WorkerFailed, match="embedding worker"):
        embedder.embed([LONG] * 500, progress=kill)
    assert embedder.embed(["again"])
    assert embedder.worker_pid != killed


def test_an_unused_worker_ends(embedding_models: Path, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "embed.log"
    embedder = WorkerEmbedder(embedding_models, log, idle_seconds=0.2)
    try:
        embedder.embed(["once"])
        wait_until(lambda: embedder.worker_pid is None)
    finally:
        embedder.close()
    assert log.exists()


@pytest.mark.parametrize("published", [False, True])
def test_altered_files_are_refused_even_with_a_manifest_of_their_own(
    embedding_models: Path, tmp_path: Path, published: bool
) -> None:
    folder = minilm.folder_of(tmp_path)
    shutil.copytree(minilm.folder_of(embedding_models), folder)
    config = (folder / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(config + " ", encoding="utf-8")
    if published:
        manifest.publish(folder)
    embedder = WorkerEmbedder(tmp_path)
    try:
        with pytest.raises(ModelRefused, match=r"config\.json"):
            embedder.embed(["x"])
    finally:
        embedder.close()
