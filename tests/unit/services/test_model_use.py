"""What a deployment's slot points at is not deleted, and whoever tries is told which one it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.domain.deployments import Slot
from studio.domain.errors import Conflict
from studio.domain.ladder import Rung, RungSetup
from studio.domain.retraining import CycleState
from studio.services import model_use
from studio.services.endpoints import EndpointService
from studio.services.models import ModelService
from studio.store.deployments import DeploymentStore
from studio.store.endpoints import EndpointStore
from studio.store.jobs import JobStore
from studio.store.retraining import RetrainingStore
from tests.fakes.deployed import DeployedAnswers
from tests.fakes.measuring import NoLibrary
from tests.unit.store.cycles import NOON, cycle

WHY = {"actor": "ada", "reason": "A test wants it."}


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.bench.database.close()


@pytest.fixture
def models(answers: DeployedAnswers) -> ModelService:
    model_user, _ = model_use.of(answers.database)
    jobs = JobStore(answers.database)
    return ModelService(answers.bench.model_store, jobs, NoLibrary(), needed_by=model_user)


def test_a_tuned_model_in_a_slot_is_kept(models: ModelService) -> None:
    with pytest.raises(Conflict, match="deployment router, as anchor and champion"):
        models.remove_version("tuned")
    assert models.version("tuned").name == "Tuned"


def test_one_that_is_in_no_slot_any_more_can_go(
    answers: DeployedAnswers, models: ModelService
) -> None:
    router = answers.router.id
    answers.deployments.promote(router, answers.better.id, **WHY)
    with pytest.raises(Conflict, match="anchor and previous"):
        models.remove_version("tuned")
    answers.deployments.clear(router, Slot.PREVIOUS, **WHY)
    answers.deployments.place(router, Slot.ANCHOR, answers.better.id, **WHY)
    models.remove_version("tuned")
    assert "tuned" not in models.names()


def test_a_candidate_that_is_being_judged_is_kept(
    answers: DeployedAnswers, models: ModelService
) -> None:
    tuned = models.version("tuned")
    version = tuned.with_(id="candidate", name="Candidate", job_id="job_9")
    answers.bench.model_store.add_version(version)
    cycles = RetrainingStore(answers.database)
    waits = cycle(job_id=version.job_id, state=CycleState.AWAITING_APPROVAL)
    begun = cycles.begin(waits, "Why.")
    with pytest.raises(Conflict, match="a retraining made it"):
        models.remove_version("candidate")
    cycles.move(begun, CycleState.REJECTED, "Declined.", at=NOON)
    models.remove_version("candidate")


def test_a_base_model_that_answers_itself_is_kept(
    answers: DeployedAnswers, models: ModelService
) -> None:
    answers.bench.add_base("plain", manifest="c" * 64)
    bare = answers.deployments.add_revision(answers.router.id, model_id="plain")
    answers.deployments.place(answers.router.id, Slot.SHADOW, bare.id, **WHY)
    with pytest.raises(Conflict, match="router, as shadow"):
        models.remove("plain")
    answers.deployments.clear(answers.router.id, Slot.SHADOW, **WHY)
    models.remove("plain")


def test_documents_that_are_looked_up_are_kept(answers: DeployedAnswers) -> None:
    _, corpus_user = model_use.of(answers.database)
    assert corpus_user("corpus_1") is None
    setup = RungSetup(rung=Rung.RAG, model_id="tuned", corpus_id="corpus_1")
    grounded = answers.deployments.add_revision(answers.router.id, model_id="tuned", setup=setup)
    assert corpus_user("corpus_1") is None
    # Only where it stands matters here; it could not answer without its documents.
    answers.deployments.place(answers.router.id, Slot.ANCHOR, grounded.id, **WHY)
    assert corpus_user("corpus_1") == "it is in use by the deployment router, as anchor"


def test_a_server_whose_model_is_in_a_slot_is_kept(answers: DeployedAnswers) -> None:
    server = EndpointService(
        EndpointStore(answers.database),
        {}.get,
        lambda: pytest.fail(),
        model_use.server(answers.database),
    )
    server.add("office", "http://127.0.0.1:8000/v1", ["loud"])
    server.add("spare", "http://127.0.0.1:8001/v1", ["loud"])
    DeploymentStore(answers.database).add_revision(
        answers.better.with_(id="hosted", number=9, model_id="endpoint:office/loud")
    )
    answers.deployments.place(answers.router.id, Slot.ANCHOR, "hosted", **WHY)
    with pytest.raises(Conflict, match="office is still needed: it is in use by the deployment"):
        server.remove("office")
    server.remove("spare")
    answers.deployments.place(answers.router.id, Slot.ANCHOR, answers.better.id, **WHY)
    server.remove("office")
    assert server.all() == []


def test_a_server_that_a_tuned_model_in_a_slot_lies_at_is_kept(answers: DeployedAnswers) -> None:
    tuned = answers.bench.model_store.version("tuned")
    hosted = tuned.with_(id="far", job_id="job_far", endpoint="office", remote_model="ft:x")
    answers.bench.model_store.add_version(hosted)
    DeploymentStore(answers.database).add_revision(
        answers.better.with_(id="hosted", number=9, model_id="far")
    )
    answers.deployments.place(answers.router.id, Slot.ANCHOR, "hosted", **WHY)
    user = model_use.server(answers.database)
    assert "router, as anchor" in (user("office") or "")
    assert user("spare") is None
