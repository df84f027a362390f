"""The page of a run at a provider: its words, what it bills, and what can be done with it."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.errors import NotFound
from studio.domain.jobs import Checkpoint, Event, JobStatus
from studio.domain.training import Objective
from studio.ui.pages.fine_tune.jobs_vm import JobList
from studio.ui.pages.job.actions import (
    can_cancel,
    can_pause,
    can_resume,
    measure,
    not_begun,
    train_here,
)
from studio.ui.pages.job.vm import JobPage
from tests.fakes.money import estimate
from tests.fakes.page_services import services
from tests.fakes.page_values import START, job, spec

THERE = spec(backend="endpoint:openai", base_model="gpt-small", automatic=("epochs",))


def page_of(status: JobStatus = JobStatus.RUNNING, **changes: Any) -> JobPage:
    have = services()
    values: dict[str, Any] = {"backend": THERE.backend, "spec": THERE, **changes}
    have.training.jobs["job_1"] = job(status, **values)
    page = JobPage(services=have, job_id="job_1")
    page.load()
    return page


def test_the_provider_s_own_word_stands_beside_ours() -> None:
    page = page_of(said="validating_files", message="It reads the files.")
    assert page.said == "at the provider: validating_files"
    assert page.sentence == "It reads the files."
    assert page_of(said="").said == ""


def test_what_was_asked_names_the_place_and_what_is_left_to_it() -> None:
    facts = dict(page_of().facts())
    assert facts["Where"] == "openai (api.example.com)"
    assert (facts["Base model"], facts["Left to the server"]) == ("gpt-small", "epochs")
    assert "Method" not in facts


def test_an_endpoint_that_is_gone_does_not_hide_its_runs() -> None:
    page = page_of()

    def gone(name: str) -> Any:
        raise NotFound(name)

    page.services.endpoints.get = gone
    page.load()
    assert dict(page.facts())["Where"] == "openai, which was removed from Settings"


def test_a_provider_s_figures_are_tokens_and_cost() -> None:
    page = page_of()
    page.services.training.news = [
        Event(n=1, at=START, kind="metrics", data={"step": 1, "loss": 1.0, "token_accuracy": 0.5}),
        Event(n=2, at=START, kind="checkpoint", message="Kept.", data={"name": "ft:a:ckpt-step-1"}),
        Event(n=3, at=START, kind="log", message="Trained.", data={"trained_tokens": 12_000}),
    ]
    page.services.training.kept = [Checkpoint(step=1, remote_model="ft:a:ckpt-step-1")]
    page.look()
    shown = {label: value for label, value, _ in page.measures()}
    assert shown["Right tokens"] == "50.0 %"
    assert shown["Trained tokens"] == "12,000"
    assert shown["Cost"] == "not known"
    assert "Speed" not in shown
    assert page.curves.points["token_accuracy"] == [(1, 0.5)]
    assert page.lines[0].endswith("Kept. Its name: ft:a:ckpt-step-1")
    assert dict(page.facts())["Checkpoints kept"] == "of step 1"


@pytest.mark.parametrize(
    ("mid", "actual", "value", "hint"),
    [
        (0.5, None, "about 0.5000 USD", "expected, before tax"),
        (0.5, 0.25, "0.2500 USD", "expected 0.5000 USD"),
        (None, 2.0, "2.00 USD", "before tax"),
        (None, None, "not known", "no price is known"),
    ],
)
def test_cost_stands_beside_what_was_expected(
    mid: float | None, actual: float | None, value: str, hint: str
) -> None:
    page = page_of()
    kept = estimate(kind="usd", subject_id="job_1", mid=mid, actual=actual)
    page.services.estimates.kept = [kept]
    page.load()
    assert (page.cost.value, page.cost.hint) == (value, hint)


def test_preferences_show_how_far_the_better_answer_is_ahead() -> None:
    page = page_of(spec=THERE.with_(objective=Objective.DPO))
    labels = [label for label, _, _ in page.measures()]
    assert {"Margin", "Right pairs"} <= set(labels)
    assert "Margin" not in [label for label, _, _ in page_of().measures()]


@pytest.mark.parametrize(
    ("status", "pause", "cancel", "resume"),
    [
        (JobStatus.QUEUED, True, True, False),
        (JobStatus.RUNNING, True, True, False),
        (JobStatus.PAUSING, False, True, False),
        (JobStatus.PAUSED, False, True, True),
        (JobStatus.CANCELLING, False, False, False),
        (JobStatus.INTERRUPTED, False, False, True),
        (JobStatus.FAILED, False, False, True),
        (JobStatus.SUCCEEDED, False, False, False),
    ],
)
def test_every_status_offers_what_it_allows(
    status: JobStatus, pause: bool, cancel: bool, resume: bool
) -> None:
    one = job(status)
    assert (can_pause(one), can_cancel(one), can_resume(one)) == (pause, cancel, resume)


def test_a_run_that_waits_to_go_on_has_something_to_lose() -> None:
    assert not_begun(job(JobStatus.QUEUED))
    assert not not_begun(job(JobStatus.QUEUED, run_id="run_1"))
    assert not not_begun(job(JobStatus.RUNNING))


def test_a_paused_run_needs_no_reason_to_go_on() -> None:
    page = page_of(JobStatus.PAUSED)
    page.services.training.why_not_resume = "It stopped before its first checkpoint."
    page.load()
    assert page.why_not_resume == ""


def test_the_base_is_measured_where_it_answers() -> None:
    have = services()
    measure(have, job(JobStatus.SUCCEEDED, spec=THERE, model_version_id="mv_1"))
    asked = [run.model_id for run in have.evaluation.runs]
    assert asked == ["endpoint:openai/gpt-small", "mv_1"]


def test_the_same_run_on_this_machine_keeps_data_and_name() -> None:
    page = page_of(JobStatus.FAILED, name="Router & co")
    assert page.job is not None
    assert train_here(page.job) == (
        "/fine-tune/new?dataset_version_id=dsv_1&backend=local&name=Router%20%26%20co"
    )


def test_the_table_says_where_each_run_is() -> None:
    have = services()
    have.training.jobs = {
        "job_1": job(),
        "job_2": job(id="job_2", backend=THERE.backend, spec=THERE),
    }
    table = JobList(services=have, project_id="prj_1")
    table.load()
    assert {row.job.id: row.where for row in table.rows} == {
        "job_1": "This machine",
        "job_2": "openai",
    }
