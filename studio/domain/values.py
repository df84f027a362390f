"""Value: the frozen, validated, keyword-only base of every noun; identifiers and the clock."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Self

import pydantic


class Value(pydantic.BaseModel):
    """An immutable noun. The string under a field is its meaning, shown by forms, CLI and docs."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    def with_(self, **changes: Any) -> Self:
        """Returns a copy with these fields changed, validated like a new value."""
        return type(self).model_validate({**dict(self), **changes})


def new_id(kind: str) -> str:
    """Returns a fresh identifier such as `job_5f2c9a7be01d4c38`: 64 random bits after the kind."""
    return f"{kind}_{secrets.token_hex(8)}"


def now() -> datetime:
    """Returns the present moment in UTC, with its time zone."""
    return datetime.now(UTC)
