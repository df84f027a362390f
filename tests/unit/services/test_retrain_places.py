"""Places of a cycle: the policy's own, its fallback in plain words, consent, cost, and no place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from studio.domain.costing import Figure
from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.errors import NotFound
from studio.domain.jobs import JobStatus
from studio.domain.models import ModelVersion
from studio.domain.training import (
    Blocker,
    Disclosure,
    Effort,
    Hyperparameters,
    Objective,
    PersonalData,
    Plan,
    TrainingSpec,
)
from studio.domain.tuning_terms import TuningTerms
from studio.services.retrain_places import RetrainPlaces, Surroundings
from tests.fakes.training import FakeBackend
from tests.unit.services.test_training_elsewhere import SENT, disclosing
from tests.unit.services.training_desk import Desk as TrainingDesk
from tests.unit.store.cycles import NOON, cycle, policy

HOST = "api.openai.com"
HOSTED: dict[str, Any] = {
    "backend": "endpoint:openai",
    "base_model": "gpt-4.1-mini",
    "fallback_model": "small",
    "agreed_to": HOST,
}


class Desk:
    """A chooser among this machine and one endpoint, with plans as a test wants them."""

    def __init__(self, folder: Path) -> None:
        self.deployment = Deployment(
            id="deployment_1",
            project_id="project_1",
            name="router",
            slots={Slot.CHAMPION: "revision_1"},
            salt="x",
            created_at=NOON,
        )
        self.model_id = "small"
        self.closed = ""
        self.ends: date | None = None
        self.hour = Figure(mid=0.5, unit="USD", basis="put in")
        self.blockers: Callable[[TrainingSpec], tuple[Blocker, ...]] = lambda spec: ()
        self.personal: tuple[PersonalData, ...] | None = ()
        self.usd: float | None = 1.25
        self.now = NOON
        self.planned: list[TrainingSpec] = []
        here, there = FakeBackend(folder / "here"), FakeBackend(folder / "there")
        there.unavailable_because = lambda: self.closed or None  # type: ignore[method-assign]
        self.around = Surroundings(
            training=self,
            backends={"local": here, "endpoint:openai": there},
            deployment=lambda id: self.deployment,
            revision=self.revision,
            model_version=self.version,
            terms=lambda backend, model: TuningTerms(
                basis="", ends=self.ends if backend != "local" else None
            ),
            hour=lambda project: self.hour,
            clock=lambda: self.now,
        )
        self.places = RetrainPlaces(self.around)

    def revision(self, id: str) -> Revision:
        return Revision(
            id=id,
            deployment_id="deployment_1",
            number=1,
            name="Router",
            model_id=self.model_id,
            created_at=NOON,
        )

    def version(self, id: str) -> ModelVersion:
        if id != "model_1":
            raise NotFound(f"There is no model version {id}.")
        return ModelVersion(
            id=id,
            project_id="project_1",
            name="Router",
            base_model="small",
            job_id="job_1",
            dataset_version_id="version_1",
            path="",
            method="lora",
            manifest_sha256="",
            validation_loss=None,
            created_at=NOON,
        )

    def recommended(
        self,
        version_id: str,
        base_model: str,
        effort: Effort,
        backend: str = "local",
        objective: Objective = Objective.SFT,
    ) -> Hyperparameters:
        if backend == "local" and base_model != "small":
            raise NotFound(f"There is no base model {base_model}.")
        return Hyperparameters(epochs=4)

    def plan(self, spec: TrainingSpec) -> Plan:
        self.planned.append(spec)
        disclosure = None
        if spec.hosted:
            disclosure = Disclosure(
                host=HOST, files=(), personal_data=self.personal, fingerprint="abc"
            )
        return Plan(
            device="CPU",
            memory_needed=None,
            memory_available=None,
            disk_needed=None,
            disk_available=None,
            seconds_low=600,
            seconds_high=3600,
            basis="",
            total_steps=10,
            train_examples=90,
            validation_examples=10,
            train_tokens=None,
            blockers=self.blockers(spec),
            disclosure=disclosure,
            usd=self.usd if spec.hosted else None,
        )

    def choose(self, **changes: Any) -> Any:
        return self.places.choose(cycle(policy=policy(**changes)), "version_9")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_cycle_trains_the_base_of_the_champion_never_its_adapter(desk: Desk) -> None:
    desk.model_id = "model_1"
    place = desk.choose(hyperparameters={"lora_rank": 4})
    assert (place.spec.base_model, place.spec.backend) == ("small", "local")
    assert (place.spec.name, place.spec.dataset_version_id) == ("router cycle 1", "version_9")
    assert (place.spec.hyperparameters.epochs, place.spec.hyperparameters.lora_rank) == (4, 4)
    assert place.why == "Trains small on this machine."


@pytest.mark.parametrize(("mid", "usd"), [(0.5, Decimal("0.5")), (None, None)])
def test_this_machine_costs_its_time_where_an_hour_of_it_has_a_price(
    desk: Desk, mid: float | None, usd: Decimal | None
) -> None:
    desk.hour = Figure(mid=mid, unit="USD", basis="")
    assert desk.choose().usd == usd


def test_a_provider_is_sent_data_where_a_person_agreed_to_its_host(desk: Desk) -> None:
    place = desk.choose(**HOSTED)
    assert (place.spec.backend, place.spec.agreed, place.usd) == (
        "endpoint:openai",
        "abc",
        Decimal("1.25"),
    )
    assert place.why == f"Trains gpt-4.1-mini at {HOST}, as a person agreed."
    desk.usd = None
    assert desk.choose(**HOSTED).usd is None


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"agreed_to": ""}, f"nobody agreed to send this deployment's data to {HOST}."),
        ({"agreed_to": "elsewhere.example"}, "nobody agreed to send"),
        ({"base_model": ""}, "the policy names no base model to train there."),
    ],
)
def test_otherwise_it_trains_here_and_says_why(
    desk: Desk, trouble: dict[str, Any], said: str
) -> None:
    place = desk.choose(**{**HOSTED, **trouble})
    assert place.spec.backend == "local"
    assert place.spec.agreed == ""
    assert place.why.startswith("Trains small on this machine. Not at openai: ")
    assert said in place.why


def test_personal_data_stays_here(desk: Desk) -> None:
    desk.personal = (PersonalData(kind="e-mail address", count=3),)
    assert "must not leave this machine: e-mail address (3)" in desk.choose(**HOSTED).why
    desk.personal = None
    assert desk.choose(**HOSTED).spec.backend == "local"


def test_a_provider_that_trains_nothing_or_not_for_long_is_not_waited_for(desk: Desk) -> None:
    desk.closed = "OpenAI makes no new fine-tuning jobs since 2027-01-06."
    assert desk.closed in desk.choose(**HOSTED).why
    desk.closed = ""
    desk.ends = NOON.date() + timedelta(days=90)
    assert "gpt-4.1-mini shuts down on 2027-02-22" in desk.choose(**HOSTED).why
    desk.ends = NOON.date() + timedelta(days=91)
    assert desk.choose(**HOSTED).spec.backend == "endpoint:openai"


def test_without_any_place_every_reason_is_told(desk: Desk) -> None:
    desk.blockers = lambda spec: (Blocker(what="Too little memory.", remedy="Buy some."),)
    place = desk.choose(**HOSTED)
    assert place.spec is None
    assert place.why == "openai: Too little memory. this machine: Too little memory."
    gone = desk.choose(**{**HOSTED, "backend": "endpoint:gone", "fallback_backend": None})
    assert (gone.spec, gone.why) == (None, "gone: there is no such place any more.")
    missing = desk.choose(base_model="large")
    assert missing.why == "this machine: There is no base model large."


def test_a_few_rows_that_do_not_fit_are_left_out_and_told(desk: Desk) -> None:
    def long(spec: TrainingSpec) -> tuple[Blocker, ...]:
        missing = [id for id in ("ex_1", "ex_2") if id not in spec.leave_out]
        ids = tuple(missing[:1])
        return (Blocker(what="1 example is too long.", remedy="", example_ids=ids),) if ids else ()

    desk.blockers = long
    place = desk.choose()
    assert place.spec.leave_out == ("ex_1", "ex_2")
    assert place.why.endswith("2 rows are left out that would not fit.")


def test_many_rows_that_do_not_fit_stop_it(desk: Desk) -> None:
    ids = tuple(f"ex_{n}" for n in range(21))
    desk.blockers = lambda spec: (
        (Blocker(what="Many are too long.", remedy="", example_ids=ids),)
        if not spec.leave_out
        else ()
    )
    assert desk.choose().why == "this machine: Many are too long."


@pytest.mark.parametrize(
    ("model_id", "backend", "base"),
    [
        ("endpoint:openai/gpt-4.1-mini", "endpoint:openai", "gpt-4.1-mini"),
        ("endpoint:openai/ft:gpt-4.1-mini:acme::abc", "endpoint:openai", "gpt-4.1-mini"),
    ],
)
def test_a_champion_elsewhere_is_trained_anew_from_its_base(
    desk: Desk, model_id: str, backend: str, base: str
) -> None:
    desk.model_id = model_id
    place = desk.choose(backend=backend, agreed_to=HOST)
    assert place.spec.base_model == base


def test_what_a_cycle_would_cost_is_looked_up_once_in_a_while(desk: Desk) -> None:
    outlook = desk.places.outlook(policy(dataset_version_id="version_1"))
    assert (outlook.usd, outlook.why_not) == (Decimal("0.5"), "")
    desk.places.outlook(policy(dataset_version_id="version_1"))
    assert len(desk.planned) == 1
    desk.now += timedelta(minutes=11)
    desk.places.outlook(policy(dataset_version_id="version_1"))
    assert len(desk.planned) == 2
    assert "no original data" in desk.places.outlook(policy()).why_not


def test_the_end_of_the_champions_base_is_known(desk: Desk) -> None:
    desk.ends = date(2027, 1, 14)
    assert desk.places.shutdown(desk.deployment) is None
    desk.model_id = "endpoint:openai/gpt-4.1-mini"
    assert desk.places.shutdown(desk.deployment) == date(2027, 1, 14)
    assert desk.places.shutdown(desk.deployment.with_(slots={})) is None


def test_what_was_chosen_is_what_the_training_service_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TrainingDesk(tmp_path / "real")
    disclosing(real, monkeypatch)
    desk = Desk(tmp_path)
    places = RetrainPlaces(
        dataclasses.replace(
            desk.around, training=real.training, backends={"endpoint:acme": real.hosted}
        )
    )
    chosen = policy(backend="endpoint:acme", base_model="their-model", agreed_to=SENT.host)
    place = places.choose(cycle(policy=chosen), real.spec().dataset_version_id)
    assert place.spec is not None and place.spec.agreed == SENT.fingerprint
    assert real.training.start(place.spec, job_id="job_1").status is JobStatus.QUEUED
