"""Behave: everything a test can make the server do otherwise than it should."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Instead:
    """An answer in place of the usual one."""

    status: int = 500
    message: str = "The server had an error."
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    """A body that is no JSON error, as `media`."""
    media: str = "text/html"
    acted: bool = False
    """True when the usual thing is done all the same, and only its answer is lost."""


@dataclass(kw_only=True)
class Behave:
    """Switches; what stands here is what a good server does."""

    key: str = ""
    """The only key that is let in; empty lets everybody in."""
    locked_out: bool = False
    """403 `training_not_available` on every create, after any upload."""
    no_training: Instead | None = None
    """Answers everything under /fine_tuning."""
    no_listing: bool = False
    """405 for the lists of jobs and of files."""
    instead: list[tuple[str, str, Instead]] = field(default_factory=list)
    """Method, end of the path and what is answered once; the first that fits is used up."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request so far."""
    heads: list[dict[str, str]] = field(default_factory=list)

    # Jobs.
    steps: int = 12
    """Steps of a run; 0 works them out from rows, batch size and epochs."""
    pace: int = 4
    """Steps done at each look at a running job."""
    held: bool = False
    """Running jobs get no further."""
    fails: dict[str, Any] | None = None
    """What a job fails with in the end."""
    no_error: Any = None
    """What stands for no error: None, {} or an object of nulls."""
    leaves_error_out: bool = False
    sparse: bool = False
    """Jobs carry the ten fields of the specification's examples only."""
    unknown_fields: bool = False
    drops_metadata: bool = False
    ignores_filter: bool = False
    honours_idempotency: bool = False
    says: dict[str, str] = field(default_factory=dict)
    """Status → the word that is said in its place."""
    names_model_late: int = 0
    """Looks at a succeeded job before it names its model."""
    cannot: set[str] = field(default_factory=set)
    """Of cancel, pause and resume, what answers 404."""
    create_seconds: float = 0.0
    """How long a create takes to answer; the job is made at once."""
    trusts_files: bool = False
    """True takes jobs on files that are not there, and finds out later."""

    # News.
    validates: bool = True
    """Metrics carry valid_* where there is a validation file."""
    full_every: int = 6
    checkpoint_every: int = 4
    checkpoints_kept: int = 3
    moderates: bool = False
    has_more: bool = True
    """False leaves the field out of every list."""
    page: int = 100
    """Most entries on a page, whatever is asked for."""
    tells_metrics: bool = True
    """False leaves the metrics to the result table."""
    result: str = "base64"
    """`base64`, `plain` or nothing."""

    # Files and models.
    file_looks: int = 1
    """Looks at a file before it is processed."""
    bad_file: str = ""
    """Status details of every file; empty for good ones."""
    cuts: int = 0
    """Bytes lost of every file that arrives."""
    no_uploads: bool = False
    expires: int = 0
    """Uploads that are gone before their second part."""
    shutdown: dict[str, str | None] = field(default_factory=dict)
    """Model → its `shutdown_date`; models not named here have no such field."""
    models: tuple[str, ...] = ("base-mini", "base-large")

    def once(self, method: str, path_ends: str, *instead: Instead) -> None:
        """Answers the next such requests otherwise, one after the other."""
        self.instead += [(method, path_ends, one) for one in instead]
