"""Endpoints in Settings: added, looked at, removed and brought back."""

from __future__ import annotations

from typing import Any

import pytest

from studio.services.endpoints import EndpointService
from studio.store.database import Database
from studio.store.endpoints import EndpointStore
from studio.ui.pages.settings.endpoints_view import EndpointList
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


class Lister:
    def models(self, name: str) -> tuple[str, ...]:
        return ("loud", "quiet")


@pytest.fixture
def services(services: Any) -> Any:
    lister: Any = Lister()
    services.endpoints = EndpointService(
        EndpointStore(Database(None)), lambda name: None, lambda: lister
    )
    return services


async def build(services: Any, shell: FakeShell) -> None:
    place: Any = shell
    await EndpointList(services, place, lambda: None).show()


async def test_an_endpoint_is_added_checked_removed_and_brought_back(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see("None: every question is answered on this machine.")
    for marker, text in (("name", "office"), ("address", "https://example.org/v1")):
        next(iter(user.find(marker=f"endpoint-{marker}").elements)).set_value(text)
    user.find(marker="endpoint-add").click()
    await user.should_see("questions go to example.org")
    user.find(marker="endpoint-check-office").click()
    await user.should_see("loud, quiet", retries=30)
    assert services.endpoints.models() == {
        "endpoint:office/loud": "loud at office",
        "endpoint:office/quiet": "quiet at office",
    }
    user.find(marker="endpoint-remove-office").click()
    await user.should_see("office removed.")
    assert services.endpoints.all() == []
    user.find("Undo").click()
    await until(lambda: len(services.endpoints.all()) == 1)


async def test_an_address_that_cannot_be_right_is_refused_with_a_sentence(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see(marker="endpoint-add")
    next(iter(user.find(marker="endpoint-name").elements)).set_value("office")
    next(iter(user.find(marker="endpoint-address").elements)).set_value("example.org")
    user.find(marker="endpoint-add").click()
    await user.should_see("is no address of an API")
    assert services.endpoints.all() == []
