"""The playground as a user meets it."""

from typing import Any

import pytest
from nicegui import ui
from nicegui.testing import User

from studio.domain.errors import WorkerFailed
from studio.ui.pages.playground import view
from tests.fakes.page_shell import FakeShell
from tests.fakes.page_values import model_version
from tests.ui.pages.conftest import Open


def write(user: User, marker: str, text: str) -> None:
    field = next(iter(user.find(marker=marker).elements))
    assert isinstance(field, ui.textarea)
    with user:
        field.set_value(text)


@pytest.fixture
def two_models(services: Any) -> None:
    services.models.tuned.append(model_version())


async def asked(open_page: Open) -> User:
    user = await open_page(view.build)
    write(user, "playground-prompt", "Where is <i>my</i> bill?")
    user.find(marker="playground-send").click()
    await user.should_see(marker="playground-up-right-0", retries=30)
    await user.should_see(marker="playground-up-left-0", retries=30)
    return user


@pytest.mark.usefixtures("two_models")
async def test_both_models_answer_side_by_side(open_page: Open) -> None:
    user = await asked(open_page)
    await user.should_see("Where is <i>my</i> bill?")
    await user.should_see("billing")
    await user.should_see("2 tokens · 0.5 s · 4.0 tokens/s")


@pytest.mark.usefixtures("two_models")
async def test_a_thumb_is_stored_and_can_be_replaced(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await asked(open_page)
    user.find(marker="playground-up-right-0").click()
    await user.should_see(
        "Stored: good answer. The latest word counts. It counts towards no training."
    )
    user.find(marker="playground-down-right-0").click()
    await user.should_see("Your opinion was replaced.")
    assert [given["thumb_up"] for given in services.playground.given] == [True, False]
    user.find(marker="notice-action").click()
    await user.should_see(
        "Stored: good answer. The latest word counts. It counts towards no training.", retries=30
    )
    assert shell.n_saved == 3


@pytest.mark.usefixtures("two_models")
async def test_a_correction_is_stored(open_page: Open, services: Any) -> None:
    user = await asked(open_page)
    user.find(marker="playground-correct-left-0").click()
    await user.should_see(marker="playground-correction-left-0")
    write(user, "playground-correction-left-0", "legal")
    user.find(marker="playground-keep-left-0").click()
    await user.should_see("Correction kept.")
    await user.should_see("Stored: should have been “legal”. The latest word counts.")
    assert services.playground.given[-1]["correction"] == "legal"


async def test_one_model_alone_can_be_asked(open_page: Open, services: Any) -> None:
    user = await open_page(view.build)
    write(user, "playground-prompt", "Hello")
    user.find(marker="playground-send").click()
    await user.should_see(marker="playground-up-left-0", retries=30)
    assert [model for model, _ in services.playground.asked] == ["starter"]


@pytest.mark.usefixtures("two_models")
async def test_a_failed_answer_says_why(open_page: Open, services: Any) -> None:
    services.playground.failure = WorkerFailed("It ran out of memory.", hint="Ask for less.")
    user = await open_page(view.build)
    write(user, "playground-prompt", "Hello")
    user.find(marker="playground-send").click()
    await user.should_see("It ran out of memory.", retries=30)
    await user.should_see("Ask for less.")


@pytest.mark.usefixtures("two_models")
async def test_a_test_example_is_tried_with_its_expected_answer(open_page: Open) -> None:
    user = await open_page(view.build)
    user.find(marker="playground-example").click()
    await user.should_see(marker="playground-expected")
    write(user, "playground-prompt", "Something of my own")
    await user.should_not_see(marker="playground-expected")


async def test_without_a_model_the_page_says_how_to_get_one(open_page: Open, services: Any) -> None:
    services.models.base_models = []
    services.deployments.made = []
    user = await open_page(view.build)
    await user.should_see("No model to talk to yet")


@pytest.mark.usefixtures("two_models")
async def test_the_better_of_two_answers_is_stored(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await asked(open_page)
    await user.should_see(marker="playground-better-a", retries=30)
    user.find(marker="playground-better-b").click()
    await user.should_see(
        "Stored: B, the right answer, is better. A deployment's export", retries=30
    )
    user.find(marker="playground-better-both_bad").click()
    await user.should_see("Stored: both are bad.", retries=30)
    assert [taken[2] for taken in services.feedback.taken] == ["b", "both_bad"]
    assert shell.n_saved == 2
    user.find(marker="playground-clear").click()
    await user.should_not_see(marker="playground-better", retries=30)
