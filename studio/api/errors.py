"""How errors travel: an HTTP status and a JSON body out, the same StudioError back."""

from __future__ import annotations

from typing import Any

from studio.domain import errors
from studio.domain.errors import StudioError

STATUS: dict[type[StudioError], int] = {
    errors.StudioError: 400,
    errors.InvalidInput: 422,
    errors.InvalidDataset: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.InvalidTransition: 409,
    errors.DataFolderInUse: 409,
    errors.BackendUnavailable: 503,
    errors.DoesNotFit: 503,
    errors.ModelRefused: 422,
    errors.WorkerFailed: 502,
    errors.StorageFailed: 507,
}
"""HTTP status of each error; a test holds it against the error tree."""

BY_NAME = {kind.__name__: kind for kind in STATUS}


def body(error: StudioError) -> dict[str, Any]:
    """Returns the JSON body that carries the error."""
    return {
        "error": {
            "type": type(error).__name__,
            "message": error.message,
            "hint": error.hint,
        }
    }


def from_body(content: object) -> StudioError:
    """Returns the error a body carries; a StudioError of its own when the body carries none."""
    found = content.get("error") if isinstance(content, dict) else None
    if not isinstance(found, dict):
        return StudioError(
            "The running studio gave an answer that is not understood.",
            hint="Close it and start it again, so that both are the same version.",
        )
    kind = BY_NAME.get(str(found.get("type")), StudioError)
    return kind(str(found.get("message", "")), hint=str(found.get("hint", "")))
