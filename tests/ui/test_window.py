"""The window and its own pages, as a user without a browser meets them."""

from __future__ import annotations

from typing import Any

import pytest
from nicegui import Event, app, ui
from nicegui.element import Element
from nicegui.testing import User

from studio.domain.jobs import JobStatus
from studio.ui import strings
from studio.ui.kit.heading import Heading
from tests.fakes.page_values import run
from tests.fakes.services import FakeServices
from tests.ui.pages.conftest import until


@pytest.mark.parametrize("place", strings.PLACES, ids=lambda place: place.title)
async def test_every_page_of_the_navigation_opens(studio: User, place: strings.Place) -> None:
    await studio.open(place.path)
    await studio.should_see(kind=Element, marker="content", retries=30)
    await studio.should_not_see(marker="error-panel")
    await studio.should_not_see(marker="not-found")


async def test_home_shows_the_best_result_and_the_next_step(studio: User) -> None:
    await studio.open("/")
    await studio.should_see("Best result so far", retries=30)
    await studio.should_see("87.8 %")
    await studio.should_see("The tuned model is better by 53.7 points")
    await studio.should_see("A model is being tuned")


async def test_an_empty_project_offers_the_sample(
    studio: User, studio_services: FakeServices
) -> None:
    studio_services.emptied()
    await studio.open("/")
    await studio.should_see("Nothing here yet", retries=30)
    studio.find(marker="welcome-action").click()
    await until(lambda: studio_services.projects.kept[-1].name == "Sample project")
    await until(lambda: app.storage.general.get("project") == "prj_2")
    await studio.open("/")
    await studio.should_see("Sample project", kind=Heading, retries=30)


async def test_the_status_bar_follows_a_job(studio: User, studio_services: FakeServices) -> None:
    await studio.open("/settings")
    await studio.should_see("35 % · about 4 min left", retries=30)
    job = studio_services.training.jobs["job_2"].with_(step=90, eta_seconds=60.0)
    studio_services.monitor.changed(job)
    await studio.should_see("75 % · about 1 min left", retries=30)
    studio_services.monitor.changed(job.moved_to(JobStatus.SUCCEEDED))
    await studio.should_see("Nothing is running", retries=30)


async def test_the_status_bar_follows_an_evaluation(
    studio: User, studio_services: FakeServices
) -> None:
    under_way = run("ev_3", "mv_1", None, model_name="Tickets tuned", done=30, total=60)
    studio_services.evaluation.runs.append(under_way)
    await studio.open("/settings")
    await studio.should_see("Measuring Tickets tuned", retries=30)
    await studio.should_see("50 %")
    studio_services.evaluation.runs.pop()
    studio_services.monitor.number += 1
    await studio.should_not_see("Measuring Tickets tuned", retries=30)


async def test_home_counts_steps_without_being_drawn_afresh(
    studio: User, studio_services: FakeServices
) -> None:
    await studio.open("/")
    await studio.should_see("42 of 120 steps", retries=30)
    before = one(studio, "next").id
    studio_services.monitor.changed(studio_services.training.jobs["job_2"].with_(step=43))
    await studio.should_see("43 of 120 steps", retries=30)
    assert one(studio, "next").id == before


async def ask_for(studio: User, name: str) -> None:
    await studio.open("/models")
    studio.find(marker="pull-model").click()
    studio.find(marker="pull-name").type(name)
    studio.find(marker="pull-go").click()


async def test_a_model_is_fetched_with_its_progress(
    studio: User, studio_services: FakeServices
) -> None:
    await ask_for(studio, "Maker/Fresh-Model")
    await studio.should_see("Fetching Maker/Fresh-Model: Downloading", retries=30)
    await studio.should_see("50 %")
    studio_services.monitor.number += 1
    await studio.should_see(marker="running-fetch_Maker/Fresh-Model", retries=30)
    studio_services.models.arrives()
    studio_services.monitor.number += 1
    await studio.should_see("Maker/Fresh-Model is ready.", retries=50)
    await studio.should_see(marker="remove-fresh-model")
    await studio.should_not_see(marker="model-progress")
    await studio.should_see("Saved")


async def test_a_fetch_goes_on_when_the_page_is_left_and_is_shown_again(
    studio: User, studio_services: FakeServices
) -> None:
    await ask_for(studio, "Maker/Fresh-Model")
    await studio.should_see(marker="model-progress", retries=30)
    await studio.open("/settings")
    await studio.open("/models")
    await studio.should_see("Fetching Maker/Fresh-Model: Downloading", retries=30)


