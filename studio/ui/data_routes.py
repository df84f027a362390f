"""Rows for the tables, over HTTP: pages of a dataset, answers side by side, a download."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nicegui import app
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    NotFound,
    StorageFailed,
    StudioError,
    disk_full,
)
from studio.domain.evaluation import SideBySide

if TYPE_CHECKING:
    from studio.services.container import Services

log = logging.getLogger(__name__)
PREFIX = "/ui-data"
LONGEST_PAGE = 1000
DOCUMENT_COLUMNS = ("key", "title", "kind", "n_words")
"""The same in the rows of a collection of documents."""
EXAMPLE_COLUMNS = ("line", "split", "prompt", "answer")
"""What c0, c1 … mean in the rows of a dataset version."""
ONLY: dict[str, Literal["better", "worse", "same"] | None] = {
    "": None,
    "better": "better",
    "worse": "worse",
    "same": "same",
}
STATUS: tuple[tuple[type[StudioError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 400),
    (Conflict, 409),
    (BackendUnavailable, 503),
    (StorageFailed, 507),
)
UNREADABLE = StudioError("The studio could not read these rows.")
Endpoint = Callable[[Request], Response]


def register(services: Services) -> None:
    """Adds the routes to the studio's web application; they live as long as it does."""
    routes = DataRoutes(services)
    for path, endpoint in (
        ("/datasets/{version_id}/rows", routes.examples),
        ("/datasets/{version_id}/export.jsonl", routes.export),
        ("/corpora/{corpus_id}/documents", routes.documents),
        ("/comparisons/{baseline_id}/{candidate_id}/rows", routes.comparison),
    ):
        app.add_route(PREFIX + path, in_words(endpoint), methods=["GET"])


def in_words(endpoint: Endpoint) -> Endpoint:
    """Turns the studio's errors into a status and a sentence, and forbids keeping copies."""

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        try:
            response = endpoint(request)
        except StudioError as error:
            response = in_a_sentence(error)
        except Exception as error:  # noqa: BLE001 - an API handler: log it, answer with a sentence
            log.exception("%s failed", request.url.path)
            response = in_a_sentence(disk_full(error) or UNREADABLE)
        response.headers["cache-control"] = "no-store"
        return response

    return answer


def in_a_sentence(error: StudioError) -> Response:
    """Answers with the error's words and its status."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    return PlainTextResponse(str(error), status)


class DataRoutes:
    """The routes; ordinary functions, so that each runs in a thread of its own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def examples(self, request: Request) -> Response:
        """Answers with some rows of a dataset version and how many there are in all."""
        start, end = span(request)
        sort, direction = sorting(request, EXAMPLE_COLUMNS)
        rows, total = self._services.datasets.page(
            request.path_params["version_id"],
            start=start,
            end=end,
            sort=sort or "line",
            direction=direction,
            filters=filters(request, EXAMPLE_COLUMNS),
        )
        return table([(row["id"], *(row[name] for name in EXAMPLE_COLUMNS)) for row in rows], total)

    def documents(self, request: Request) -> Response:
        """Answers with some documents of a collection, sorted and filtered as wanted."""
        start, end = span(request)
        sort, direction = sorting(request, DOCUMENT_COLUMNS)
        wanted = filters(request, DOCUMENT_COLUMNS)
        lines = [
            line
            for line in self._services.retrieval.documents(request.path_params["corpus_id"])
            if all(
                one["filter"].casefold() in str(getattr(line, name)).casefold()
                for name, one in wanted.items()
            )
        ]
        if sort:
            lines.sort(key=lambda line: getattr(line, sort), reverse=direction == "desc")
        rows = [
            (line.id, *(getattr(line, name) for name in DOCUMENT_COLUMNS))
            for line in lines[start:end]
        ]
        return table(rows, len(lines))

    def comparison(self, request: Request) -> Response:
        """Answers with examples and the answers that two models gave."""
        start, end = span(request)
        wanted = request.query_params.get("only", "")
        if wanted not in ONLY:
            raise InvalidInput(f"There is no selection {wanted!r}.")
        found, total = self._services.evaluation.side_by_side(
            request.path_params["baseline_id"],
            request.path_params["candidate_id"],
            start=start,
            end=end,
            only=ONLY[wanted],
        )
        return table([side_by_side(one) for one in found], total)

    def export(self, request: Request) -> Response:
        """Sends a dataset version as a chat JSONL file."""
        version_id = request.path_params["version_id"]
        version = self._services.datasets.version(version_id)
        folder = tempfile.TemporaryDirectory(prefix="ladder-export-")
        path = Path(folder.name) / "export.jsonl"
        self._services.datasets.export_jsonl(version_id, path)
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=f"{Path(version.source_filename).stem}-v{version.number}.jsonl",
            background=BackgroundTask(folder.cleanup),
        )


