"""The review page as a reviewer meets it."""

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.feedback import ReviewVerdict
from studio.domain.reviews import ReviewState
from studio.domain.values import now
from studio.ui.kit.keys import Keys
from studio.ui.pages.review import view
from tests.fakes.page_flywheel import add_flywheel
from tests.fakes.page_review import ReviewDesk, add_review
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open


@pytest.fixture
def desk(services: Any) -> ReviewDesk:
    made: ReviewDesk = add_review(add_flywheel(services)).review_desk
    return made


def press(user: User, key: str) -> None:
    user.find(kind=Keys).trigger("keydown", key)


def learnt(desk: ReviewDesk) -> list[str]:
    return [one.answer for one in desk.review.approved("dep_1")]


def write(user: User, marker: str, text: str) -> None:
    control: Any = next(iter(user.find(marker=marker).elements))
    with user:
        control.set_value(text)


async def go_to(user: User, desk: ReviewDesk, question: str) -> None:
    """Presses J until that question is shown."""
    asked = [one.messages[-1].content for one in desk.review.queue("dep_1").items]
    for place in range(asked.index(question)):
        press(user, "j")
        await user.should_see(f"{place + 2} of {len(asked)}", retries=30)


async def opened(open_page: Open) -> User:
    user = await open_page(view.build)
    await user.should_see(marker="review-item", retries=30)
    return user


def at(desk: ReviewDesk, state: ReviewState) -> int:
    return sum(
        one.state is state
        for view in ("approved", "rejected", "disputed")
        for one in desk.review.queue("dep_1", only=view).items  # type: ignore[arg-type]
    )


async def test_a_queue_is_cleared_by_keyboard(
    open_page: Open, desk: ReviewDesk, shell: FakeShell
) -> None:
    user = await opened(open_page)
    await user.should_see("1 of 3")
    await user.should_see("0 of 3 approved corrections towards the next training.")
    press(user, "j")
    await user.should_see("2 of 3", retries=30)
    press(user, "k")
    await user.should_see("1 of 3", retries=30)
    press(user, "r")
    await user.should_see("Rejected: it is never learnt.", retries=30)
    await user.should_see("1 of 2", retries=30)
    press(user, "u")
    await user.should_see("Taken back: rejected.", retries=30)
    await user.should_see("1 of 3", retries=30)
    press(user, "u")
    await user.should_see("There is nothing to take back.", retries=30)
    assert at(desk, ReviewState.REJECTED) == 0
    for left in ("1 of 2", "1 of 1"):
        press(user, "n")
        await user.should_see(left, retries=30)
    press(user, "n")
    await user.should_see("Nothing waits for you", retries=30)
    await user.should_see("Correct disliked answers")
    assert shell.n_saved > 0


async def test_personal_data_is_taken_out_before_it_is_learnt(
    open_page: Open, desk: ReviewDesk
) -> None:
    user = await opened(open_page)
    await go_to(user, desk, "Who do I write to?")
    press(user, "a")
    await user.should_see("This holds personal data: e-mail address.", retries=30)
    press(user, "p")
    await user.should_see("Personal data is taken out; approve it now.", retries=30)
    press(user, "a")
    await user.should_see("Approved: it counts now.", retries=30)
    assert learnt(desk) == ["Write to [e-mail address]."]
    await user.should_see("1 of 3 approved corrections towards the next training.")


async def test_personal_data_is_kept_for_a_reason(open_page: Open, desk: ReviewDesk) -> None:
    user = await opened(open_page)
    await go_to(user, desk, "Who do I write to?")
    user.find(marker="review-keep").click()
    await user.should_see(marker="review-keep-note", retries=30)
    write(user, "review-keep-note", "It is our public address.")
    user.find(marker="review-keep-approve").click()
    await user.should_see("Approved: it counts now.", retries=30)
    assert learnt(desk) == ["Write to help@example.org."]


