"""Policy files: a policy as YAML that people read and change; every fault is named by its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pydantic

from studio.domain.errors import InvalidInput
from studio.domain.retraining import RetrainPolicy

STATE = frozenset({"deployment_id", "version", "paused_because", "changed_by", "created_at"})
"""Fields that say where a policy stands rather than what it is; a file does not hold them."""
NAMES = tuple(name for name in RetrainPolicy.model_fields if name not in STATE)
LARGEST = 100_000
"""Characters; what people write by hand is far smaller."""

DEEPEST = 6
"""Levels of nesting; a policy has three."""

Place = tuple[str | int, ...]


def written(policy: RetrainPolicy) -> str:
    """Returns a policy as YAML, one field a line, each under its meaning."""
    import yaml

    plain = policy.model_dump(mode="json")
    parts = []
    for name in NAMES:
        said = (RetrainPolicy.model_fields[name].description or "").replace("\n", " ")
        meaning = f"# {said}\n" if said else ""
        parts.append(meaning + yaml.safe_dump({name: plain[name]}, allow_unicode=True, width=1000))
    return "".join(parts)


def read(text: str, policy: RetrainPolicy) -> RetrainPolicy:
    """Returns the policy with what a file says; fields that it leaves out stay as they are.

    Raises:
        InvalidInput: naming the line, for what is no YAML, no field, or no value of its field.
    """
    said, lines = _parsed(text)
    for name in said:
        if name not in NAMES:
            raise InvalidInput(
                f"Line {lines.get((name,), 1)}: there is no setting {name!r} in a policy.",
                hint=f"Settings are {', '.join(NAMES)}.",
            )
    nested = {
        name: {**dict(getattr(policy, name)), **said[name]}
        for name in ("gate", "rollout")
        if isinstance(said.get(name), Mapping)
    }
    try:
        return policy.with_(**{**said, **nested})
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = tuple(first["loc"])
        named = ".".join(str(part) for part in place)
        raise InvalidInput(
            f"Line {_line(lines, place)}: {named}: {first['msg'].rstrip('.')}.",
            hint="Correct the line and load the file again.",
        ) from error


def _parsed(text: str) -> tuple[dict[str, Any], dict[Place, int]]:
    import yaml

    if len(text) > LARGEST:
        raise InvalidInput(f"The file is longer than {LARGEST:,} characters.")
    try:
        _refuse_traps(yaml.parse(text, Loader=yaml.SafeLoader))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}: this" if mark is not None else "The file"
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise InvalidInput(f"{where} is not YAML: {problem}.") from error
    except ValueError as error:
        raise InvalidInput(f"The file cannot be read as YAML: {error}.") from error
    if said is None:
        return {}, {}
    if not isinstance(said, dict):
        raise InvalidInput("Line 1: a policy is a list of settings, each `name: value`.")
    return {str(name): value for name, value in said.items()}, dict(_lines(root, ()))


def _refuse_traps(events: Iterable[Any]) -> None:
    """A few aliases can stand for gigabytes, and reading deep nesting takes hours."""
    import yaml

    depth = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput(f"Line {line}: aliases (*{event.anchor}) are not allowed.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise InvalidInput(f"Line {line}: more than {DEEPEST} levels are never needed.")


def _lines(node: Any, place: Place) -> Iterator[tuple[Place, int]]:
    """Yields place → line of everything in a file; refuses a name that stands there twice."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise InvalidInput(f"Line {line}: {key.value!r} stands there a second time.")
            seen.add(key.value)
            yield (*place, str(key.value)), line
            yield from _lines(value, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*place, index), value.start_mark.line + 1
            yield from _lines(value, (*place, index))


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """Returns the line of a place, or of the nearest thing around it."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 1
