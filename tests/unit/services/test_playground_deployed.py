"""The playground asks a deployment as everybody else does, and keeps who answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.domain.datasets import Message
from studio.domain.deployments import Slot
from studio.domain.errors import NotFound, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Inference
from studio.services.playground import PlaygroundService
from tests.fakes.deployed import DeployedAnswers

WHY = {"actor": "ada", "reason": "A test wants it."}
HELLO = [Message(role="user", content="Hello there")]


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.shadows.close()
    made.bench.database.close()


def ask(playground: PlaygroundService, name: str = "router", session: str = "") -> Inference:
    return playground.answer(
        model_id=f"deployment:{name}",
        messages=HELLO,
        decoding=Decoding(),
        project_id="project_1",
        session=session,
    )


def test_an_answer_says_which_revision_gave_it(answers: DeployedAnswers) -> None:
    kept = ask(answers.playground, session="pane 1")
    assert kept.output == "Tuned: Hello there"
    assert (kept.deployment_id, kept.revision_id) == (answers.router.id, answers.champion.id)
    assert (kept.variant, kept.session, kept.model_id) == ("champion", "pane 1", "tuned")
    assert answers.kept.inference(kept.id) == kept


def test_a_stream_begun_before_a_promotion_is_kept_as_its_own(answers: DeployedAnswers) -> None:
    pieces = answers.playground.stream(
        model_id="deployment:router",
        messages=HELLO,
        decoding=Decoding(),
        project_id="project_1",
    )
    told = [next(pieces)]
    answers.deployments.promote(answers.router.id, answers.better.id, **WHY)
    *told[1:], kept = pieces
    assert "".join(map(str, told)) == "Tuned: Hello there"
    assert isinstance(kept, Inference) and kept.model_id == "tuned"
    assert ask(answers.playground).model_id == "better"


def test_what_is_asked_here_is_copied_to_the_shadow_too(answers: DeployedAnswers) -> None:
    answers.deployments.place(answers.router.id, Slot.SHADOW, answers.better.id, **WHY)
    kept = ask(answers.playground)
    answers.shadows.settle()
    (copy,) = answers.answers("shadow")
    assert copy.metadata == {"shadow_of": kept.id} and copy.output == "Better: Hello there"


def test_a_failed_answer_is_kept_with_the_reason(answers: DeployedAnswers) -> None:
    answers.generator.break_after(0)
    with pytest.raises(WorkerFailed):
        ask(answers.playground)
    (kept,) = answers.answers()
    assert kept.error and kept.output == "" and kept.variant == "champion"


def test_a_deployment_that_is_not_there_is_told(answers: DeployedAnswers) -> None:
    with pytest.raises(NotFound, match="no deployment gone"):
        ask(answers.playground, "gone")