async def test_an_edit_is_kept_while_it_is_written_and_then_learnt(
    open_page: Open, desk: ReviewDesk
) -> None:
    user = await opened(open_page)
    press(user, "e")
    await user.should_see(marker="review-answer", retries=30)
    write(user, "review-answer", "It arrives on Friday morning.")
    press(user, "j")
    press(user, "k")
    await user.should_see("edited", retries=30)
    press(user, "a")
    await user.should_see("Approved: it counts now.", retries=30)
    assert learnt(desk) == ["It arrives on Friday morning."]


async def test_one_repair_is_applied_to_similar_answers(open_page: Open, desk: ReviewDesk) -> None:
    user = await opened(open_page)
    await go_to(user, desk, "Where is parcel 7?")
    press(user, "s")
    await user.should_see("Where is parcel 8?", retries=30)
    user.find(marker="review-apply-similar").click()
    await user.should_see("1 similar answer repaired.", retries=30)
    assert learnt(desk) == ["It arrives on Friday."] * 2
    press(user, "u")
    await user.should_see("Taken back: 1 similar answer repaired.", retries=30)
    assert learnt(desk) == ["It arrives on Friday."]


async def test_a_disliked_answer_is_corrected_here(
    open_page: Open, desk: ReviewDesk, shell: FakeShell
) -> None:
    shell.query["show"] = "thumbs_down"
    user = await opened(open_page)
    await user.should_see("Nobody has said yet what would have been right.")
    press(user, "r")
    await user.should_see("There is no correction to decide about.", retries=30)
    press(user, "e")
    await user.should_see(marker="review-answer", retries=30)
    write(user, "review-answer", "Look out of the window.")
    press(user, "a")
    await user.should_see("Every disliked answer is corrected", retries=30)
    assert learnt(desk) == ["Look out of the window."]


async def test_odd_words_of_strangers_are_shown_with_the_reason(
    open_page: Open, desk: ReviewDesk, shell: FakeShell
) -> None:
    shell.query["show"] = "needs_work"
    user = await opened(open_page)
    await user.should_see("It reads like orders to the model, not like an answer.")


async def test_a_dispute_is_settled(open_page: Open, desk: ReviewDesk, shell: FakeShell) -> None:
    for reviewer, verdict in (("bob", ReviewVerdict.APPROVED), ("eve", ReviewVerdict.REJECTED)):
        desk.review.decide("fb_2", verdict, reviewer=reviewer, note=f"says {reviewer}")
    shell.query["show"] = "disputed"
    user = await opened(open_page)
    await user.should_see("“says eve”")
    press(user, "a")
    await user.should_see("Nobody disagrees", retries=30)
    assert learnt(desk) == ["It arrives on Friday."]


async def test_conflicts_and_agreement_have_tabs(
    open_page: Open, desk: ReviewDesk, shell: FakeShell
) -> None:
    other = desk.correct("Where is parcel 7?", "It arrives within a week.", "It is lost.")
    for id in ("fb_2", other.id):
        desk.review.decide(id, ReviewVerdict.APPROVED, reviewer="bob")
    shell.query["tab"] = "conflicts"
    user = await open_page(view.build)
    await user.should_see("It is lost.", retries=30)
    user.find(marker=f"refuse-{other.id}").click()
    await user.should_see("No conflicts", retries=30)
    assert learnt(desk) == ["It arrives on Friday."]
    shell.query["tab"] = "agreement"
    user = await open_page(view.build)
    await user.should_see("What follows", retries=30)
    await user.should_see("Gwet's AC1")


async def test_without_a_deployment_it_says_what_to_do(
    open_page: Open, desk: ReviewDesk, services: Any
) -> None:
    services.deployments.made = []
    user = await open_page(view.build)
    await user.should_see("Deploy a model", retries=30)


async def test_what_counts_no_more_leaves_the_queue(open_page: Open, desk: ReviewDesk) -> None:
    user = await opened(open_page)
    for item in desk.review.queue("dep_1").items:
        desk.say(item.inference, correction=item.inference.output, rater="anna", created_at=now())
        desk.say(item.inference, correction=item.inference.output, rater="bert", created_at=now())
    press(user, "r")
    await user.should_see("This correction counts no more", retries=30)
    await user.should_see("Nothing waits for you", retries=30)
