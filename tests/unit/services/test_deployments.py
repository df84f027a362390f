"""A deployment is made, its revisions are tried before they are used, and sessions stay put."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.domain.datasets import Example, Message, Split
from studio.domain.deployments import Action, Slot
from studio.domain.errors import Conflict, InvalidInput, NotFound, StudioError
from studio.domain.ladder import Rung, RungSetup
from studio.store.cursor import Cursor
from tests.fakes.deployed import DeployedAnswers
from tests.fakes.evaluations import make_example
from tests.fakes.measuring import tuned_version, version_of

WHY = {"actor": "ada", "reason": "A test wants it."}


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.bench.database.close()


def test_the_first_revision_is_champion_and_anchor(answers: DeployedAnswers) -> None:
    router = answers.deployments.named("router")
    assert router.slots == {Slot.CHAMPION: answers.champion.id, Slot.ANCHOR: answers.champion.id}
    assert answers.champion.number == 1 and answers.champion.dataset_version_id == "version_1"
    (row,) = answers.deployments.ledger(router.id)
    assert (row.action, row.actor, row.seq) == (Action.CREATE, "ada", 1)
    assert answers.deployments.verify(router.id) is None


@pytest.mark.parametrize("name", ["Router", "a b", "-a", "a-", "", "a" * 64, "ft:x", "a_b"])
def test_a_name_is_one_for_addresses(answers: DeployedAnswers, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be called"):
        answers.deployments.create(project_id="project_1", name=name, model_id="tuned")


def test_what_is_not_there_or_taken_is_refused(answers: DeployedAnswers) -> None:
    with pytest.raises(NotFound, match="no model gone"):
        answers.deployments.create(project_id="project_1", name="fresh", model_id="gone")
    with pytest.raises(Conflict, match="already is a deployment"):
        answers.deployments.create(project_id="project_1", name="router", model_id="tuned")
    assert answers.deployments.known("fresh") is None
    with pytest.raises(NotFound, match="no deployment 'fresh'"):
        answers.deployments.named("fresh")


def test_a_tuned_model_is_asked_with_the_instructions_it_was_taught(
    answers: DeployedAnswers,
) -> None:
    taught = answers.bench.datasets.version("version_1").with_(
        id="version_2", number=2, system_prompt="Name the team."
    )
    answers.bench.datasets.add_version(taught, answers.bench.datasets.examples("version_1"))
    answers.bench.model_store.add_version(
        tuned_version().with_(id="told", job_id="job_3", dataset_version_id="version_2")
    )
    made = answers.deployments.add_revision(answers.router.id, model_id="told")
    assert made.setup == RungSetup(rung=Rung.FINE_TUNE, model_id="told", system="Name the team.")


def test_instructions_that_stand_before_most_examples_are_those_it_was_taught(
    answers: DeployedAnswers,
) -> None:
    def row(n: int, system: str) -> Example:
        plain = make_example(n, "refund", split=Split.TRAIN)
        said = [Message(role="system", content=system)] if system else []
        return plain.with_(messages=(*said, *plain.messages))

    for number, (version_id, often) in enumerate((("mostly", 7), ("half", 5)), 2):
        rows = [row(n, "Be kind." if n < often else "") for n in range(10)]
        answers.bench.datasets.add_version(version_of(version_id, number, rows), rows)
        answers.bench.model_store.add_version(
            tuned_version().with_(
                id=f"m_{version_id}", job_id=version_id, dataset_version_id=version_id
            )
        )
    mostly = answers.deployments.add_revision(answers.router.id, model_id="m_mostly")
    assert mostly.setup is not None and mostly.setup.system == "Be kind."
    half = answers.deployments.add_revision(answers.router.id, model_id="m_half")
    assert half.setup is None


@pytest.mark.parametrize(
    "setup",
    [
        RungSetup(rung=Rung.STAY, model_id="tuned"),
        RungSetup(rung=Rung.RAG, model_id="tuned"),
        RungSetup(rung=Rung.FEW_SHOT, model_id="tuned", shots=2),
        RungSetup(rung=Rung.PROMPT, model_id="tuned", template="no question"),
    ],
)
def test_a_setup_that_cannot_become_a_prompt_is_refused(
    answers: DeployedAnswers, setup: RungSetup
) -> None:
    with pytest.raises(InvalidInput):
        answers.deployments.add_revision(answers.router.id, model_id="tuned", setup=setup)


def test_the_same_revision_twice_is_the_same_one(answers: DeployedAnswers) -> None:
    first, second = (
        answers.deployments.add_revision(
            answers.router.id, model_id=model, revision_id="revision_of_cycle_1", cycle_id="cycle_1"
        )
        for model in ("better", "gone")
    )
    assert first == second and first.number == 3


def test_who_does_not_answer_is_refused_before_anything_changes(answers: DeployedAnswers) -> None:
    router, deployments = answers.router.id, answers.deployments
    deployments.promote(router, answers.better.id, **WHY)
    before = answers.now_is()
    third = deployments.add_revision(router, model_id="tuned")
    answers.generator.break_after(0)
    attempts = (
        lambda: deployments.promote(router, third.id, **WHY),
        lambda: deployments.rollback(router, **WHY),
        lambda: deployments.place(router, Slot.CANDIDATE, third.id, **WHY),
        lambda: deployments.place(router, Slot.SHADOW, third.id, **WHY),
    )
    for attempt in attempts:
        with pytest.raises(Conflict, match="does not answer, so nothing was changed"):
            attempt()
    assert answers.now_is() == before
    with pytest.raises(StudioError):
        deployments.check(third.id)
    answers.generator.break_after(None)
    assert deployments.check(third.id).text
    assert deployments.rollback(router, **WHY).slots[Slot.CHAMPION] == before.slots[Slot.PREVIOUS]


def test_a_canary_is_ended_even_when_nothing_answers(answers: DeployedAnswers) -> None:
    router, better = answers.router.id, answers.better.id
    answers.deployments.place(router, Slot.CANDIDATE, better, share=0.5, **WHY)
    answers.generator.break_after(0)
    ended = answers.deployments.rollback(router, **WHY)
    assert Slot.CANDIDATE not in ended.slots and ended.share == 0
    assert answers.deployments.revision(better).quarantined
    answers.generator.break_after(None)
    with pytest.raises(Conflict, match="was rolled back"):
        answers.deployments.promote(router, better, **WHY)


def test_what_goes_with_a_change_is_written_with_it(answers: DeployedAnswers) -> None:
    router = answers.router.id

    def refuse(cursor: Cursor) -> None:
        raise Conflict("The cycle has moved on.")

    with pytest.raises(Conflict, match="moved on"):
        answers.deployments.promote(router, answers.better.id, also=refuse, **WHY)
    assert answers.now_is().slots[Slot.CHAMPION] == answers.champion.id
    assert len(answers.deployments.ledger(router)) == 1


def test_a_change_without_a_reason_is_refused(answers: DeployedAnswers) -> None:
    with pytest.raises(InvalidInput, match="needs a reason"):
        answers.deployments.promote(answers.router.id, answers.better.id, actor="ada", reason=" ")


def test_the_feedback_page_has_one_secret_address(answers: DeployedAnswers) -> None:
    router = answers.router.id
    first = answers.deployments.open_link(router).link
    second = answers.deployments.open_link(router).link
    assert len(second) >= 24 and first != second
    assert answers.deployments.by_link(first) is None
    found = answers.deployments.by_link(second)
    assert found is not None and found.id == router
    answers.deployments.close_link(router)
    assert answers.deployments.by_link(second) is None and answers.deployments.by_link("") is None


def test_words_and_consent_are_changed(answers: DeployedAnswers) -> None:
    changed = answers.deployments.change(answers.router.id, description=" Sorts. ", may_train=False)
    assert (changed.description, changed.may_train) == ("Sorts.", False)
    assert answers.now_is() == changed


def test_sessions_stay_with_who_answered_them_while_the_share_grows(
    answers: DeployedAnswers,
) -> None:
    router = answers.router.id
    answers.deployments.place(router, Slot.CANDIDATE, answers.better.id, share=0.0, **WHY)
    sessions = [f"user {n}" for n in range(200)]
    moved: set[str] = set()
    for share in (0.05, 0.25, 0.5, 1.0):
        now_is = answers.deployments.split(router, share, **WHY)
        theirs = {
            one for one in sessions if answers.deployments.route(now_is, one).variant == "candidate"
        }
        assert moved <= theirs
        moved = theirs
    assert moved == set(sessions)
