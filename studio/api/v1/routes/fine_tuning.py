"""Routes of `/v1/fine_tuning`: jobs, their events and checkpoints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query, Request

from studio.api.v1 import ids, jobs, news
from studio.api.v1.errors import invalid, missing
from studio.api.v1.paging import page
from studio.api.v1.project import Project
from studio.api.v1.shapes.fine_tuning import (
    CheckpointList,
    EventList,
    JobAsked,
    JobList,
    JobObject,
)
from studio.domain.training import Objective
from studio.domain.values import new_id, now
from studio.domain.wire import TuningOrder
from studio.services.wire_orders import WireJob

if TYPE_CHECKING:
    from studio.services.container import Services

TUNED = ("ft:", "model_")
FILTER = re.compile(r"metadata\[(.+)\]")
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = str | None


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/fine_tuning")
    routes.include_router(_jobs(services))
    routes.include_router(_news(services))

    @routes.api_route("/checkpoints/{model}/permissions", methods=["GET", "POST"])
    @routes.delete("/checkpoints/{model}/permissions/{permission_id}")
    def permissions(model: str) -> None:
        raise missing(
            "Checkpoints are not shared between projects here: whoever may use this studio's "
            "project may use all of its models.",
            code="not_offered",
        )

    return routes


def _found(services: Services, job_id: str, project_id: str) -> WireJob:
    return services.wire_jobs.get(ids.ours(job_id, "job", word="job"), project_id)


def _jobs(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/jobs")

    def shown(wire: WireJob) -> JobObject:
        return jobs.job_object(wire, services.wire_jobs.facts(wire))

    @routes.post("")
    def create(
        asked: JobAsked,
        project_id: Project,
        idempotency_key: Annotated[str, Header(max_length=255)] = "",
    ) -> JobObject:
        return shown(services.wire_jobs.create(order(services, asked, project_id, idempotency_key)))

    @routes.get("")
    def listed(
        request: Request, project_id: Project, after: Cursor = None, limit: Limit = 20
    ) -> JobList:
        fits = _filter(request)
        every = [wire for wire in services.wire_jobs.all(project_id) if fits(wire)]
        some, more = page(every, after=after, limit=limit, id_of=lambda one: ids.theirs(one.id))
        return JobList(data=[shown(wire) for wire in some], has_more=more)

    @routes.get("/{job_id}")
    def retrieve(job_id: str, project_id: Project) -> JobObject:
        return shown(_found(services, job_id, project_id))

    @routes.post("/{job_id}/cancel")
    def cancel(job_id: str, project_id: Project) -> JobObject:
        return shown(services.wire_jobs.cancel(_found(services, job_id, project_id).id, project_id))

    @routes.post("/{job_id}/pause")
    def pause(job_id: str, project_id: Project) -> JobObject:
        return shown(services.wire_jobs.pause(_found(services, job_id, project_id).id, project_id))

    @routes.post("/{job_id}/resume")
    def resume(job_id: str, project_id: Project) -> JobObject:
        return shown(services.wire_jobs.resume(_found(services, job_id, project_id).id, project_id))

    return routes


def _news(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/jobs")

    @routes.get("/{job_id}/events")
    def events(
        job_id: str, project_id: Project, after: Cursor = None, limit: Limit = 20
    ) -> EventList:
        wire = _found(services, job_id, project_id)
        place, facts = news.below(after, wire), services.wire_jobs.facts(wire)
        own = services.wire_jobs.news(wire, news.number_below(place), limit + 1)
        told = list(news.told(wire, facts, own, place))
        return EventList(data=told[:limit], has_more=len(told) > limit)

    @routes.get("/{job_id}/checkpoints")
    def checkpoints(
        job_id: str, project_id: Project, after: Cursor = None, limit: Limit = 10
    ) -> CheckpointList:
        wire = _found(services, job_id, project_id)
        told, kept = services.wire_jobs.measured(wire), services.wire_jobs.kept_steps(wire)
        every = news.checkpoints(wire, told, kept)
        data, more = page(every, after=after, limit=limit, id_of=lambda one: one.id)
        return CheckpointList(
            data=data,
            first_id=data[0].id if data else None,
            last_id=data[-1].id if data else None,
            has_more=more,
        )

    return routes


def order(
    services: Services, asked: JobAsked, project_id: str, idempotency_key: str
) -> TuningOrder:
    """Returns what a client asked for in our words."""
    if asked.model.startswith(TUNED):
        raise invalid(
            "Training on from a tuned model is not offered here. Train its base model on both "
            "sets of examples together.",
            "model",
            "model_not_supported",
        )
    objective = Objective.SFT
    if asked.method is not None and asked.method.type == "dpo":
        objective = Objective.DPO
    chosen = asked.chosen.model_dump()
    ladder = asked.ladder.model_dump(mode="json", exclude_none=True, exclude={"project"})
    return TuningOrder(
        id=new_id("job"),
        project_id=_project(services, asked, project_id),
        base_model=services.wire_jobs.base(asked.model).id,
        training_file=ids.ours(asked.training_file, "file"),
        validation_file=ids.ours(asked.validation_file, "file") if asked.validation_file else None,
        suffix=asked.suffix,
        seed=asked.seed,
        metadata=asked.metadata,
        objective=objective,
        asked={name: value for name, value in chosen.items() if value != "auto"},
        ladder={name: value for name, value in ladder.items() if value != {}},
        idempotency_key=idempotency_key,
        created_at=now(),
    )


def _project(services: Services, asked: JobAsked, project_id: str) -> str:
    """Returns the project a run belongs to: named in the request, else the caller's own."""
    wanted = asked.ladder.project
    if wanted is None:
        return project_id
    own = services.projects.get(project_id)
    if wanted not in (own.id, own.name):
        raise invalid(
            f"This caller works in the project “{own.name}”, not in “{wanted[:80]}”.",
            "ladder.project",
        )
    return project_id


def _filter(request: Request) -> Callable[[WireJob], bool]:
    """Returns what tells whether a job has the metadata that the address asks for."""
    asked = request.query_params.multi_items()
    wanted = {key[1]: value for name, value in asked if (key := FILTER.fullmatch(name))}
    without = any(name == "metadata" for name, _ in asked)

    def fits(wire: WireJob) -> bool:
        kept = wire.order.metadata or {}
        if without:
            return not kept
        return all(kept.get(name) == value for name, value in wanted.items())

    return fits
