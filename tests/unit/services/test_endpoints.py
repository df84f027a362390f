"""Endpoints are kept without their keys, checked before anything is believed, and name models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.domain.endpoints import Dialect
from studio.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound
from studio.services.endpoints import EndpointService
from studio.store.database import Database
from studio.store.endpoints import EndpointStore

KEY = "key-0123456789abcdef"


class Lister:
    """Lists two models, or fails."""

    def __init__(self) -> None:
        self.failure: BackendUnavailable | None = None

    def models(self, name: str) -> tuple[str, ...]:
        if self.failure:
            raise self.failure
        return ("loud", "quiet")


@pytest.fixture
def lister() -> Lister:
    return Lister()


@pytest.fixture
def service(lister: Any, tmp_path: Path) -> Iterator[EndpointService]:
    with Database(tmp_path / "studio.duckdb") as database:
        yield EndpointService(EndpointStore(database), {"OFFICE_KEY": KEY}.get, lambda: lister)


def test_an_endpoint_offers_its_models_by_an_id_of_its_own(service: EndpointService) -> None:
    service.add("office", "http://127.0.0.1:8000/v1/", ["loud", " loud ", ""])
    assert service.all()[0].base_url == "http://127.0.0.1:8000/v1"
    assert service.models() == {"endpoint:office/loud": "loud at office"}
    assert service.handle("endpoint:office/any/model").name == "any/model at office"


def test_an_endpoint_says_what_can_be_tuned_there_and_how(service: EndpointService) -> None:
    made = service.add(
        "acme", "https://example.org/v1", dialect=Dialect.NEBIUS, trains=["a", " a", "", "b "]
    )
    assert (made.dialect, made.trains) == (Dialect.NEBIUS, ("a", "b"))
    changed = service.change(made.with_(dialect=Dialect.LADDER, trains=(" c ",)))
    assert service.get("acme") == changed
    assert (changed.dialect, changed.trains) == (Dialect.LADDER, ("c",))
    assert service.connection("acme").dialect is Dialect.LADDER


def test_kept_answers_belong_to_address_and_model(service: EndpointService) -> None:
    made = service.add("office", "http://127.0.0.1:8000/v1", ["loud"])
    before = service.handle("endpoint:office/loud").base_manifest_sha256
    assert service.handle("endpoint:office/quiet").base_manifest_sha256 != before
    service.change(made.with_(base_url="http://127.0.0.1:9000/v1"))
    assert service.handle("endpoint:office/loud").base_manifest_sha256 != before


@pytest.mark.parametrize(
    ("name", "address", "secret"),
    [
        ("Office!", "https://example.org/v1", ""),
        ("", "https://example.org/v1", ""),
        ("office", "example.org/v1", ""),
        ("office", "ftp://example.org/v1", ""),
        ("office", "https://user:pass@example.org/v1", ""),
        ("office", "https://example.org/v1", "sk-this-is-the-key-itself"),
        ("office", "http://example.org/v1", "OFFICE_KEY"),
        ("office", "https://example.org/v1", "HF_TOKEN"),
        ("office", "https://example.org/v1", "LADDER_PASSWORD"),
    ],
)
def test_what_cannot_be_right_is_refused(
    service: EndpointService, name: str, address: str, secret: str
) -> None:
    with pytest.raises(InvalidInput):
        service.add(name, address, [], secret)
    assert service.all() == []


def test_a_name_is_given_once(service: EndpointService) -> None:
    service.add("office", "https://example.org/v1")
    with pytest.raises(Conflict):
        service.add("office", "https://example.com/v1")
    other = service.add("home", "https://example.com/v1")
    with pytest.raises(Conflict):
        service.change(other.with_(name="office"))


def test_removed_is_gone_and_unknown_is_said(service: EndpointService) -> None:
    service.add("office", "https://example.org/v1", ["loud"])
    service.remove("office")
    assert service.models() == {}
    for use in (service.remove, service.get, lambda name: service.handle(f"endpoint:{name}/x")):
        with pytest.raises(NotFound):
            use("office")


def test_a_look_tells_which_named_models_are_missing(
    service: EndpointService, lister: Lister
) -> None:
    service.add("office", "http://localhost:8000/v1", ["loud", "old"])
    state = service.check("office")
    assert state.reachable
    assert state.models == ("loud", "quiet")
    assert "does not list old" in state.message
    lister.failure = BackendUnavailable("Nobody is there.", hint="Start it.")
    state = service.check("office")
    assert (state.reachable, state.message) == (False, "Nobody is there. Start it.")


def test_the_key_is_found_by_its_name_and_never_kept(
    service: EndpointService, tmp_path: Path
) -> None:
    service.add("office", "https://example.org/v1", ["loud"], "OFFICE_KEY")
    assert service.connection("office").key == KEY
    assert service.secrets() == {
        "OFFICE_KEY": "Asks example.org in the name of the endpoint office."
    }
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in kept


@pytest.mark.parametrize(
    ("address", "leaves"),
    [
        ("http://127.0.0.1:8000/v1", False),
        ("http://localhost/v1", False),
        ("http://[::1]:8000/v1", False),
        ("http://192.0.2.7:8000/v1", True),
        ("https://localhost.example.org/v1", True),
    ],
)
def test_only_loopback_stays_on_this_machine(
    service: EndpointService, address: str, leaves: bool
) -> None:
    assert service.add("office", address).leaves_machine is leaves


def test_a_key_that_is_not_there_is_said_before_anything_is_sent(
    service: EndpointService,
) -> None:
    service.add("office", "https://example.org/v1", ["loud"], "OTHER_KEY")
    with pytest.raises(BackendUnavailable, match="key OTHER_KEY of the endpoint office"):
        service.connection("office")
