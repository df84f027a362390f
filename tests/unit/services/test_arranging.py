"""What a revision's setup puts around a conversation is what the ladder measured."""

from __future__ import annotations

import pytest

from studio.domain.datasets import Message, Split
from studio.domain.deployments import Revision
from studio.domain.errors import NotFound
from studio.domain.ladder import Rung, RungSetup
from studio.domain.retrieval import Corpus, RetrievalMode
from studio.domain.values import now
from studio.services.arranging import Arranger
from studio.services.ladder_prompts import PromptMaker
from tests.fakes.ladder_parts import WordCounts
from tests.fakes.measuring import Bench
from tests.unit.services.shelf import Shelf

ASKED = (
    Message(role="system", content="The client's own."),
    Message(role="user", content="Hello"),
    Message(role="assistant", content="Hello to you"),
    Message(role="user", content="When do parcels arrive?"),
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def arranger(bench: Bench, shelf: Shelf) -> Arranger:
    prompts = PromptMaker(bench.datasets, bench.models, shelf.service, WordCounts())
    return Arranger(bench.models, prompts)


def revision(**setup: object) -> Revision:
    made = RungSetup(model_id="tuned", **setup) if setup else None  # type: ignore[arg-type]
    return Revision(
        id="revision_1",
        deployment_id="deployment_1",
        number=1,
        name="v1",
        model_id="tuned",
        setup=made,
        suite_version_id="version_1",
        created_at=now(),
    )


def test_without_a_setup_it_is_asked_as_it_comes(arranger: Arranger) -> None:
    assert arranger.arrange(revision(), [ASKED, ASKED[1:2]]) == [ASKED, ASKED[1:2]]


def test_instructions_take_the_place_of_the_clients_and_the_last_turn_is_put_into_the_template(
    arranger: Arranger,
) -> None:
    (told,) = arranger.arrange(
        revision(rung=Rung.FINE_TUNE, system="Be brief.", template="Q: {question}"), [ASKED]
    )
    assert told[0] == Message(role="system", content="Be brief.")
    assert told[1:3] == ASKED[1:3]
    assert told[3:] == (Message(role="user", content="Q: When do parcels arrive?"),)


def test_passages_are_found_for_the_last_question(
    arranger: Arranger, bench: Bench, indexed: Corpus
) -> None:
    base = bench.models.base("base")
    facts = base.facts.with_(context_length=2048)
    bench.model_store.add_base(base.with_(id="wide", name="Wide", facts=facts))
    setup = RungSetup(
        rung=Rung.RAG, model_id="wide", corpus_id=indexed.id, passages=1, mode=RetrievalMode.KEYWORD
    )
    (told,) = arranger.arrange(revision().with_(model_id="wide", setup=setup), [ASKED])
    assert "Parcels arrive within two days." in told[-1].content
    assert "thirty days" not in told[-1].content


@pytest.mark.parametrize("choice", ["fixed", "nearest"])
def test_solved_examples_come_from_the_training_split(
    arranger: Arranger, bench: Bench, choice: str
) -> None:
    shown = revision(rung=Rung.FEW_SHOT, shots=2, shot_choice=choice)
    first, second = (arranger.arrange(shown, [ASKED])[0] for _ in range(2))
    assert first == second
    assert [turn.role for turn in first[:5]] == ["system", "user", "assistant", "user", "assistant"]
    trained = {e.prompt[-1].content for e in bench.datasets.examples("version_1", Split.TRAIN)}
    assert {first[1].content, first[3].content} <= trained


def test_documents_that_are_gone_are_told(arranger: Arranger) -> None:
    with pytest.raises(NotFound):
        arranger.arrange(revision(rung=Rung.RAG, corpus_id="corpus_gone"), [ASKED])
    gone = revision(rung=Rung.FEW_SHOT, shots=2).with_(suite_version_id="version_gone")
    with pytest.raises(NotFound):
        arranger.arrange(gone, [ASKED])


def test_the_handle_is_that_of_the_model(arranger: Arranger) -> None:
    assert arranger.handle(revision()).id == "tuned"
