"""Collecting: fetches a job's result table, and tells what the events left out."""

from __future__ import annotations

from typing import Any

from backends.durable import replace
from backends.openai_api import measures
from backends.openai_api.errand import Errand


class Collector:
    """Fetches each result file once."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def step(self) -> None:
        """Fetches every result file that is not here yet, and tells what was trained.

        Raises:
            Trouble: what went wrong with a request.
        """
        errand = self._errand
        for number, file_id in enumerate(errand.remote.results, 1):
            path = errand.folder.path / f"result-{number}.csv"
            if not path.exists():
                with errand.asking() as client:
                    content = client.files.content(file_id).read()
                replace(path, measures.table(content))
            self._tell_missing(path.read_bytes(), file_id)
        tokens = errand.remote.trained_tokens
        if tokens is not None:
            errand.tell(
                "log",
                f"The server trained on {tokens:,} tokens; that is what it bills.",
                key="trained tokens",
                trained_tokens=tokens,
            )

    def _tell_missing(self, table: bytes, file_id: str) -> None:
        told = set(self._errand.news.steps)
        for found in measures.rows(table):
            row: dict[str, Any] = dict(found)
            step = int(row["step"])
            if step not in told:
                self._errand.tell("metrics", key=f"{file_id}:{step}", **row)
                if "validation_loss" in row:
                    self._errand.keep(validation_loss=row["validation_loss"])
