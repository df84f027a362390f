"""Own thresholds: which of the rules' numbers a project may change, and what each means."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from math import isfinite

import pydantic

from studio.core.ladder.rule import OURS, Rule
from studio.core.ladder.rules import RULES
from studio.core.ladder.vocabulary import is_share, numbers
from studio.domain.errors import InvalidInput
from studio.domain.thresholds import SOURCES, Threshold, Thresholds

ORDERED = (
    ("mixed_share", "dominant_share"),
    ("distil_low", "distil_high"),
    ("pairs_trial", "pairs"),
)
"""Pairs of which the first may not exceed the second."""
DEFAULTS = Thresholds()


def thresholds_of(edits: Mapping[str, float]) -> Thresholds:
    """Returns the numbers with a project's own in place.

    What an earlier studio kept and this one no longer knows, or has a source for, does not count.
    """
    own = {name: value for name, value in edits.items() if _editable(name)}
    return Thresholds.model_validate({**dict(DEFAULTS), **own})


def listed(thresholds: Thresholds) -> tuple[Threshold, ...]:
    """Returns every number with its meaning, default, source and the rules that look at it."""
    words, default_words = numbers(thresholds), numbers(DEFAULTS)
    return tuple(
        Threshold(
            name=name,
            meaning=field.description or name,
            value=getattr(thresholds, name),
            default=getattr(DEFAULTS, name),
            words=words[name],
            default_words=default_words[name],
            share=is_share(name),
            ours=_editable(name),
            source=SOURCES.get(name, OURS),
            rules=tuple(rule.id for rule in RULES if _looks_at(rule, name)),
        )
        for name, field in Thresholds.model_fields.items()
    )


def changed(thresholds: Thresholds) -> tuple[Threshold, ...]:
    """Returns the numbers that differ from their defaults."""
    if thresholds == DEFAULTS:
        return ()
    return tuple(one for one in listed(thresholds) if one.changed)


def put(edits: Mapping[str, float], name: str, value: float) -> Thresholds:
    """Returns the numbers with one more of a project's own.

    Raises:
        InvalidInput: when there is no such threshold, it has a source, or cannot be that number.
    """
    if name not in Thresholds.model_fields:
        near = get_close_matches(name, Thresholds.model_fields, n=1, cutoff=0.4)
        raise InvalidInput(
            f"There is no threshold {name!r}.",
            hint=f"Did you mean {near[0]}?" if near else "See `studio ladder thresholds`.",
        )
    if not _editable(name):
        raise InvalidInput(
            f"{name} is not ours to change: it comes from {SOURCES[name]}.",
            hint="Only thresholds that are our judgement can be set.",
        )
    if not isfinite(value):
        raise InvalidInput(f"{name} cannot be {value}: it is a number.")
    try:
        found = thresholds_of({**edits, name: value})
    except pydantic.ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"]
        raise InvalidInput(f"{name} cannot be {value:g}: {why}.") from error
    for less, more in ORDERED:
        if name in (less, more) and getattr(found, less) > getattr(found, more):
            words = numbers(found)
            raise InvalidInput(
                f"{less} ({words[less]}) would exceed {more} ({words[more]}).",
                hint="Change the other one first.",
            )
    return found


def _looks_at(rule: Rule, name: str) -> bool:
    conditions = [rule.applies, *([rule.warns_if] if rule.warns_if else [])]
    return any(name in one.thresholds() for one in conditions) or f"{{{name}}}" in rule.effect


def _editable(name: str) -> bool:
    return name in Thresholds.model_fields and name not in SOURCES
