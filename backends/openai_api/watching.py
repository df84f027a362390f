"""Watching: copies what the server tells of a job, and asks it to stop, wait or go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backends.openai_api import measures
from backends.openai_api.errand import Errand
from backends.openai_api.trouble import Trouble

MANY = 100
MOST_PAGES = 1000
SILENT = "The server says the job succeeded, but names no tuned model."
LOST = (
    "The server does not know this job any more; somebody may have removed it there. Start a new"
    " run, or choose This machine: it takes the same dataset."
)
CANNOT = {
    "cancel": "The server cannot cancel jobs; this one goes on to its end.",
    "pause": "The server cannot pause jobs; this one goes on.",
    "resume": "The server cannot let paused jobs go on; do so on the provider's own page.",
}


class Watcher:
    """Looks at one job."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._unknown = 0
        """How often in a row the server did not know the job."""

    def step(self) -> None:
        """Looks once, tells what is new and passes on what is wished.

        Raises:
            Trouble: what went wrong with a request.
        """
        errand = self._errand
        try:
            with errand.asking() as client:
                job = client.fine_tuning.jobs.retrieve(errand.remote.job)
                said = str(job.status or "")
        except Trouble as trouble:
            self._unknown += trouble.kind == "absent"
            if self._unknown < errand.pace.tries:
                raise
            errand.end("failed", LOST, "provider")
            return
        self._unknown = 0
        self._news()
        if said != errand.remote.said:
            errand.keep(said=said)
            errand.tell("phase", f"The server says: {said or 'nothing'}.")
        if said in measures.TERMINAL:
            self._finish(job, said)
        else:
            self._wishes(said)

    def _wishes(self, said: str) -> None:
        errand = self._errand
        if errand.folder.wished("cancel"):
            if not errand.remote.stop_asked and self._asked("cancel"):
                errand.keep(stop_asked=True)
        elif errand.folder.wished("pause"):
            if said == "paused" or self._asked("pause"):
                errand.folder.settle("pause")
        elif errand.folder.wished("resume") and (said != "paused" or self._asked("resume")):
            errand.folder.settle("resume")

    def _asked(self, what: str) -> bool:
        """Says whether nothing more can be done about a wish: granted, or refused for good."""
        errand = self._errand
        try:
            with errand.asking() as client:
                ask = getattr(client.fine_tuning.jobs, what)
                errand.keep(said=str(ask(errand.remote.job).status or ""))
        except Trouble as trouble:
            if trouble.kind not in ("absent", "refused"):
                raise
            if trouble.kind == "absent":
                errand.lacks.add(what)
            sentence = CANNOT[what] if trouble.kind == "absent" else trouble.sentence
            errand.keep(notice=sentence)
            errand.tell("log", sentence)
        else:
            errand.keep(notice="")
            errand.tell("phase", f"The server was asked to {what} the job.")
        return True

    def _news(self) -> None:
        """Copies every event that was not told yet, oldest first."""
        events = self._unseen()
        for event in events:
            self._tell(event)
        if events or not self._errand.news.keys:
            self._checkpoints()

    def _unseen(self) -> list[Any]:
        errand = self._errand
        found: list[Any] = []
        asked: dict[str, Any] = {}
        if "events" in errand.unable:
            return found
        for _ in range(MOST_PAGES):
            try:
                with errand.asking() as client:
                    page = client.fine_tuning.jobs.list_events(
                        errand.remote.job, limit=MANY, **asked
                    )
                    events, more = list(page.data), page.has_more
            except Trouble as trouble:
                if trouble.kind != "absent":
                    raise
                errand.unable.add("events")
                break
            fresh = [event for event in events if event.id not in errand.news.keys]
            found += fresh
            # They come newest first: one that is known means that all older ones are, too.
            if not events or more is False or len(fresh) < len(events):
                break
            asked["after"] = events[-1].id
        unique = {event.id: event for event in reversed(found)}
        return sorted(unique.values(), key=lambda event: event.created_at or 0)

    def _tell(self, event: Any) -> None:
        errand = self._errand
        numbers = measures.numbers(event.data) if event.type == "metrics" else {}
        at = errand.clock()
        if event.created_at:
            at = min(at, datetime.fromtimestamp(event.created_at, UTC))
        if "step" in numbers:
            eta = self._eta(numbers, at)
            if eta is not None:
                numbers["eta_seconds"] = eta
            if "validation_loss" in numbers:
                errand.keep(validation_loss=numbers["validation_loss"])
            measured: dict[str, Any] = dict(numbers)
            errand.news.write("metrics", key=event.id, at=at, **measured)
            return
        data: dict[str, Any] = {"level": event.level or "info"}
        if event.type not in (None, "message", "metrics"):
            data |= {"type": event.type, "data": event.data}
        said = errand.line.heard(event.message or "")
        errand.news.write("log", said, key=event.id, at=at, **data)

    def _eta(self, numbers: dict[str, float], at: datetime) -> float | None:
        first, total = self._errand.news.first, numbers.get("total_steps")
        if first is None or total is None or numbers["step"] <= first[1]:
            return None
        passed = (at - first[0]).total_seconds()
        if not passed:  # Servers tell whole seconds, so nothing can be said yet.
            return None
        each = passed / (numbers["step"] - first[1])
        return round(max(0.0, each * (total - numbers["step"])), 1)

    def _checkpoints(self) -> None:
        errand = self._errand
        if "checkpoints" in errand.unable:
            return
        found: list[Any] = []
        asked: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            try:
                with errand.asking() as client:
                    page = client.fine_tuning.jobs.checkpoints.list(
                        errand.remote.job, limit=MANY, **asked
                    )
                    some, more = list(page.data), page.has_more
            except Trouble as trouble:
                if trouble.kind not in ("absent", "refused"):
                    raise
                errand.unable.add("checkpoints")
                return
            found += some
            if not some or more is False:
                break
            asked["after"] = some[-1].id
        found.sort(key=lambda one: one.step_number or 0)
        errand.keep(kept={one.fine_tuned_model_checkpoint: one.step_number for one in found})
        for one in found:
            errand.tell(
                "checkpoint",
                f"The server keeps a checkpoint of step {one.step_number}.",
                key=one.id,
                step=one.step_number,
                name=one.fine_tuned_model_checkpoint,
            )

    def _finish(self, job: Any, said: str) -> None:
        """Notes what the job left; a succeeded one may name its model a little late."""
        errand = self._errand
        self._checkpoints()
        kept: dict[str, Any] = {
            "then": "collect",
            "trained_tokens": job.trained_tokens,
            "results": tuple(job.result_files or ()),
            "model": job.fine_tuned_model or "",
        }
        if said == "succeeded" and not job.fine_tuned_model:
            if errand.remote.ended_at is None:
                errand.keep(ended_at=errand.clock())
            if errand.since(errand.remote.ended_at) < errand.pace.grace:
                return
            errand.end("failed", SILENT, "provider", **kept)
        elif said == "succeeded":
            errand.end("succeeded", "The tuned model is ready at its provider.", **kept)
        elif said == "cancelled":
            errand.end("cancelled", "Stopped; the provider bills the work done so far.", **kept)
        else:
            errand.end("failed", errand.line.heard(_why(job)), "provider", **kept)


def _why(job: Any) -> str:
    # `{}` parses into an object without contents.
    code = getattr(job.error, "code", None)
    message = getattr(job.error, "message", None)
    if code or message:
        return f"The server ended the job: {message or 'it says no more'} ({code or 'no code'})."
    return "The server ended the job and does not say why; its news may tell."
