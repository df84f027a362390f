"""Documents: streamed to disk like every upload, then read into a collection of the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import app
from starlette.requests import Request

from studio.domain.retrieval import Corpus
from studio.ui.upload_route import LIMIT, UploadRoute

if TYPE_CHECKING:
    from studio.services.container import Services

PATH = "/ui-data/projects/{project_id}/documents"
FIRST = "Documents"
"""Name of the collection that the first file of a project makes."""


def register(services: Services, incoming: Path) -> None:
    """Adds the route to the studio's web application."""
    app.add_route(PATH, DocumentsRoute(services, incoming, LIMIT).put, methods=["PUT"])


class DocumentsRoute(UploadRoute):
    """`PUT /ui-data/projects/prj_1/documents?corpus=…&filename=guide.pdf` with the file as body."""

    def keep(self, request: Request, part: Path, name: str) -> dict[str, Any]:
        """Reads the file's documents; what was refused is told with its reason."""
        retrieval = self._services.retrieval
        corpus = self._corpus(request)
        # The reader goes by the ending, which the name on disk does not have.
        file = part.rename(part.with_name(part.stem + Path(name).suffix.lower()))
        try:
            added = retrieval.add(corpus.id, file, name)
        finally:
            file.unlink(missing_ok=True)
        return {
            "filename": name,
            "corpus": corpus.id,
            "documents": len(added.documents),
            "refused": [{"name": one.name, "reason": one.reason} for one in added.refused],
        }

    def _corpus(self, request: Request) -> Corpus:
        retrieval, project_id = self._services.retrieval, request.path_params["project_id"]
        wanted = request.query_params.get("corpus", "")
        if wanted:
            return retrieval.corpus(wanted)
        existing = retrieval.corpora(project_id)
        return existing[0] if existing else retrieval.create(project_id, FIRST)
