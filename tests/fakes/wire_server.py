"""A server that speaks the OpenAI wire on this machine, with every trouble a real one makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.api.served import served

Trouble = Callable[[dict[str, Any]], Response | None]


def refused(status: int, message: str, **headers: str) -> JSONResponse:
    body = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return JSONResponse(body, status, headers=headers)


class WireServer:
    """Says each question back in capitals; `trouble` may answer in its place."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.tells_usage = True
        self.trouble: Trouble = lambda asked: None
        self.app = FastAPI()
        self.app.add_api_route("/v1/models", self.models, methods=["GET"])
        for place in ("/v1", "/openai/deployments/loud"):
            self.app.add_api_route(f"{place}/chat/completions", self.chat, methods=["POST"])
        self.app.add_api_route("/v1/moderations", self.moderations, methods=["POST"])
        self.url = ""

    async def models(self, request: Request) -> Response:
        self.keys.append(request.headers.get("authorization", ""))
        listed = [{"id": name, "object": "model"} for name in ("loud", "quiet")]
        return self.trouble({}) or JSONResponse({"object": "list", "data": listed})

    async def moderations(self, request: Request) -> Response:
        asked = await request.json()
        self.asked.append(asked)
        flagged = "loud" in asked["input"]
        results = [{"flagged": flagged, "categories": {}, "category_scores": {}, "own": 1}]
        told = {"id": "modr-1", "model": asked["model"], "results": results}
        return self.trouble(asked) or JSONResponse(told)

    async def chat(self, request: Request) -> Response:
        asked = await request.json()
        self.asked.append(asked)
        self.headers.append(dict(request.headers))
        self.paths.append(str(request.url.path) + "?" + str(request.url.query))
        self.keys.append(request.headers.get("authorization", ""))
        instead = self.trouble(asked)
        if instead is not None:
            return instead
        loud = asked["messages"][-1]["content"].upper()
        stops = [at for word in asked.get("stop", []) if (at := loud.find(word)) >= 0]
        words = loud[: min(stops, default=len(loud))].split(" ")
        limit = asked.get("max_tokens", asked.get("max_completion_tokens", len(words)))
        text, finish = " ".join(words[:limit]), "length" if len(words) > limit else "stop"
        said = min(len(words), limit)
        usage = {"prompt_tokens": 7, "completion_tokens": said, "total_tokens": 7 + said}
        if not self.tells_usage:
            usage = {}
        if asked.get("stream"):
            return StreamingResponse(_pieces(text, finish, usage), media_type="text/event-stream")
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": finish,
            "logprobs": _logprobs(text) if asked.get("logprobs") else None,
        }
        return JSONResponse({**HEAD, "choices": [choice], "usage": usage or None})


HEAD = {"id": "chat-1", "object": "chat.completion", "created": 1, "model": "loud"}


def _logprobs(text: str) -> dict[str, Any]:
    words = [word if at == 0 else f" {word}" for at, word in enumerate(text.split(" "))]
    tokens = [{"token": word, "logprob": -0.5, "bytes": None, "top_logprobs": []} for word in words]
    return {"content": tokens, "refusal": None}


def _pieces(text: str, finish: str, usage: dict[str, int]) -> Iterator[str]:
    head = {**HEAD, "object": "chat.completion.chunk"}
    for number, word in enumerate(text.split(" ")):
        choice = {"index": 0, "delta": {"content": " " * bool(number) + word}}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    last = {"index": 0, "delta": {}, "finish_reason": finish}
    yield f"data: {json.dumps({**head, 'choices': [last]})}\n\n"
    if usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


@contextmanager
def wire_server() -> Iterator[WireServer]:
    """Lends a server on a free port."""
    server = WireServer()
    with served(server.app) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        yield server
