"""API keys: made, shown once, recognised afterwards, and taken back."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import string
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from studio.domain.errors import InvalidInput, StorageFailed
from studio.domain.keys import BEGINS, MEANING, Access, ApiKey, KeptKey, NewKey, Scope
from studio.domain.projects import Project
from studio.domain.values import new_id, now
from studio.store.keys import ApiKeyStore

log = logging.getLogger(__name__)

ALPHABET = string.ascii_letters + string.digits
LETTERS = 40
"""Of a key, 238 random bits; a double click in a terminal selects them all."""
SHOWN = 6
"""Letters kept to tell keys apart; 202 bits stay unknown."""
LAZY = timedelta(minutes=1)
"""How far behind a key's last use may be, so that a request is not a write."""


class ApiKeyService:
    """What a user can do with the keys of programs, and how a program is recognised."""

    def __init__(
        self,
        store: ApiKeyStore,
        project: Callable[[str], Project],
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`project` returns the project with an id or raises NotFound."""
        self._store, self._project, self._clock = store, project, clock
        self._lock = threading.Lock()
        self._known: dict[str, KeptKey] | None = None
        self._access: Access | None = None
        self._unwritten: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}

    def create(
        self,
        name: str,
        project_id: str,
        scopes: Sequence[Scope] = (Scope.ALL,),
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Makes a key and returns it, the only time that it can be read.

        Raises:
            InvalidInput: without a name or scope, or when it would have expired already.
            NotFound: when there is no such project.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= 80:
            raise InvalidInput(
                "A key needs a name of 1 to 80 characters.",
                hint="Say what it is for, for example: nightly retraining.",
            )
        if not scopes:
            raise InvalidInput("A key needs something it is good for.", hint=_choices())
        at = self._clock()
        if expires_at is not None and expires_at <= at:
            raise InvalidInput(f"{expires_at:%Y-%m-%d} is over.", hint="Choose a later day.")
        letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
        key = BEGINS + letters
        about = ApiKey(
            id=new_id("key"),
            name=name,
            prefix=BEGINS + letters[:SHOWN],
            scopes=_least(scopes),
            project_id=self._project(project_id).id,
            created_at=at,
            expires_at=expires_at,
        )
        self._store.add(KeptKey(**about.model_dump(), digest=_digest(key)))
        self._forget()
        return NewKey(key=key, about=about)

    def all(self) -> list[ApiKey]:
        """Returns every key that was made, newest first, revoked ones too."""
        with self._lock:
            return [_told(key) for key in self._keys().values()]

    def revoke(self, key_id: str) -> ApiKey:
        """Makes a key good for nothing, at once; NotFound when there is none."""
        try:
            return self._store.revoke(key_id, self._clock())
        finally:
            self._forget()

    def restore(self, key_id: str) -> ApiKey:
        """Takes back that a key was revoked; NotFound when there is none."""
        try:
            return self._store.revoke(key_id, None)
        finally:
            self._forget()

    def recognise(self, given: str) -> ApiKey | None:
        """Returns the key that a program shows, revoked and expired ones too; None when unknown."""
        mark, found = _digest(given), None
        with self._lock:
            for key in self._keys().values():
                # Every one is compared, so that the time taken tells nothing.
                if hmac.compare_digest(key.digest, mark):
                    found = key
            if found is None:
                return None
            if not found.ended(self._clock()):
                self._note_use(found)
            return _told(found)

    def recognised_at_once(self, given: str) -> ApiKey | None:
        """Returns a good key without reading or writing anything; None: `recognise` must be asked.

        So a program that calls a thousand times a second costs no thread each time.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            at, mark = self._clock(), _digest(given)
            for key in (self._known or {}).values():
                last = self._written.get(key.id)
                fresh = last is not None and at - last < LAZY and not key.ended(at)
                if hmac.compare_digest(key.digest, mark) and fresh:
                    self._unwritten[key.id] = at
                    return _told(key)
            return None
        finally:
            self._lock.release()

    @property
    def access(self) -> Access | None:
        """What holds for programs on this machine; None until `asked_here` has read it."""
        return self._access

    def asked_here(self) -> bool:
        """Returns whether programs on this machine need a key too."""
        with self._lock:
            if self._access is None:
                self._access = self._store.access()
            return self._access.key_here

    def ask_here(self, wanted: bool) -> bool:
        """Decides whether programs on this machine need a key too; returns what now holds."""
        with self._lock:
            self._store.keep_access(Access(key_here=wanted))
            self._access = Access(key_here=wanted)
        return wanted

    def close(self) -> None:
        """Writes down the last uses that are not written yet."""
        with self._lock:
            self._write_uses()

    def _keys(self) -> dict[str, KeptKey]:
        if self._known is None:
            self._known = {key.id: key for key in self._store.all()}
        return self._known

    def _forget(self) -> None:
        with self._lock:
            self._write_uses()
            self._known = None

    def _note_use(self, key: KeptKey) -> None:
        at = self._clock()
        self._unwritten[key.id] = at
        self._keys()[key.id] = key.with_(last_used_at=at)
        last = self._written.get(key.id)
        if last is None or at - last >= LAZY:
            self._write_uses()

    def _write_uses(self) -> None:
        if not self._unwritten:
            return
        try:
            self._store.used(self._unwritten)
        except StorageFailed as error:
            # A full disk must not lock programs out.
            log.warning("When keys were last used could not be kept: %s", error)
            return
        self._written.update(self._unwritten)
        self._unwritten = {}


def _told(key: KeptKey) -> ApiKey:
    return ApiKey.model_validate(key.model_dump(exclude={"digest"}))


def _least(scopes: Sequence[Scope]) -> tuple[Scope, ...]:
    if Scope.ALL in scopes:
        return (Scope.ALL,)
    return tuple(scope for scope in Scope if scope in scopes)


def _digest(key: str) -> str:
    # A plain hash is enough: slow ones protect words that people choose, and nobody can try
    # 2^238 keys. It lets every request be checked in microseconds.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _choices() -> str:
    return "Choose of: " + ", ".join(scope.value for scope in MEANING) + "."
