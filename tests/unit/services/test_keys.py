"""Keys are shown once, recognised until they end, and never kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from studio.domain.errors import InvalidInput, NotFound, StorageFailed
from studio.domain.keys import Scope
from studio.domain.values import now
from studio.services.keys import LAZY, ApiKeyService
from studio.store.database import Database
from studio.store.keys import ApiKeyStore
from tests.fakes.studio_parts import FakeProjects

START = now()


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


class CountingStore(ApiKeyStore):
    """Counts what is written of last uses, and may have no room."""

    writes = 0
    full = False

    def used(self, last: object) -> None:
        if self.full:
            raise StorageFailed("The disk is full.")
        self.writes += 1
        super().used(last)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[CountingStore]:
    with Database(None) as database:
        yield CountingStore(database)


@pytest.fixture
def keys(store: CountingStore, clock: Clock) -> ApiKeyService:
    return ApiKeyService(store, FakeProjects().get, clock)


def test_a_key_is_recognised_and_comes_from_nowhere_else(keys: ApiKeyService) -> None:
    made = keys.create("  nightly   retraining ", "prj_1", (Scope.TRAIN, Scope.READ))
    assert made.about.name == "nightly retraining"
    assert made.about.scopes == (Scope.READ, Scope.TRAIN)
    whole = keys.create("all of it", "prj_1", (Scope.READ, Scope.ALL))
    assert whole.about.scopes == (Scope.ALL,)
    assert made.key.startswith(made.about.prefix) and len(made.key) == 43
    found = keys.recognise(made.key)
    assert found is not None and found.id == made.about.id and found.ended(START) == ""
    for wrong in ("", "ls-", made.key[:-1], made.key + "a", made.key.swapcase(), "ls-\ud800"):
        assert keys.recognise(wrong) is None


def test_two_keys_are_never_the_same(keys: ApiKeyService) -> None:
    made = [keys.create("a", "prj_1").key for _ in range(50)]
    assert len(set(made)) == 50
    assert len(set("".join(made))) > 50  # of 62 letters


def test_the_key_itself_is_kept_nowhere(tmp_path: Path, clock: Clock) -> None:
    with Database(tmp_path / "studio.duckdb") as database:
        keys = ApiKeyService(ApiKeyStore(database), FakeProjects().get, clock)
        made = keys.create("a", "prj_1")
        assert made.key not in repr(made) and made.key not in repr(keys.all())
        assert all("digest" not in key.model_dump() for key in keys.all())
        again = ApiKeyService(ApiKeyStore(database), FakeProjects().get, clock)
        assert again.recognise(made.key) is not None
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert made.about.prefix.encode() in kept
    assert made.key.encode() not in kept and made.key[9:].encode() not in kept


def test_a_revoked_key_is_good_for_nothing_until_that_is_taken_back(
    keys: ApiKeyService, clock: Clock
) -> None:
    made = keys.create("a", "prj_1")
    assert keys.revoke(made.about.id).revoked_at == START
    found = keys.recognise(made.key)
    assert found is not None and "revoked" in found.ended(START)
    assert found.last_used_at is None
    keys.restore(made.about.id)
    found = keys.recognise(made.key)
    assert found is not None and found.ended(START) == ""
    with pytest.raises(NotFound):
        keys.revoke("key_nowhere")


def test_a_key_ends_when_it_was_said_to(keys: ApiKeyService, clock: Clock) -> None:
    made = keys.create("a", "prj_1", expires_at=START + timedelta(days=1))
    clock.time += timedelta(days=1)
    found = keys.recognise(made.key)
    assert found is not None and "expired" in found.ended(clock.time)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [(" ", (Scope.ALL,), 1), ("a" * 81, (Scope.ALL,), 1), ("a", (), 1), ("a", (Scope.ALL,), 0)],
)
def test_a_key_without_sense_is_not_made(
    keys: ApiKeyService, name: str, scopes: tuple[Scope, ...], days: int
) -> None:
    with pytest.raises(InvalidInput):
        keys.create(name, "prj_1", scopes, START + timedelta(days=days))
    with pytest.raises(NotFound):
        keys.create("a", "prj_nowhere")
    assert keys.all() == []


def test_the_last_use_is_shown_at_once_and_written_once_a_minute(
    keys: ApiKeyService, store: CountingStore, clock: Clock
) -> None:
    made = keys.create("a", "prj_1")
    for _ in range(100):
        clock.time += LAZY / 50
        keys.recognise(made.key)
    assert keys.all()[0].last_used_at == clock.time
    assert store.writes == 2
    keys.close()
    assert store.all()[0].last_used_at == clock.time


def test_a_full_disk_locks_nobody_out(keys: ApiKeyService, store: CountingStore) -> None:
    made = keys.create("a", "prj_1")
    store.full = True
    assert keys.recognise(made.key) is not None
    store.full = False
    keys.close()
    assert store.all()[0].last_used_at == START


def test_whether_this_machine_is_asked_is_kept(keys: ApiKeyService, store: CountingStore) -> None:
    assert not keys.asked_here()
    assert keys.ask_here(True) and keys.asked_here()
    assert ApiKeyService(store, FakeProjects().get).asked_here()
    assert not keys.ask_here(False) and not keys.asked_here()


def test_a_key_used_just_now_is_known_without_reading_or_writing(
    keys: ApiKeyService,
) -> None:
    made = keys.create("website", "prj_1")
    assert keys.recognised_at_once(made.key) is None
    assert keys.recognise(made.key) is not None
    at_once = keys.recognised_at_once(made.key)
    assert at_once is not None
    assert at_once.id == made.about.id
    assert keys.recognised_at_once("ls-unknown") is None
    keys.revoke(made.about.id)
    assert keys.recognised_at_once(made.key) is None
    assert keys.access is None
    keys.asked_here()
    assert keys.access is not None
