"""CharterField: one question of the charter: how it is asked, shown, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from studio.domain.charters import Charter

Kind = Literal["text", "long", "money", "whole", "share", "choice", "yes_no", "date"]


@dataclass(frozen=True, kw_only=True)
class CharterField:
    """One question."""

    name: str
    """Field of the Charter."""
    label: str
    why: str
    """Why we ask, in one line."""
    kind: Kind
    unknown: str = ""
    """What an empty answer means."""
    choices: dict[Any, str] | None = None
    suffix: str = ""
    low: float | None = 0
    high: float | None = None

    @property
    def hint(self) -> str:
        """Why we ask, and what happens without an answer."""
        return f"{self.why} {self.unknown}".strip()

    def shown(self, charter: Charter) -> Any:
        """The charter's value as the form shows it."""
        value = getattr(charter, self.name)
        if self.kind == "share":
            return None if value is None else round(100 * value, 4)
        if self.kind == "money":
            return None if value is None else float(value)
        if self.kind == "date":
            return "" if value is None else value.isoformat()
        if self.kind == "choice":
            return "" if value is None else value
        return value

    def parse(self, given: Any) -> Any:
        """Returns the value that an entry of the form stands for; empty is unknown.

        Raises:
            ValueError: in words fit for the field.
        """
        if self.kind in ("text", "long"):
            return str(given or "")
        if self.kind == "yes_no":
            return bool(given)
        if given is None or given == "":
            return self._empty()
        return PARSERS[self.kind](self, given)

    def _empty(self) -> Any:
        if self.name == "horizon_months":
            return Charter.model_fields[self.name].default
        return None

    def check(self, number: float) -> float:
        """Returns the number when it lies within the limits."""
        if self.low is not None and number < self.low:
            raise ValueError(f"At least {self.low:g}.")
        if self.high is not None and number > self.high:
            raise ValueError(f"At most {self.high:g}.")
        return number


def _money(field: CharterField, given: Any) -> Decimal:
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        raise ValueError("Give an amount, or leave it empty.") from None
    if not amount.is_finite():
        raise ValueError("Give an amount, or leave it empty.")
    field.check(float(amount))
    return amount


def _number(field: CharterField, given: Any) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        raise ValueError("Give a number, or leave it empty.") from None
    return field.check(number)


def _whole(field: CharterField, given: Any) -> int:
    number = _number(field, given)
    if number != int(number):
        raise ValueError("Give a whole number.")
    return int(number)


def _share(field: CharterField, given: Any) -> float:
    return _number(field, given) / 100


def _date(field: CharterField, given: Any) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise ValueError("Give a day as year-month-day.") from None


def _choice(field: CharterField, given: Any) -> Any:
    return given


PARSERS: dict[str, Callable[[CharterField, Any], Any]] = {
    "money": _money,
    "whole": _whole,
    "share": _share,
    "date": _date,
    "choice": _choice,
}
