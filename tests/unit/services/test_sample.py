"""The sample project: made once, found again however far it got."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from backends.reader.backend import FileReader
from studio.domain.errors import BackendUnavailable
from studio.domain.evaluation import RunStatus
from studio.domain.jobs import JobStatus
from studio.services.datasets import DatasetService
from studio.services.projects import ProjectService
from studio.services.sample import STARTER, Sample, SampleService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.projects import ProjectStore
from tests.fakes.sample_parts import SAMPLE, Jobs, Runs, Shelf


class Parts:
    """The service and everything around it."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(None)
        self.projects = ProjectService(ProjectStore(self.database))
        self.datasets = DatasetService(DatasetStore(self.database), FileReader(), folder)
        self.shelf, self.jobs, self.runs = Shelf(), Jobs(), Runs()
        self.service = SampleService(
            SAMPLE,
            projects=self.projects,
            datasets=self.datasets,
            models=cast(Any, self.shelf),
            training=cast(Any, self.jobs),
            evaluation=cast(Any, self.runs),
        )


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    yield parts
    parts.database.close()


@pytest.fixture
def sample(parts: Parts) -> Sample:
    return parts.service.prepare()


def test_everything_is_made_and_told(parts: Parts) -> None:
    told: list[tuple[str, float | None]] = []
    sample = parts.service.prepare(progress=lambda what, share: told.append((what, share)))
    assert told[-1] == ("copying", 0.5)
    assert sample.base_model == STARTER
    assert sample.version.n_refused == 0
    assert sample.version.n_examples >= 400
    assert parts.datasets.balance(sample.version.id).closed
    first = parts.datasets.examples(sample.version.id)[0]
    assert first.messages[0].role == "system"


def test_both_prompts_stand_over_the_same_examples_in_the_same_splits(
    parts: Parts, sample: Sample
) -> None:
    tuned = parts.datasets.examples(sample.version.id)
    prompted = parts.datasets.examples(sample.prompted.id)
    assert [(e.line, e.split, e.messages[1:]) for e in tuned] == [
        (e.line, e.split, e.messages[1:]) for e in prompted
    ]
    assert tuned[0].messages[0] != prompted[0].messages[0]


def test_how_far_prompting_gets_is_measured_on_the_untuned_model(
    parts: Parts, sample: Sample
) -> None:
    run = parts.service.measure_prompting(sample)
    assert run.dataset_version_id == sample.prompted.id
    assert run.model_id == STARTER


def test_preparing_again_makes_nothing_twice(parts: Parts, sample: Sample) -> None:
    assert parts.service.prepare() == sample
    assert len(parts.projects.all()) == 1
    # One for tuning, one with the whole guide in the prompt.
    assert len(parts.datasets.all(sample.project.id)) == 2
    assert parts.shelf.pulls == 1


def test_what_was_made_before_a_failure_is_used_again(parts: Parts) -> None:
    parts.shelf.failure = BackendUnavailable("No network.")
    with pytest.raises(BackendUnavailable):
        parts.service.prepare()
    parts.shelf.failure = None
    parts.service.prepare()
    (project,) = parts.projects.all()
    made = parts.datasets.all(project.id)
    assert [len(parts.datasets.versions(dataset.id)) for dataset in made] == [1, 1]


def test_the_first_tuning_starts_a_job_as_the_dial_recommends(parts: Parts, sample: Sample) -> None:
    job = parts.service.tune(sample)
    assert job.spec.dataset_version_id == sample.version.id
    assert job.spec.hyperparameters.epochs == 2
    assert parts.jobs.efforts == [job.spec.effort]


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_a_job_that_goes_on_or_succeeded_is_the_job(
    parts: Parts, sample: Sample, status: JobStatus
) -> None:
    job = parts.jobs.end(parts.service.tune(sample), status)
    assert parts.service.tune(sample) == job


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.INTERRUPTED])
def test_a_job_that_was_stopped_is_resumed(parts: Parts, sample: Sample, status: JobStatus) -> None:
    job = parts.jobs.end(parts.service.tune(sample), status)
    assert parts.service.tune(sample).resumed_from == job.id


def test_a_job_stopped_before_its_first_checkpoint_is_started_afresh(
    parts: Parts, sample: Sample
) -> None:
    parts.jobs.end(parts.service.tune(sample), JobStatus.CANCELLED)
    parts.jobs.resumable = False
    assert parts.service.tune(sample).resumed_from is None


def test_a_failed_job_is_not_taken_for_a_model(parts: Parts, sample: Sample) -> None:
    failed = parts.jobs.end(parts.service.tune(sample), JobStatus.FAILED)
    again = parts.service.tune(sample)
    assert (again.id != failed.id, again.resumed_from) == (True, None)


def test_an_earlier_success_beats_a_later_stop(parts: Parts, sample: Sample) -> None:
    good = parts.jobs.end(parts.service.tune(sample), JobStatus.SUCCEEDED)
    parts.jobs.end(parts.jobs.start(good.spec), JobStatus.CANCELLED)
    assert parts.service.tune(sample) == good


def test_a_finished_measurement_is_used_again_and_a_failed_one_is_not(
    parts: Parts, sample: Sample
) -> None:
    first = parts.service.measure(sample, STARTER)
    failed = parts.runs.end(first, RunStatus.FAILED)
    second = parts.service.measure(sample, STARTER)
    assert second.id != failed.id
    done = parts.runs.end(second, RunStatus.SUCCEEDED)
    assert parts.service.measure(sample, STARTER) == done
    assert parts.service.measure(sample, "tuned").id != done.id


def test_both_models_are_measured_with_the_same_decoding(parts: Parts, sample: Sample) -> None:
    base = parts.service.measure(sample, STARTER)
    tuned = parts.service.measure(sample, "tuned")
    assert base.decoding == tuned.decoding
    assert base.decoding.temperature == 0
