"""Programs in Settings: the address, the switch, and keys from their making to their end."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.keys import Scope
from studio.services.keys import ApiKeyService
from studio.store.database import Database
from studio.store.keys import ApiKeyStore
from studio.ui.pages.settings.programs_view import Programs
from tests.fakes.page_shell import FakeShell
from tests.fakes.studio_parts import FakeProjects
from tests.ui.pages.conftest import Open, until


@pytest.fixture
def services(services: Any) -> Any:
    services.projects = FakeProjects()
    services.keys = ApiKeyService(ApiKeyStore(Database(None)), services.projects.get)
    return services


async def build(services: Any, shell: FakeShell) -> None:
    place: Any = shell
    await Programs(services, place).show()


def element(user: Any, marker: str) -> Any:
    return next(iter(user.find(marker=marker).elements))


async def test_a_key_is_made_shown_once_revoked_and_brought_back(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see("No key was made yet.")
    user.find(marker="new-key-begin").click()
    await user.should_see(marker="key-name")
    user.find(marker="key-make").click()
    await user.should_see("A key needs a name")
    element(user, "key-name").set_value("nightly")
    element(user, "key-scope-all").set_value(False)
    user.find(marker="key-make").click()
    await user.should_see("needs something it is good for")
    element(user, "key-scope-train").set_value(True)
    element(user, "key-life").set_value(90)
    user.find(marker="key-make").click()
    await user.should_see(marker="new-key")
    key = element(user, "new-key").text
    found = services.keys.recognise(key)
    assert found is not None and found.scopes == (Scope.TRAIN,) and found.expires_at
    user.find(marker="new-key-copy").click()
    await user.should_see("Copied")
    user.find(marker="key-done").click()

    user = await open_page(build)
    await user.should_see("Files and fine-tuning")
    await user.should_see(found.prefix)
    await user.should_not_see(key)
    user.find(marker=f"revoke-{found.id}").click()
    await user.should_see("nightly is revoked.")
    assert services.keys.all()[0].revoked_at
    user.find("Undo").click()
    await until(lambda: services.keys.all()[0].revoked_at is None)


async def test_programs_here_are_asked_when_that_is_switched_on(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see(marker="key-here")
    element(user, "key-here").set_value(True)
    await until(services.keys.asked_here)


async def test_the_address_and_first_lines_are_there_to_be_copied(open_page: Open) -> None:
    user = await open_page(build)
    await user.should_see(marker="v1-address")
    address = element(user, "v1-address").text
    assert address.startswith("http") and address.endswith("/v1")
    await user.should_see(f'base_url="{address}"')
