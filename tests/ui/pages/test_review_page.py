"""The review page as a reviewer meets it."""

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.reviews import ReviewState
from studio.ui.kit.fields import Field
from studio.ui.kit.keys import Keys
from studio.ui.pages.review import view
from tests.fakes.page_flywheel import add_flywheel
from tests.fakes.page_review import ReviewDesk, add_review
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


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


async def opened(open_page: Open) -> User:
    user = await open_page(view.build)
    await user.should_see(marker="review-item", retries=30)
    return user


async def test_a_queue_is_cleared_by_keyboard(open_page: Open, desk: ReviewDesk) -> None:
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
    await user.should_see("Taken back: rejected: it is never learnt.", retries=30)
    await user.should_see("1 of 3", retries=30)
    assert learnt(desk) == []
