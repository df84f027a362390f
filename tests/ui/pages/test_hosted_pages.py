"""The form and the page of a run at a provider as a user meets them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import ui
from nicegui.testing import User

from studio.domain.jobs import JobStatus
from studio.ui.pages.fine_tune import view
from tests.fakes.page_shell import FakeShell
from tests.fakes.page_training import sent
from tests.fakes.page_values import job, model_version, spec
from tests.ui.pages.conftest import Open, until

THERE = spec(backend="endpoint:openai", base_model="gpt-small")


@pytest.fixture
def services(services: Any) -> Any:
    services.training.elsewhere = ("endpoint:openai",)
    services.training.disclosure = sent()
    return services


def enabled(user: User, marker: str) -> bool:
    return not next(iter(user.find(marker=marker).elements)).props.get("disabled", False)


async def hosted_form(open_page: Open) -> User:
    user = await open_page(view.build_new)
    await user.should_see("Nothing leaves this machine.", retries=30)
    user.find(marker="tune-place-endpoint:openai").click()
    await user.should_see(
        "90 rows (27 KB) of your examples are sent to api.example.com.", retries=30
    )
    return user


def tick(user: User) -> None:
    box = next(iter(user.find(marker="privacy-agree").elements))
    assert isinstance(box, ui.checkbox)
    with user:
        box.set_value(True)


async def test_a_hosted_run_starts_once_what_is_sent_was_agreed_to(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await hosted_form(open_page)
    await user.should_see("2 e-mail addresses", retries=30)
    await user.should_see("Line 1: Question 1", retries=30)
    assert not enabled(user, "tune-start")
    tick(user)
    assert enabled(user, "tune-start")
    user.find(marker="tune-start").click()
    await until(lambda: bool(shell.went))
    (started,) = services.training.started
    assert (started.backend, started.base_model) == ("endpoint:openai", "gpt-small")
    assert started.agreed == "f" * 64


async def test_another_model_takes_the_agreement_back(open_page: Open, services: Any) -> None:
    user = await hosted_form(open_page)
    tick(user)
    with user:
        next(iter(user.find(marker="tune-model").elements)).set_value("gpt-large")
    await until(lambda: services.training.planned[-1].base_model == "gpt-large")
    await user.should_see("Agree first to what is sent to api.example.com.", retries=30)
    assert not enabled(user, "tune-start")


async def test_the_form_leads_back_to_this_machine(open_page: Open, services: Any) -> None:
    user = await hosted_form(open_page)
    user.find(marker="tune-here").click()
    await user.should_see("Nothing leaves this machine.", retries=30)
    await user.should_see(marker="tune-method", retries=30)
    assert services.training.planned[-1].backend == "local"


async def test_the_server_s_settings_are_taken_one_by_one(open_page: Open, services: Any) -> None:
    user = await hosted_form(open_page)
    await user.should_not_see(marker="tune-lora-rank")
    with user:
        next(iter(user.find(marker="tune-epochs-there").elements)).set_value(False)
    await until(lambda: services.training.planned[-1].automatic == ("learning_rate", "batch_size"))
    user.find(marker="tune-effort-quick").click()
    await until(lambda: services.training.planned[-1].automatic == ("learning_rate",))


async def test_an_unknown_price_is_put_in_beside_the_plan(open_page: Open, services: Any) -> None:
    kept: dict[str, Any] = {}
    services.costing = SimpleNamespace(override=kept.__setitem__, reset=kept.pop)
    user = await hosted_form(open_page)
    with user:
        next(iter(user.find(marker="price-own-value").elements)).set_value(5)
    user.find(marker="price-own-keep").click()
    await user.should_see("Your price is kept.", retries=30)
    assert kept == {"endpoint:openai/gpt-small training": 5}
    user.find(marker="notice-action").click()
    await until(lambda: kept == {})


async def opened(open_page: Open, services: Any, status: JobStatus, **changes: Any) -> User:
    changes = {"backend": THERE.backend, "spec": THERE, **changes}
    services.training.jobs["job_1"] = job(status, **changes)
    return await open_page(view.build_job, job_id="job_1")


async def test_a_run_is_paused_and_let_go_on(open_page: Open, services: Any) -> None:
    moves: list[str] = []

    def move(word: str, status: JobStatus) -> Any:
        def moved(job_id: str) -> Any:
            moves.append(word)
            found = services.training.jobs["job_1"].with_(status=status)
            services.training.jobs["job_1"] = found
            return found

        return moved

    services.training.pause = move("pause", JobStatus.PAUSED)
    services.training.resume = move("resume", JobStatus.QUEUED)
    user = await opened(open_page, services, JobStatus.RUNNING, said="running")
    await user.should_see("at the provider: running", retries=30)
    user.find(marker="job-pause").click()
    await user.should_see("Paused", retries=30)
    user.find(marker="job-resume").click()
    await user.should_see("Queued", retries=30)
    assert moves == ["pause", "resume"]


async def test_a_failed_hosted_run_leads_to_this_machine(open_page: Open, services: Any) -> None:
    user = await opened(open_page, services, JobStatus.FAILED, failure="provider")
    link = next(iter(user.find(marker="job-train-here").elements))
    assert "backend=local" in link.props["href"]


async def test_a_hosted_model_is_shown_by_its_name_there(open_page: Open, services: Any) -> None:
    made = model_version(endpoint="openai", remote_model="ft:gpt-small:x", path="")
    services.models.tuned.append(made)
    user = await opened(open_page, services, JobStatus.SUCCEEDED, model_version_id="mv_1")
    await user.should_see("ft:gpt-small:x", retries=30)
    chat = next(iter(user.find(marker="job-chat").elements))
    assert chat.props["href"] == "/playground?left=endpoint%3Aopenai%2Fgpt-small&right=mv_1"
