"""Keys come back as they were kept."""

from __future__ import annotations

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.keys import Access, KeptKey, Scope
from studio.domain.values import now
from studio.store.database import Database
from studio.store.keys import ApiKeyStore

KEY = KeptKey(
    id="key_1",
    name="nightly",
    prefix="ls-abcdef",
    scopes=(Scope.READ, Scope.CHAT),
    project_id="project_1",
    created_at=now(),
    digest="ab" * 32,
)


def test_keys_are_kept_revoked_and_noted_as_used(database: Database) -> None:
    store = ApiKeyStore(database)
    store.add(KEY)
    assert store.all() == [KEY]
    assert "ab" * 32 not in repr(KEY)
    at = now()
    revoked = store.revoke("key_1", at)
    assert revoked.revoked_at == at and not hasattr(revoked, "digest")
    store.used({"key_1": at, "key_nowhere": at})
    assert store.all() == [KEY.with_(revoked_at=at, last_used_at=at)]
    store.revoke("key_1", None)
    assert store.all() == [KEY.with_(last_used_at=at)]
    with pytest.raises(NotFound):
        store.revoke("key_2", at)
    with pytest.raises(Conflict):
        store.add(KEY.with_(name="other"))


def test_who_must_show_a_key_is_kept(database: Database) -> None:
    store = ApiKeyStore(database)
    assert store.access() == Access(key_here=False)
    store.keep_access(Access(key_here=True))
    store.keep_access(Access(key_here=True))
    assert ApiKeyStore(database).access() == Access(key_here=True)
