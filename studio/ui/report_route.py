"""The report over HTTP: shown as a page, or sent as a file to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import app
from starlette.requests import Request
from starlette.responses import Response

from studio.domain.errors import NotFound
from studio.ui.data_routes import PREFIX, in_words

if TYPE_CHECKING:
    from studio.services.container import Services

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""The page needs nothing but its own style; nothing a client wrote can fetch or run anything."""


def register(services: Services) -> None:
    """Adds the route to the studio's web application."""

    def report(request: Request) -> Response:
        project_id, kind = request.path_params["project_id"], request.path_params["kind"]
        if kind == "html":
            page = services.reports.html(project_id)
            return Response(
                page, media_type="text/html", headers={"content-security-policy": POLICY}
            )
        if kind == "pdf":
            return Response(services.reports.pdf(project_id), media_type="application/pdf")
        raise NotFound(f"There is no report as {kind!r}.", hint="Ask for html or pdf.")

    path = PREFIX + "/projects/{project_id}/report.{kind}"
    app.add_route(path, in_words(report), methods=["GET"])
