"""The app: files, uploads, fine-tuning, models and chat of the OpenAI wire, with every trouble."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from tests.api.served import served
from tests.fakes.openai_server import jobs
from tests.fakes.openai_server.behave import Behave, Instead
from tests.fakes.openai_server.records import Records, Refusal

Handler = Callable[[Request, dict[str, Any]], Any]


class OpenAIServer:
    """A whole provider; `behave` makes it do otherwise, `records` shows what it has."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.behave = Behave()
        self.records = Records(self.behave, clock)
        self.url = "http://127.0.0.1/v1"
        self.app = FastAPI(openapi_url=None)
        for method, path, handler in self._routes():
            for beginning in ("/v1", "/openai"):  # The second is how Azure's dated API begins.
                where = beginning + path
                self.app.add_api_route(where, self._answering(handler), methods=[method])
        self.app.add_exception_handler(404, _not_found)
        self.app.add_exception_handler(405, _not_found)

    def _routes(self) -> Iterator[tuple[str, str, Handler]]:
        job = "/fine_tuning/jobs/{job_id}"
        yield from (
            ("POST", "/files", self._add_file),
            ("GET", "/files", self._files),
            ("GET", "/files/{file_id}", self._file),
            ("GET", "/files/{file_id}/content", self._content),
            ("DELETE", "/files/{file_id}", self._delete),
            ("POST", "/uploads", self._upload),
            ("POST", "/uploads/{upload_id}/parts", self._part),
            ("POST", "/uploads/{upload_id}/complete", self._complete),
            ("POST", "/uploads/{upload_id}/cancel", self._cancel_upload),
            ("POST", "/fine_tuning/jobs", self._create),
            ("GET", "/fine_tuning/jobs", self._jobs),
            ("GET", job, self._job),
            ("POST", job + "/{what}", self._move),
            ("GET", job + "/events", self._events),
            ("GET", job + "/checkpoints", self._checkpoints),
            ("GET", "/models", self._models),
            ("GET", "/models/{model:path}", self._model),
            ("POST", "/chat/completions", self._chat),
        )

    def _answering(self, handler: Handler) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            given = await _given(request)
            behave, path = self.behave, request.url.path
            behave.asked.append((request.method, path.removeprefix("/v1").removeprefix("/openai")))
            behave.heads.append(dict(request.headers))
            trouble = self._trouble(request)
            if trouble is not None and not trouble.acted:
                return _instead(trouble)
            try:
                with self.records.lock:
                    body = handler(request, given)
            except Refusal as refusal:
                body = _refused(refusal.status, refusal.message, refusal.code, refusal.param)
            slow = request.method == "POST" and path.endswith("/fine_tuning/jobs")
            if slow and behave.create_seconds:
                await asyncio.sleep(behave.create_seconds)
            if trouble is not None:
                return _instead(trouble)
            return body if isinstance(body, Response) else _json(body)

        return answer

    def _trouble(self, request: Request) -> Instead | None:
        behave, path = self.behave, request.url.path
        if behave.key and request.headers.get("authorization") != f"Bearer {behave.key}":
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            shown = f"{given[:3]}...{given[-4:]}"
            message = f"Incorrect API key provided: {shown}. You can find yours on our page."
            return Instead(status=401, message=message, code="invalid_api_key")
        if behave.no_training is not None and "/fine_tuning" in path:
            return behave.no_training
        if behave.no_uploads and "/uploads" in path:
            return Instead(status=404, message="Invalid URL")
        listing = request.method == "GET" and path.endswith(("/fine_tuning/jobs", "/files"))
        if behave.no_listing and listing:
            return Instead(status=405, message="Method not allowed")
        for at, (method, ending, instead) in enumerate(behave.instead):
            if method == request.method and path.endswith(ending):
                del behave.instead[at]
                return instead
        return None

    def _add_file(self, request: Request, given: dict[str, Any]) -> Any:
        name, content = given["file"]
        return self.records.shown_file(self.records.add_file(name, given["purpose"], content))

    def _files(self, request: Request, given: dict[str, Any]) -> Any:
        wanted = request.query_params.get("purpose")
        found = [
            self.records.shown_file(file)
            for file in reversed(self.records.files.values())
            if wanted in (None, file.purpose)
        ]
        return self._page(request, found, ends=True)

    def _file(self, request: Request, given: dict[str, Any]) -> Any:
        file = self.records.file(request.path_params["file_id"])
        return self.records.shown_file(file, looked=True)

    def _content(self, request: Request, given: dict[str, Any]) -> Response:
        file = self.records.file(request.path_params["file_id"])
        return Response(file.content, media_type="application/octet-stream")

    def _delete(self, request: Request, given: dict[str, Any]) -> Any:
        file = self.records.file(request.path_params["file_id"])
        del self.records.files[file.id]
        return {"id": file.id, "object": "file", "deleted": True}

    def _upload(self, request: Request, given: dict[str, Any]) -> Any:
        return self.records.shown_upload(self.records.begin_upload(given))

    def _part(self, request: Request, given: dict[str, Any]) -> Any:
        upload = request.path_params["upload_id"]
        part = self.records.add_part(upload, given["data"][1])
        now = self.records.now()
        return {"id": part, "object": "upload.part", "created_at": now, "upload_id": upload}

    def _complete(self, request: Request, given: dict[str, Any]) -> Any:
        upload = self.records.complete(request.path_params["upload_id"], given["part_ids"])
        return self.records.shown_upload(upload)

    def _cancel_upload(self, request: Request, given: dict[str, Any]) -> Any:
        upload = self.records.upload(request.path_params["upload_id"])
        upload.status = "cancelled"
        return self.records.shown_upload(upload)

    def _create(self, request: Request, given: dict[str, Any]) -> Any:
        made = self.records.add_job(given, request.headers.get("idempotency-key", ""))
        return jobs.shown(made, self.behave)

    def _jobs(self, request: Request, given: dict[str, Any]) -> Any:
        wanted = {
            name.removeprefix("metadata[").removesuffix("]"): value
            for name, value in request.query_params.items()
            if name.startswith("metadata[") and not self.behave.ignores_filter
        }
        found = [
            jobs.shown(job, self.behave)
            for job in reversed(self.records.jobs.values())
            if wanted.items() <= (job.asked.get("metadata") or {}).items()
        ]
        return self._page(request, found, usual=20)

    def _job(self, request: Request, given: dict[str, Any]) -> Any:
        return jobs.shown(self.records.look(request.path_params["job_id"]), self.behave)

    def _move(self, request: Request, given: dict[str, Any]) -> Any:
        moved = self.records.move(request.path_params["job_id"], request.path_params["what"])
        return jobs.shown(moved, self.behave)

    def _events(self, request: Request, given: dict[str, Any]) -> Any:
        job = self.records.job(request.path_params["job_id"])
        return self._page(request, job.events[::-1], usual=20)

    def _checkpoints(self, request: Request, given: dict[str, Any]) -> Any:
        job = self.records.job(request.path_params["job_id"])
        return self._page(request, job.checkpoints[::-1], usual=10, ends=True)

    def _models(self, request: Request, given: dict[str, Any]) -> Any:
        names = (*self.behave.models, *self.records.tuned())
        return {"object": "list", "data": [self._shown_model(name) for name in names]}

    def _model(self, request: Request, given: dict[str, Any]) -> Any:
        name = request.path_params["model"]
        if name not in (*self.behave.models, *self.records.tuned()):
            raise Refusal(404, f"The model '{name}' does not exist", "model_not_found", "model")
        return self._shown_model(name)

    def _shown_model(self, name: str) -> dict[str, Any]:
        body: dict[str, Any] = {"id": name, "object": "model", "created": 1, "owned_by": "fake"}
        if name in self.behave.shutdown:
            body["shutdown_date"] = self.behave.shutdown[name]
        return body

    def _chat(self, request: Request, given: dict[str, Any]) -> Any:
        self._model_is_there(given["model"])
        text = f"{given['model']} says: {given['messages'][-1]['content'].upper()}"
        head = {"id": "chatcmpl-1", "created": 1, "model": given["model"]}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        if given.get("stream"):
            pieces = _pieces({**head, "object": "chat.completion.chunk"}, text, usage)
            return StreamingResponse(pieces, media_type="text/event-stream")
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}

    def _model_is_there(self, name: str) -> None:
        if name not in (*self.behave.models, *self.records.tuned()):
            raise Refusal(404, f"The model '{name}' does not exist", "model_not_found", "model")

    def _page(
        self, request: Request, found: list[dict[str, Any]], *, usual: int = 100, ends: bool = False
    ) -> dict[str, Any]:
        limit = min(self.behave.page, int(request.query_params.get("limit", usual)))
        after = request.query_params.get("after")
        ids = [one["id"] for one in found]
        start = ids.index(after) + 1 if after in ids else 0
        data = found[start : start + limit]
        body: dict[str, Any] = {"object": "list", "data": data}
        if self.behave.has_more:
            body["has_more"] = start + limit < len(found)
        if ends:
            body["first_id"] = data[0]["id"] if data else None
            body["last_id"] = data[-1]["id"] if data else None
        return body


async def _given(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            return {
                name: value if isinstance(value, str) else (value.filename, await value.read())
                for name, value in form.items()
            }
    body = await request.body()
    return dict(json.loads(body)) if body else {}


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers={"x-request-id": "req_fake", **(headers or {})})


def _refused(
    status: int,
    message: str,
    code: str | None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return _json({"error": error}, status, headers)


def _instead(trouble: Instead) -> Response:
    if trouble.text is not None:
        return PlainTextResponse(
            trouble.text, trouble.status, headers=trouble.headers, media_type=trouble.media
        )
    return _refused(trouble.status, trouble.message, trouble.code, headers=trouble.headers)


async def _not_found(request: Request, error: Exception) -> Response:
    return _refused(404, f"Invalid URL ({request.method} {request.url.path})", None)


def _pieces(head: dict[str, Any], text: str, usage: dict[str, int]) -> Iterator[str]:
    for number, word in enumerate(text.split(" ")):
        delta = {"content": " " * bool(number) + word}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps({**head, 'choices': [last]})}\n\n"
    yield f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    """Lends a server on a free port of this machine."""
    server = OpenAIServer()
    with served(server.app) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        yield server