async def test_a_fetch_can_be_stopped(studio: User, studio_services: FakeServices) -> None:
    await ask_for(studio, "Maker/Fresh-Model")
    await studio.should_see(marker="model-progress-cancel", retries=30)
    studio.find(marker="model-progress-cancel").click()
    await studio.should_not_see(marker="model-progress", retries=30)
    assert studio_services.models.under_way == []


async def test_a_model_that_cannot_be_fetched_says_why(
    studio: User, studio_services: FakeServices
) -> None:
    await ask_for(studio, "Maker/missing")
    await studio.should_see(marker="model-progress", retries=30)
    studio_services.models.fails("The hub knows no model Maker/missing.", "Check the spelling.")
    studio_services.monitor.number += 1
    await studio.should_see("The hub knows no model Maker/missing.", retries=50)
    await studio.should_see("Check the spelling.")
    studio.find(marker="dismiss").click()
    await studio.should_not_see("Check the spelling.", retries=30)


async def test_a_model_without_a_name_is_not_fetched(studio: User) -> None:
    await studio.open("/models")
    studio.find(marker="pull-model").click()
    studio.find(marker="pull-go").click()
    await studio.should_see("Write the model's name.")


async def test_a_needed_model_is_not_removed(studio: User, studio_services: FakeServices) -> None:
    await studio.open("/models")
    await studio.should_see(marker="remove-starter", retries=30)
    studio.find(marker="remove-starter").click()
    await studio.should_see("Tickets tuned was tuned from Maker/starter", retries=30)
    assert studio_services.models.removed == []


async def test_a_removal_can_be_taken_back(studio: User, studio_services: FakeServices) -> None:
    await studio.open("/models")
    await studio.should_see(marker="remove-unused", retries=30)
    studio.find(marker="remove-unused").click()
    await studio.should_see("Maker/unused is removed.", retries=30)
    studio.find(marker="notice-action").click()
    await studio.should_see(marker="remove-unused", retries=30)
    assert studio_services.models.removed == []


async def test_a_secret_is_kept_and_only_its_end_is_shown(
    studio: User, studio_services: FakeServices
) -> None:
    await studio.open("/settings")
    await studio.should_see("None is set.", retries=30)
    studio.find(marker="secret-HF_TOKEN").type("hf_abcdefghijklmnop1234")
    studio.find(marker="keep-HF_TOKEN").click()
    await studio.should_see("Set in the keyring, ending in 1234.", retries=30)
    await studio.should_not_see("hf_abcdefghijklmnop1234")


async def test_a_new_project_needs_a_name_of_its_own(studio: User) -> None:
    await studio.open("/")
    studio.find(marker="command-new-project").click()
    await until(lambda: one(studio, "new-project-dialog").value)
    studio.find(marker="project-name").type("Wrenfield Nurseries")
    studio.find(marker="create-project").click()
    await studio.should_see("There is a project Wrenfield Nurseries already.", retries=30)


async def test_the_palette_narrows_to_what_is_typed(studio: User) -> None:
    await studio.open("/")
    studio.find(marker="open-palette").click()
    await studio.should_see(marker="palette-hit", retries=30)
    studio.find(marker="palette-input").type("appearance dark")
    await until(lambda: len(studio.find(marker="palette-hit").elements) == 1)
    await studio.should_see("Dark appearance")


async def test_a_page_that_fails_says_so_and_keeps_the_window(
    studio: User, studio_services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    await studio.open("/jobs/none")
    await studio.should_see("There is no job none.", retries=30)
    await studio.should_see(marker="nav-home")


async def test_an_unknown_address_is_told_in_plain_words(studio: User) -> None:
    await studio.open("/")
    with studio:
        ui.navigate.to("/nowhere")
    await studio.should_see(strings.NOT_FOUND, retries=30)


async def test_pages_leave_no_listener_behind(studio: User) -> None:
    """Five rounds through all pages in one window: no more listen to the news than at first."""
    await studio.open("/")
    await studio.should_see("Best result so far", retries=30)
    before = listeners()
    for _ in range(5):
        for place in (*strings.PLACES[1:], strings.PLACES[0]):
            with studio:
                ui.navigate.to(place.path)
            await until(lambda place=place: here(studio) == place.path)
    await studio.should_see("Best result so far", retries=30)
    await until(lambda: listeners() <= before)


def one(studio: User, marker: str) -> Any:
    """The only element of that marker."""
    (found,) = studio.find(marker=marker).elements
    return found


def listeners() -> int:
    """Callbacks of all events there are."""
    return sum(len(event.callbacks) for event in Event.instances)


def here(studio: User) -> str:
    """The address that the navigation marks as present."""
    links = [
        one for one in studio.find(kind=Element).elements if one.props.get("aria-current") == "page"
    ]
    return str(next((one.props["href"] for one in links if "href" in one.props), ""))
