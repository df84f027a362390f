"""Alerts in Settings: shown before they are added, tried, removed and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.domain.errors import BackendUnavailable
from studio.domain.monitoring import Letter, MailServer, Post
from studio.services.alerts import AlertService
from studio.services.hearing import EVENTS, TEST
from studio.store.alerts import AlertStore
from studio.store.database import Database
from studio.ui.pages.settings import alerts_vm
from studio.ui.pages.settings.alerts_view import AlertList
from tests.fakes.page_shell import FakeShell
from tests.fakes.studio_parts import FakeProjects
from tests.ui.pages.conftest import Open, until

HOOK = "https://hooks.example.org/studio"


class Pigeon:
    """Takes messages, or does not."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.away = False

    def post(self, post: Post) -> None:
        if self.away:
            raise BackendUnavailable("hooks.example.org could not be reached.")
        self.posts.append(post)

    def mail(self, server: MailServer, password: str | None, letter: Letter) -> None:
        raise AssertionError("no letters here")


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def services(services: Any, pigeon: Pigeon) -> Iterator[Any]:
    services.projects = FakeProjects()
    database = Database(None)
    services.alerts = AlertService(AlertStore(database), lambda: pigeon, {}.get, {})
    yield services
    database.close()


async def build(services: Any, shell: FakeShell) -> None:
    place: Any = shell
    await AlertList(services, place).show()


def element(user: Any, marker: str) -> Any:
    return next(iter(user.find(marker=marker).elements))


async def test_an_alert_is_shown_before_it_is_added(
    open_page: Open, services: Any, pigeon: Pigeon
) -> None:
    user = await open_page(build)
    await user.should_see("Nobody is told of anything.")
    user.find(marker="new-alert-begin").click()
    await user.should_see(marker="alert-address")
    element(user, "alert-address").set_value("nowhere")
    user.find(marker="alert-look").click()
    await user.should_see("is no web address")
    element(user, "alert-address").set_value(HOOK)
    element(user, "alert-everything").set_value(False)
    await user.should_see(marker="alert-event-drift")
    user.find(marker="alert-look").click()
    await user.should_see("Choose what to hear of.")
    element(user, "alert-event-rolled_back").set_value(True)
    user.find(marker="alert-look").click()
    await user.should_see(f"POST {HOOK}")
    assert services.alerts.rules() == [] and pigeon.posts == []
    user.find(marker="alert-add").click()
    await user.should_see("Hears of: Rolled back.")
    (rule,) = services.alerts.rules()
    assert (rule.address, rule.events) == (HOOK, ("rolled_back",))


async def test_an_alert_is_tried_removed_and_brought_back(
    open_page: Open, services: Any, pigeon: Pigeon
) -> None:
    project = services.projects.default().id
    rule = services.alerts.add(project, "webhook", HOOK)
    user = await open_page(build)
    await user.should_see("Hears of: everything.")
    user.find(marker=f"alert-test-{rule.id}").click()
    await user.should_see("It was taken.")
    assert len(pigeon.posts) == 1
    pigeon.away = True
    user.find(marker=f"alert-test-{rule.id}").click()
    await user.should_see("could not be reached")
    user.find(marker=f"alert-remove-{rule.id}").click()
    await user.should_see(f"{HOOK} hears nothing more.")
    assert services.alerts.rules() == []
    user.find("Undo").click()
    await until(lambda: services.alerts.rules() == [rule])


def test_every_event_has_a_name() -> None:
    assert alerts_vm.NAMES.keys() == {*EVENTS, TEST}
