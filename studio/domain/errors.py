"""The one error tree.

StudioError                 something the user can understand; `hint` says what to do next
├── InvalidInput            a value from a form, flag or request is not acceptable
│   └── InvalidDataset      rows or columns that cannot become examples
├── NotFound                no such project, dataset, job or model
├── Conflict                the request contradicts the present state
│   ├── InvalidTransition   a job or run cannot move from its status to the wanted one
│   └── DataFolderInUse     another studio holds this data folder
├── BackendUnavailable      this place cannot do the work here and now
│   └── DoesNotFit          too little memory or disk for this run
├── ModelRefused            a model folder is unsafe, incomplete or altered
├── WorkerFailed            a worker process ended without its result
└── StorageFailed           the database or the disk refused to keep something
"""

from __future__ import annotations

import errno


class StudioError(Exception):
    """Root of the tree: `message` says what happened with which value, `hint` what to do next.

    For programs, `param` names the parameter at fault and `code` the trouble, where they are known.
    """

    def __init__(
        self, message: str, *, hint: str = "", param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.param = param
        self.code = code

    def __str__(self) -> str:
        """Returns message and hint as one text."""
        return f"{self.message} {self.hint}".strip()


class InvalidInput(StudioError):
    """A value from a form, flag or request is not acceptable."""


class InvalidDataset(InvalidInput):
    """Rows or columns cannot become examples."""


class NotFound(StudioError):
    """There is no such thing under that name or id."""


class Conflict(StudioError):
    """The request contradicts the present state."""


class InvalidTransition(Conflict):
    """A job or run cannot move from its status to the wanted one."""


class DataFolderInUse(Conflict):
    """Another studio process holds this data folder."""


class BackendUnavailable(StudioError):
    """This backend cannot do the work here and now."""


class DoesNotFit(BackendUnavailable):
    """The machine has too little memory or disk for this run."""


class ModelRefused(StudioError):
    """A model folder is unsafe, incomplete or altered since it was registered."""


class WorkerFailed(StudioError):
    """A worker process ended without delivering its result."""


class StorageFailed(StudioError):
    """The database or the disk refused to keep something."""


def disk_full(error: BaseException) -> StorageFailed | None:
    """Returns what to say when the disk had no room for something, None for any other trouble."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFailed(
            "The disk is full: nothing more can be kept in the data folder.",
            hint="Free some space and try again; everything saved so far is kept.",
        )
    return None
