"""ApiKey: what lets a program use the studio at `/v1`; the key itself is shown once only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from studio.domain.values import Value

BEGINS = "ls-"
"""The first characters of every key, so that a lost one can be told from other services' keys."""


class Scope(StrEnum):
    """What a key is good for."""

    ALL = "all"
    READ = "read"
    TRAIN = "train"
    CHAT = "chat"
    FEEDBACK = "feedback"
    DEPLOY = "deploy"


MEANING: dict[Scope, str] = {
    Scope.ALL: "Everything that programs can do here.",
    Scope.READ: "Look at files, fine-tunes, batches, models and /metrics; change nothing.",
    Scope.TRAIN: "Send and delete files, start, stop and delete fine-tunes.",
    Scope.CHAT: "Ask models, one question or a batch of them.",
    Scope.FEEDBACK: "Say what was good or bad about an answer.",
    Scope.DEPLOY: "Change what answers for a deployment: promote, roll back, split its traffic.",
}
"""Scope → what it allows, as Settings and the command line say it."""


class ApiKey(Value):
    """What is known of a key."""

    id: str
    name: str = Field(min_length=1, max_length=80)
    """What it is for, for example `nightly retraining`."""
    prefix: str
    """How the key begins; enough to tell it from others, far too little to guess it."""
    scopes: tuple[Scope, ...]
    project_id: str
    """Project that its files, fine-tunes and answers land in."""
    created_at: datetime
    expires_at: datetime | None = None
    """When it ends by itself; None: never."""
    last_used_at: datetime | None = None
    """To the minute; None: never used."""
    revoked_at: datetime | None = None

    def ended(self, at: datetime) -> str:
        """Returns why the key is good for nothing any more, empty while it is good."""
        if self.revoked_at is not None:
            return "has been revoked"
        if self.expires_at is not None and self.expires_at <= at:
            return f"has expired on {self.expires_at:%Y-%m-%d %H:%M} UTC"
        return ""

    def allows(self, *scopes: Scope) -> bool:
        """Returns whether it is good for one of these."""
        return Scope.ALL in self.scopes or any(scope in self.scopes for scope in scopes)


class KeptKey(ApiKey):
    """A key as it is kept, with what it is recognised by."""

    digest: str = Field(repr=False)


class NewKey(Value):
    """A key that was just made: the only moment in which it can be read."""

    key: str = Field(repr=False)
    about: ApiKey


class Access(Value):
    """Who must show a key."""

    id: str = "v1"
    key_here: bool = False
    """Whether programs on this machine need a key too; those on others always do."""
