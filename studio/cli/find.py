"""From what the user typed (a name, an id, a file) to the thing that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from studio.domain.datasets import Dataset, DatasetVersion
    from studio.domain.projects import Project
    from studio.services.container import Services


def project(services: Services, name: str | None, *, make: bool = False) -> Project:
    """Returns the project of that name or id; makes it when asked to; the oldest for None."""
    if name is None:
        return services.projects.default()
    for known in services.projects.all():
        if name in (known.id, known.name):
            return known
    if make:
        return services.projects.create(name=name)
    raise NotFound(
        f"There is no project {name!r}.",
        hint="`studio data list` shows the projects that hold data.",
    )


def datasets(services: Services, project_name: str | None) -> list[tuple[Project, Dataset]]:
    """Returns the datasets of one project, or of all projects for None."""
    within = services.projects.all() if project_name is None else [project(services, project_name)]
    return [(place, dataset) for place in within for dataset in services.datasets.all(place.id)]


def version(services: Services, wanted: str, project_name: str | None = None) -> DatasetVersion:
    """Returns a dataset version by its id, by `name` (the newest) or by `name@2`."""
    name, at, number = wanted.rpartition("@")
    if not at or not number.isdecimal():
        name, number = wanted, ""
    found = [
        dataset
        for _, dataset in datasets(services, project_name)
        if wanted == dataset.id or name == dataset.name
    ]
    if len(found) > 1:
        raise InvalidInput(
            f"{len(found)} projects have a dataset {name!r}.", hint="Add --project NAME."
        )
    if not found:
        return _by_id(services, wanted)
    versions = sorted(services.datasets.versions(found[0].id), key=lambda one: one.number)
    for one in reversed(versions):
        if not number or one.number == int(number):
            return one
    raise NotFound(
        f"Dataset {name!r} has no version {number}.",
        hint=f"It has {', '.join(str(one.number) for one in versions) or 'none yet'}.",
    )


def _by_id(services: Services, wanted: str) -> DatasetVersion:
    try:
        return services.datasets.version(wanted)
    except NotFound as error:
        raise NotFound(
            f"There is no dataset {wanted!r}.",
            hint="`studio data list` shows the datasets; a file is imported with "
            "`studio data import FILE`.",
        ) from error


def model(services: Services, wanted: str) -> str:
    """Returns the id of a base model or a tuned version by its id or name (the newest so named)."""
    names = services.models.names()
    if wanted in names:
        return wanted
    for version in sorted(services.models.versions(), key=lambda v: v.created_at, reverse=True):
        if version.name == wanted:
            return version.id
    for model_id, name in names.items():
        if name == wanted:
            return model_id
    raise NotFound(
        f"There is no model {wanted!r} here.",
        hint="`studio models list` shows what is here; `studio models pull NAME` fetches one.",
    )
