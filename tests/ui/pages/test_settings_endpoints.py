"""Endpoints in Settings: added, looked at, removed and brought back."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.endpoints import Dialect
from studio.services.endpoints import EndpointService
from studio.services.secrets import SecretService
from studio.store.database import Database
from studio.store.endpoints import EndpointStore
from studio.ui.pages.settings.endpoints_view import EndpointList
from tests.fakes.page_shell import FakeShell
from tests.fakes.studio_parts import FakeKeyring
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
    keyring = FakeKeyring()
    services.secrets = SecretService(lambda: keyring, {}, services.endpoints.secrets)
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


def fill(user: Any, **texts: str) -> None:
    for marker, text in texts.items():
        next(iter(user.find(marker=f"endpoint-{marker}").elements)).set_value(text)


async def test_the_form_says_where_questions_go_before_anything_is_kept(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see(marker="endpoint-add")
    fill(user, address="https://api.example.org/v1")
    await user.should_see("will leave this machine, for api.example.org")
    fill(user, address="http://127.0.0.1:8000/v1")
    await user.should_see("stay on this machine")
    assert services.endpoints.all() == []


async def test_a_key_goes_to_the_keyring_under_a_name_made_for_it(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see(marker="endpoint-add")
    fill(user, name="office-gpu", address="https://example.org/v1", key="key-0123456789abcdef")
    user.find(marker="endpoint-add").click()
    await until(lambda: len(services.endpoints.all()) == 1)
    assert services.endpoints.all()[0].secret == "OFFICE_GPU_API_KEY"
    await until(lambda: services.secrets.value("OFFICE_GPU_API_KEY") == "key-0123456789abcdef")
    await user.should_see("questions go to example.org", retries=30)
    assert next(iter(user.find(marker="endpoint-key").elements)).value == ""


async def test_an_endpoint_is_changed_under_its_name(open_page: Open, services: Any) -> None:
    services.endpoints.add("office", "https://example.org/v1", ["loud"])
    user = await open_page(build)
    await user.should_see(marker="endpoint-change-office")
    user.find(marker="endpoint-change-office").click()
    await user.should_see("Change office")
    fill(user, address="https://example.com/openai/", models="loud, quiet", version="2024-10-21")
    user.find(marker="endpoint-add").click()
    await until(lambda: services.endpoints.get("office").api_version == "2024-10-21")
    changed = services.endpoints.get("office")
    assert (changed.base_url, changed.models) == ("https://example.com/openai", ("loud", "quiet"))
    await user.should_see("Add an endpoint")


async def test_a_first_step_fills_the_form_and_says_what_is_ending(
    open_page: Open, services: Any
) -> None:
    user = await open_page(build)
    await user.should_see(marker="endpoint-begin-openai")
    user.find(marker="endpoint-begin-openai").click()
    await user.should_see("nobody can after 2027-01-06", retries=30)
    user.find(marker="endpoint-add").click()
    await until(lambda: len(services.endpoints.all()) == 1)
    made = services.endpoints.get("openai")
    assert (made.dialect, made.secret) == (Dialect.OPENAI, "OPENAI_API_KEY")
    assert "gpt-4.1-mini-2025-04-14" in made.trains
    await user.should_see("Can be fine-tuned there (OpenAI): gpt-4.1-mini-2025-04-14", retries=30)


async def test_what_can_be_tuned_is_changed_and_comes_back_after_a_removal(
    open_page: Open, services: Any
) -> None:
    services.endpoints.add("acme", "https://example.org/v1", ["a"])
    user = await open_page(build)
    await user.should_see(marker="endpoint-change-acme")
    user.find(marker="endpoint-change-acme").click()
    await user.should_see("Change acme", retries=30)
    fill(user, trains="a, b")
    next(iter(user.find(marker="endpoint-dialect").elements)).set_value(Dialect.NEBIUS)
    user.find(marker="endpoint-add").click()
    await until(lambda: services.endpoints.get("acme").trains == ("a", "b"))
    before = services.endpoints.get("acme")
    await user.should_see("Can be fine-tuned there (Nebius): a, b", retries=30)
    user.find(marker="endpoint-remove-acme").click()
    await user.should_see("acme removed.", retries=30)
    user.find("Undo").click()
    await until(lambda: len(services.endpoints.all()) == 1)
    back = services.endpoints.get("acme")
    assert (before.dialect, before.trains) == (Dialect.NEBIUS, ("a", "b"))
    assert (back.dialect, back.trains) == (before.dialect, before.trains)
