"""Tokens, memory, ways to tune and speeds, as a user asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.domain.charters import Residency
from studio.domain.costing import Estimate
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.jobs import JobStatus
from studio.domain.values import new_id, now
from studio.services.charters import CharterService
from studio.services.estimates import PROBE_SECONDS, EstimateService
from studio.services.sizes import SizeTables, sample_examples
from studio.store.charters import CharterStore
from studio.store.estimates import EstimateStore
from studio.store.prices import PriceStore
from studio.store.projects import ProjectStore
from tests.benchmarks.measured_rows import ASSETS
from tests.fakes.instruments import FakeInstruments
from tests.unit.services.training_desk import Desk
from tests.unit.store import samples


class Estimating(Desk):
    """A desk with the estimates beside its runs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        projects = ProjectStore(self.database)
        self.project = samples.project()
        projects.add(self.project)
        self.instruments = FakeInstruments()
        self.said: dict[str, Any] = {}
        self.charters = CharterService(CharterStore(self.database), projects, ())
        self.estimates = EstimateService(
            EstimateStore(self.database),
            self.models,
            self.datasets,
            self.jobs,
            self.instruments,
            SizeTables(ASSETS),
            PriceStore(self.database, ASSETS / "prices.json").shipped,
            self.charters,
            sample=lambda: sample_examples(ASSETS / "sample"),
            answers=lambda project_id: self.said,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Estimating:
    return Estimating(tmp_path)


def test_a_model_here_is_counted_with_its_own_tokenizer(desk: Estimating) -> None:
    assert desk.estimates.count_tokens(["one two", "three"], "small") == [2, 1]
    assert desk.estimates.count_tokens(["one two"], "Publisher/Small") == [2]
    assert "exactly" in desk.estimates.token_basis("small")


def test_a_tuned_model_is_counted_like_its_base(desk: Estimating) -> None:
    version = samples.model_version(base_model="small")
    desk.models.add_version(version)
    assert desk.estimates.count_tokens(["one two"], version.id) == [2]


def test_other_names_are_counted_with_an_encoding_that_is_named(desk: Estimating) -> None:
    assert desk.estimates.count_tokens(["abc"], "gpt-4.1-mini") == [3]
    assert "o200k_base" in desk.estimates.token_basis("gpt-6-luna")
    assert "not known" in desk.estimates.token_basis("gpt-6-luna")


def test_memory_is_estimated_for_published_names_and_models_here(desk: Estimating) -> None:
    small = desk.estimates.memory("small", "lora")
    large = desk.estimates.memory("Llama-3.1-8B", "qlora", levers={"seq_len": 2048})
    assert 0 < small.total < large.total


def test_an_unknown_model_is_refused_unless_its_size_is_said(desk: Estimating) -> None:
    with pytest.raises(NotFound, match="Wonder"):
        desk.estimates.memory("Wonder")
    assert desk.estimates.memory("Wonder", parameters=9e9).total > 0


def test_a_lever_that_is_not_there_is_refused(desk: Estimating) -> None:
    with pytest.raises(InvalidInput):
        desk.estimates.memory("small", levers={"magic": True})


def test_ways_to_tune_stand_side_by_side(desk: Estimating) -> None:
    found = desk.estimates.methods(desk.project.id)
    assert {"local", "Together", "OpenAI", "rented 24 GB GPU"} <= {o.backend for o in found}
    openai = [o for o in found if o.backend == "OpenAI"]
    assert all(o.blocked_because and o.shutdown_date for o in openai)
    here = next(o for o in found if o.backend == "local" and o.method == "lora")
    assert here.blocked_because == ""
    assert here.duration.mid is not None
    assert any("No dataset yet" in note for note in here.warnings)


def outside(desk: Estimating) -> list[str]:
    found = desk.estimates.methods(desk.project.id)
    assert any(o.backend == "local" and not o.blocked_because for o in found)
    return [o.blocked_because for o in found if o.backend != "local"]


def test_where_data_may_not_leave_only_this_machine_is_offered(desk: Estimating) -> None:
    assert not all(outside(desk))
    desk.said = {"pii_in_data": True, "export_allowed": False}
    assert all("rule O1" in because for because in outside(desk))
    desk.said = {"pii_in_data": True, "export_allowed": True}
    assert not all(outside(desk))
    charter = desk.charters.get(desk.project.id)
    desk.charters.save(charter.with_(residency=Residency.ON_PREMISES))
    assert all("The data may not leave the client. (rule O1)" in one for one in outside(desk))


def test_an_estimate_is_settled_once(desk: Estimating) -> None:
    kept = desk.estimates.keep(
        Estimate(
            id=new_id("estimate"),
            project_id="project_1",
            kind="usd",
            subject="rung_run",
            subject_id="run_1",
            family="ladder/prompt",
            mid=2.0,
            basis="prices",
            created_at=now(),
        )
    )
    desk.estimates.settle("run_1", "usd", 3.0)
    desk.estimates.settle("run_1", "usd", 9.0)
    (found,) = desk.estimates.all("project_1")
    assert (found.id, found.actual) == (kept.id, 3.0)
    (record,) = desk.estimates.record()
    assert record.bias == pytest.approx(-1 / 3)


def test_the_probe_replaces_the_prior_and_runs_replace_the_probe(desk: Estimating) -> None:
    assert "prior" in desk.estimates.speed("small", "lora").basis
    tried = desk.estimates.probe()
    assert tried.mid == 500.0
    assert desk.instruments.probed == [("small", "lora", 256, PROBE_SECONDS)]
    assert "scaled" in desk.estimates.speed("small", "qlora").basis
    job = samples.job(status=JobStatus.SUCCEEDED, started_at=now(), finished_at=now())
    desk.jobs.add(job)
    desk.jobs.add_events(job.id, [samples.event(1, data={"tokens_per_second": 900.0})])
    speed = desk.estimates.speed("small", "lora")
    assert speed.mid == 900.0
    assert "1 earlier run" in speed.basis


def test_nothing_is_probed_while_a_run_is_at_work(desk: Estimating) -> None:
    desk.start()
    desk.poll()
    with pytest.raises(Conflict):
        desk.estimates.probe()
    assert desk.instruments.probed == []


def test_known_models_are_named(desk: Estimating) -> None:
    assert "Llama 3.1 8B" in desk.estimates.known_models()
