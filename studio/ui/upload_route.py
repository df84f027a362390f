"""Uploads: streamed to disk in one write, limited by the server, then staged as a source file."""

from __future__ import annotations

import logging
import secrets
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nicegui import app
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from studio.domain.errors import InvalidInput, StorageFailed, StudioError, disk_full
from studio.services.dataset_files import LARGEST_SOURCE

if TYPE_CHECKING:
    from studio.services.container import Services

log = logging.getLogger(__name__)
PATH = "/ui-data/uploads"
LIMIT = LARGEST_SOURCE
"""Bytes of one file: what is too large to be kept is not taken in either."""
PIECE = 4_000_000
"""Bytes in one write."""
SPARE = 500_000_000
"""Bytes that an upload must leave free on the disk."""
LONGEST_NAME = 200


class TooLarge(Exception):
    """The file is larger than the studio takes."""


def register(services: Services, incoming: Path, *, limit: int = LIMIT) -> None:
    """Adds the route to the studio's web application; left-overs of an earlier run go."""
    if incoming.is_dir():
        shutil.rmtree(incoming, ignore_errors=True)
    app.add_route(PATH, UploadRoute(services, incoming, limit).put, methods=["PUT"])


class UploadRoute:
    """`PUT /ui-data/uploads?filename=tickets.csv` with the file as the body."""

    def __init__(self, services: Services, incoming: Path, limit: int) -> None:
        self._services, self._incoming, self._limit = services, incoming, limit

    async def put(self, request: Request) -> Response:
        """Keeps the file and answers with its id, name and size; 413 over the limit."""
        part: Path | None = None
        try:
            name = usable(request.query_params.get("filename", ""))
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The name on disk is ours: the user's is only ever a label.
            part = self._incoming / f"{secrets.token_hex(16)}.part"
            await self._receive(request, part)
            answer = await run_in_threadpool(self.keep, request, part, name)
        except ClientDisconnect:
            return PlainTextResponse("The upload was broken off.", 400)
        except TooLarge as error:
            # The rest of the body is still under way: this connection cannot be used again.
            return PlainTextResponse(str(error), 413, {"connection": "close"})
        except InvalidInput as error:
            return PlainTextResponse(str(error), 400)
        except StudioError as error:
            return PlainTextResponse(str(error), 507)
        except Exception as error:  # noqa: BLE001 - an API handler: log it, answer in a sentence
            log.exception("an upload failed")
            full = disk_full(error)
            words = str(full) if full else "The studio could not keep this file."
            return PlainTextResponse(words, 507 if full else 500)
        finally:
            if part is not None:
                part.unlink(missing_ok=True)
        return JSONResponse(answer)

    def keep(self, request: Request, part: Path, name: str) -> dict[str, Any]:
        """Keeps a file that has arrived whole, and returns what the page is told."""
        source = self._services.datasets.stage(part, name)
        return {"id": source.id, "filename": source.filename, "size": source.size}

    async def _receive(self, request: Request, part: Path) -> None:
        declared = request.headers.get("content-length", "0")
        if declared.isdigit():
            self._check(int(declared))
        free = shutil.disk_usage(self._incoming).free - SPARE
        try:
            with part.open("wb") as file:
                await self._write(request, file, free)
        except OSError as error:
            raise StorageFailed(
                "The file could not be written to disk.",
                hint="Make room in the data folder, then try again.",
            ) from error

    async def _write(self, request: Request, file: IO[bytes], free: int) -> None:
        seen, piece = 0, bytearray()
        async for chunk in request.stream():
            seen += len(chunk)
            self._check(seen)
            if seen > free:
                raise StorageFailed(
                    "There is not enough room on the disk for this file.",
                    hint="Make room in the data folder, then try again.",
                )
            piece += chunk
            if len(piece) >= PIECE:
                await run_in_threadpool(file.write, bytes(piece))
                piece.clear()
        await run_in_threadpool(file.write, bytes(piece))

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(
                f"The file is larger than {self._limit / 1e6:,.0f} MB. Split it into smaller files."
            )


def usable(name: str) -> str:
    """Returns the last part of a file name without anything that is not printable."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    if not clean or clean in {".", ".."}:
        raise InvalidInput("The file has no name.")
    return clean[-LONGEST_NAME:]