def side_by_side(one: SideBySide) -> tuple[Any, ...]:
    """Returns the cells of one example: question, expected, both answers, what it means."""
    asked = "\n".join(turn.content for turn in one.prompt if turn.role != "system")
    words = {
        (True, True): "both right",
        (False, True): "candidate right",
        (True, False): "baseline right",
        (False, False): "both wrong",
    }
    outcome = words[(one.baseline.correct, one.candidate.correct)]
    answers = (one.baseline.output, one.candidate.output)
    return (one.example_id, asked, one.expected, *answers, outcome)


def table(rows: list[tuple[Any, ...]], total: int) -> Response:
    """Returns rows whose first value is the id as `{"rows": [{"id", "c0", …}], "total"}`."""
    named = [
        {"id": row[0], **{f"c{index}": value for index, value in enumerate(row[1:])}}
        for row in rows
    ]
    return JSONResponse({"rows": named, "total": total})


def span(request: Request) -> tuple[int, int]:
    """Returns the first row wanted and the one after the last."""
    try:
        start = int(request.query_params.get("start", "0"))
        end = int(request.query_params.get("end", "200"))
    except ValueError as error:
        raise InvalidInput("Rows are asked for by whole numbers.") from error
    if not 0 <= start <= end <= start + LONGEST_PAGE:
        raise InvalidInput(f"At most {LONGEST_PAGE} rows can be read at once.")
    return start, end


def sorting(request: Request, columns: tuple[str, ...]) -> tuple[str, Literal["asc", "desc"]]:
    """Returns the column to sort by (empty: as they come) and the direction."""
    model = parsed(request, "sort", [])
    if not isinstance(model, list) or len(model) > 1:
        raise InvalidInput("Rows are sorted by one column.")
    if not model:
        return "", "asc"
    wanted = model[0] if isinstance(model[0], dict) else {}
    direction: Literal["asc", "desc"] = "desc" if wanted.get("sort") == "desc" else "asc"
    return named(wanted.get("colId"), columns), direction


def filters(request: Request, columns: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Returns column → what the user typed above it."""
    model = parsed(request, "filter", {})
    if not isinstance(model, dict):
        raise InvalidInput("Filters are given by column.")
    found = {}
    for key, wanted in model.items():
        if not isinstance(wanted, dict):
            raise InvalidInput("A filter has a type and a text.")
        found[named(key, columns)] = {
            "type": str(wanted.get("type", "contains")),
            "filter": str(wanted.get("filter", "")),
        }
    return found


def parsed(request: Request, name: str, default: Any) -> Any:
    """Returns a query parameter that is JSON."""
    text = request.query_params.get(name)
    if not text:
        return default
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"The parameter {name!r} is not valid JSON.") from error


def named(key: object, columns: tuple[str, ...]) -> str:
    """Returns the column behind a neutral key such as `c2`; nothing else is a column."""
    known = {f"c{index}": name for index, name in enumerate(columns)}
    if not isinstance(key, str) or key not in known:
        raise InvalidInput(f"There is no column {key!r}.")
    return known[key]
