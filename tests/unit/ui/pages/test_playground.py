"""What the playground does with prompts, answers and opinions."""

import time
from collections.abc import Callable

import pytest

from studio.domain.errors import Conflict, WorkerFailed
from studio.ui.pages.playground.vm import Playground, Turn
from tests.fakes.page_services import services
from tests.fakes.page_values import model_version, version


@pytest.fixture
def page() -> Playground:
    have = services()
    have.models.tuned.append(model_version())
    page = Playground(services=have, project_id="prj_1")
    page.load()
    return page


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    pause = 0.0
    while not until():
        assert time.monotonic() < deadline, "the answer never came"
        time.sleep(pause)
        pause = 0.005


def ask(page: Playground, prompt: str) -> list[Turn]:
    page.prompt = prompt
    turns = [turn for _, turn in page.send()]
    wait(lambda: all(turn.over for turn in turns))
    return turns


def test_base_and_newest_tuned_model_stand_side_by_side(page: Playground) -> None:
    assert [pane.model_id for pane in page.panes] == ["starter", "mv_1"]
    assert page.system_prompt == "Name the team."


def test_models_asked_for_in_the_address_are_taken() -> None:
    page = Playground(services=services(), project_id="prj_1")
    page.load(left="unknown", right="starter")
    assert [pane.model_id for pane in page.panes] == ["", "starter"]


def test_both_models_answer_the_same_prompt(page: Playground) -> None:
    turns = ask(page, " Where is my bill? ")
    assert [turn.text for turn in turns] == ["billing", "billing"]
    asked = page.services.playground.asked
    assert sorted(model for model, _ in asked) == ["mv_1", "starter"]
    assert [message.content for message in asked[0][1]] == ["Name the team.", "Where is my bill?"]
    assert turns[0].cost == "2 tokens · 0.5 s · 4.0 tokens/s"
    assert page.prompt == ""


def test_a_second_prompt_carries_the_conversation_on(page: Playground) -> None:
    ask(page, "First")
    ask(page, "Second")
    last = page.services.playground.asked[-1][1]
    assert [m.content for m in last[1:]] == ["First", "billing", "Second"]


def test_a_failed_answer_says_why_and_is_not_part_of_the_conversation(page: Playground) -> None:
    page.services.playground.failure = WorkerFailed("The worker ran out of memory.")
    turns = ask(page, "First")
    assert turns[0].state == "failed"
    assert turns[0].error is not None
    assert turns[0].error.message == "The worker ran out of memory."
    page.services.playground.failure = None
    ask(page, "Second")
    assert [m.content for m in page.services.playground.asked[-1][1][1:]] == ["Second"]


def test_nothing_can_be_sent_without_model_or_prompt(page: Playground) -> None:
    assert page.cannot_send == "Write something to ask."
    page.prompt = "Hello"
    assert page.cannot_send == ""
    for pane in page.panes:
        pane.model_id = ""
    assert page.send() == []


def test_a_thumb_and_a_correction_are_stored_for_the_answer(page: Playground) -> None:
    turn = ask(page, "First")[0]
    page.rate(turn, thumb_up=False)
    page.rate(turn, correction="legal")
    given = page.services.playground.given
    assert [entry.get("thumb_up") for entry in given] == [False, None]
    assert (turn.thumb, turn.correction) == (False, "legal")
    assert turn.opinion.startswith("Stored: bad answer, should have been “legal”")


def test_an_answer_that_was_not_kept_cannot_be_rated(page: Playground) -> None:
    with pytest.raises(Conflict):
        page.rate(Turn(prompt="x", model_name="m"), thumb_up=True)
    assert page.services.playground.given == []


def test_a_test_example_fills_the_prompt(page: Playground) -> None:
    assert page.pick_example(lambda examples: examples[1])
    assert page.prompt == "Question 2"
    assert page.example is not None
    assert page.example.answer == "billing"


def test_a_system_prompt_follows_the_data_unless_the_user_wrote_one(page: Playground) -> None:
    page.services.datasets.kept.append(version(id="dsv_2", number=2, system_prompt="Be brief."))
    page.load()
    page.choose_version("dsv_2")
    assert page.system_prompt == "Be brief."
    page.system_prompt = "My own"
    page.choose_version("dsv_1")
    assert page.system_prompt == "My own"


def test_a_new_conversation_forgets_the_old_one(page: Playground) -> None:
    ask(page, "First")
    page.clear()
    assert all(pane.turns == [] for pane in page.panes)


def test_another_model_begins_its_own_conversation(page: Playground) -> None:
    ask(page, "First")
    page.choose_model(page.panes[0], "mv_1")
    assert page.panes[0].turns == []
    assert len(page.panes[1].turns) == 1


def test_an_expected_answer_is_dropped_with_its_question(page: Playground) -> None:
    page.pick_example(lambda examples: examples[0])
    assert not page.forget_example_unless_asked()
    page.prompt = "Something else"
    assert page.forget_example_unless_asked()
    assert page.example is None


def test_what_is_asked_of_a_model_elsewhere_says_where_it_goes(page: Playground) -> None:
    made = model_version(id="mv_9", endpoint="openai", remote_model="ft:x")
    page.services.models.tuned.append(made)
    page.load()
    assert page.about("mv_9") == "What you ask it is sent to api.example.com."
    assert page.about("starter") == ""
