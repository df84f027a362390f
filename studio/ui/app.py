"""The web face put together: addresses, pages, data routes, news; here alone they meet."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from nicegui import app, run, ui

from studio.domain.errors import NotFound
from studio.domain.projects import Project
from studio.ui import data_routes, documents_route, report_route, theme, upload_route
from studio.ui.bridge import Bridge
from studio.ui.pages.datasets import view as datasets
from studio.ui.pages.deployments import list_view as deployments
from studio.ui.pages.deployments import view as deployment
from studio.ui.pages.estimator import view as estimator
from studio.ui.pages.evaluate import view as evaluate
from studio.ui.pages.fine_tune import view as fine_tune
from studio.ui.pages.home import view as home
from studio.ui.pages.ladder import view as ladder
from studio.ui.pages.models import view as models
from studio.ui.pages.playground import view as playground
from studio.ui.pages.review import view as review
from studio.ui.pages.settings import view as settings_page
from studio.ui.routing import Route
from studio.ui.shell import Shell
from studio.ui.strings import PRODUCT

if TYPE_CHECKING:
    from fastapi import FastAPI

    from studio.services.container import Services
    from studio.settings import Settings

log = logging.getLogger(__name__)

ROUTES = (
    Route("/", home.build, "Home"),
    Route("/ladder", ladder.build, "Ladder"),
    Route("/ladder/{step}", ladder.build_step, "Ladder"),
    Route("/estimator", estimator.build, "Estimator"),
    Route("/datasets", datasets.build, "Datasets"),
    Route("/datasets/{version_id}", datasets.build_version, "Dataset"),
    Route("/fine-tune", fine_tune.build, "Fine-tune"),
    Route("/fine-tune/new", fine_tune.build_new, "New fine-tune"),
    Route("/jobs/{job_id}", fine_tune.build_job, "Job"),
    Route("/models", models.build, "Models"),
    Route("/evaluate", evaluate.build, "Evaluate"),
    Route("/evaluate/{baseline_id}/{candidate_id}", evaluate.build_comparison, "Comparison"),
    Route("/playground", playground.build, "Playground"),
    Route("/deployments", deployments.build, "Deployments"),
    Route("/deployments/{name}", deployment.build, "Deployment"),
    Route("/review", review.build, "Review"),
    Route("/settings", settings_page.build, "Settings"),
)


def create(services: Services, settings: Settings) -> Callable[[], Awaitable[None]]:
    """Registers routes and news, and returns the function that draws a browser tab's window."""
    theme.install()
    data_routes.register(services)
    report_route.register(services)
    upload_route.register(services, settings.data_dir / "incoming")
    documents_route.register(services, settings.data_dir / "incoming")
    run.process_pool_start_method = "spawn"
    bridge = Bridge(services.monitor)
    bridge.start()

    async def root() -> None:
        project = await run.io_bound(present_project, services, app.storage.general.get("project"))
        if project is not None:
            Shell(services, settings, bridge, project).draw(ROUTES)

    return root


def present_project(services: Services, wanted: object) -> Project:
    """Returns the project that was open last, or the default one when it is gone."""
    if isinstance(wanted, str):
        try:
            return services.projects.get(wanted)
        except NotFound:
            log.info("the project %s is gone; opening the default one", wanted)
    return services.projects.default()


def mount(
    host: FastAPI, services: Services, settings: Settings, *, secret: str, cookie: str
) -> None:
    """Puts the web face at `/` of a web application, behind whatever it has mounted before.

    Args:
        host: the web application.
        services: what the pages call.
        settings: where data lies.
        secret: signs the cookie by which a browser finds its own drafts again.
        cookie: name of that cookie.
    """
    ui.run_with(
        host,
        root=create(services, settings),
        title=PRODUCT,
        favicon=theme.FAVICON,
        dark=None,
        language="en-US",
        # Short drops of the connection must not cost what was typed.
        reconnect_timeout=60,
        binding_refresh_interval=0.5,
        tailwind=False,
        show_welcome_message=False,
        storage_secret=secret,
        session_middleware_kwargs={"session_cookie": cookie, "same_site": "strict"},
    )
