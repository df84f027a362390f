"""The numbers of a retrain policy as fields: label, what it means, unit, and where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from studio.domain.retraining import RetrainPolicy


@dataclass(frozen=True, kw_only=True)
class NumberOf:
    """One number of the policy; `path` is its field, with a dot for gate and rollout."""

    path: str
    label: str
    hint: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    kind: Literal["whole", "number", "share", "money"] = "whole"
    """A share is shown and written in percent."""
    optional: bool = False
    """Empty means: never, or not checked."""

    @property
    def marker(self) -> str:
        """Name for tests."""
        return f"policy-{self.path.replace('.', '-').replace('_', '-')}"

    def shown(self, policy: RetrainPolicy) -> float | None:
        """The value as the field shows it."""
        value = read(policy, self.path)
        if value is None:
            return None
        return round(100 * float(value), 6) if self.kind == "share" else float(value)

    def taken(self, value: float | None) -> Any:
        """The value as the policy keeps it."""
        if value is None:
            return None
        if self.kind == "share":
            return value / 100
        if self.kind == "money":
            return Decimal(str(value))
        return int(value) if self.kind == "whole" and float(value).is_integer() else value


def read(policy: RetrainPolicy, path: str) -> Any:
    """Returns what lies at a path."""
    value: Any = policy
    for name in path.split("."):
        value = getattr(value, name)
    return value


def changed(policy: RetrainPolicy, path: str, value: Any) -> RetrainPolicy:
    """Returns the policy with another value there, validated."""
    head, _, rest = path.partition(".")
    if not rest:
        return policy.with_(**{head: value})
    return policy.with_(**{head: getattr(policy, head).with_(**{rest: value})})
