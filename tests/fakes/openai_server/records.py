"""Records: what the fake keeps: files, uploads and jobs, behind one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import jobs
from tests.fakes.openai_server.behave import Behave
from tests.fakes.openai_server.jobs import FakeJob

HOUR = 3600


class Refusal(Exception):
    """An error as the wire words it."""

    def __init__(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param


@dataclass
class FakeFile:
    """One file."""

    id: str
    filename: str
    purpose: str
    content: bytes
    created_at: int
    looks: int = 0


@dataclass
class FakeUpload:
    """One upload in parts."""

    id: str
    asked: dict[str, Any]
    expires_at: int
    parts: dict[str, bytes] = field(default_factory=dict)
    status: str = "pending"
    file: str = ""


class Records:
    """All of it; every public method is one request."""

    def __init__(self, behave: Behave, clock: Callable[[], float]) -> None:
        self.behave, self._clock = behave, clock
        self.files: dict[str, FakeFile] = {}
        self.uploads: dict[str, FakeUpload] = {}
        self.jobs: dict[str, FakeJob] = {}
        self.answered: dict[str, str] = {}
        """Idempotency key → job made under it."""
        self.lock = threading.RLock()
        self._count = 0

    def live(self, job_id: str) -> list[FakeJob]:
        """Returns the jobs of one of the studio's runs that came to something or still may."""
        return [
            job
            for job in self.jobs.values()
            if (job.asked.get("metadata") or {}).get("ladder_studio_job") == job_id
            and job.status not in ("cancelled", "failed")
        ]

    def now(self) -> int:
        return int(self._clock())

    def add_file(self, filename: str, purpose: str, content: bytes) -> FakeFile:
        kept = content[: len(content) - self.behave.cuts]
        made = FakeFile(self._id("file-"), filename, purpose, kept, self.now())
        self.files[made.id] = made
        return made

    def file(self, file_id: str) -> FakeFile:
        if file_id not in self.files:
            raise Refusal(404, f"No such File object: {file_id}", param="id")
        return self.files[file_id]

    def shown_file(self, file: FakeFile, *, looked: bool = False) -> dict[str, Any]:
        file.looks += looked
        ready = file.looks >= self.behave.file_looks or file.purpose == "fine-tune-results"
        status = "error" if self.behave.bad_file else "processed" if ready else "uploaded"
        body = {
            "object": "file",
            "id": file.id,
            "bytes": len(file.content),
            "created_at": file.created_at,
            "filename": file.filename,
            "purpose": file.purpose,
            "status": status,
        }
        if self.behave.bad_file:
            body["status_details"] = self.behave.bad_file
        return body

    def begin_upload(self, asked: dict[str, Any]) -> FakeUpload:
        made = FakeUpload(self._id("upload_"), asked, self.now() + HOUR)
        self.uploads[made.id] = made
        return made

    def upload(self, upload_id: str) -> FakeUpload:
        if upload_id not in self.uploads:
            raise Refusal(404, f"No such Upload object: {upload_id}")
        found = self.uploads[upload_id]
        if found.status == "pending" and self.now() >= found.expires_at:
            found.status = "expired"
        return found

    def add_part(self, upload_id: str, content: bytes) -> str:
        upload = self.upload(upload_id)
        if upload.parts and self.behave.expires:
            self.behave.expires -= 1
            upload.status = "expired"
        if upload.status != "pending":
            raise Refusal(400, f"The upload is {upload.status}.")
        part = self._id("part_")
        upload.parts[part] = content
        return part

    def complete(self, upload_id: str, parts: list[str]) -> FakeUpload:
        upload = self.upload(upload_id)
        if upload.status != "pending":
            raise Refusal(400, f"The upload is {upload.status}.")
        content = b"".join(upload.parts[part] for part in parts)
        if len(content) != upload.asked["bytes"]:
            raise Refusal(400, f"Got {len(content)} bytes, {upload.asked['bytes']} were announced.")
        asked = upload.asked
        upload.file = self.add_file(asked["filename"], asked["purpose"], content).id
        upload.status = "completed"
        return upload

    def shown_upload(self, upload: FakeUpload) -> dict[str, Any]:
        body = {
            "id": upload.id,
            "object": "upload",
            "bytes": upload.asked["bytes"],
            "created_at": upload.expires_at - HOUR,
            "expires_at": upload.expires_at,
            "filename": upload.asked["filename"],
            "purpose": upload.asked["purpose"],
            "status": upload.status,
        }
        if upload.file in self.files:
            body["file"] = self.shown_file(self.files[upload.file])
        return body

    def add_job(self, asked: dict[str, Any], key: str) -> FakeJob:
        if self.behave.locked_out:
            raise Refusal(
                403,
                "Fine-tuning is being wound down and is not available to this organization.",
                "training_not_available",
            )
        if self.behave.honours_idempotency and key in self.answered:
            return self.jobs[self.answered[key]]
        for name in ("training_file", "validation_file"):
            there = asked.get(name) in (None, *self.files)
            if not there and not self.behave.trusts_files:
                raise Refusal(400, f"invalid {name}: {asked[name]}", param=name)
        file = self.files.get(asked["training_file"])
        lines = [] if file is None else file.content.decode().splitlines()
        made = FakeJob(self._id("ftjob-"), asked, lines, self.now())
        made.tell(self.now(), f"Created fine-tuning job: {made.id}")
        self.jobs[made.id] = made
        self.answered[key] = made.id
        return made

    def job(self, job_id: str) -> FakeJob:
        if job_id not in self.jobs:
            raise Refusal(404, f"Could not find fine tune: {job_id}", "fine_tune_not_found")
        return self.jobs[job_id]

    def look(self, job_id: str) -> FakeJob:
        job = self.job(job_id)
        jobs.look(job, self.behave, self.now())
        if job.status == "succeeded" and self.behave.result and not job.result_file:
            table = jobs.result(job, self.behave.result)
            made = self.add_file("step_metrics.csv", "fine-tune-results", table)
            job.result_file = made.id
        return job

    def move(self, job_id: str, what: str) -> FakeJob:
        job = self.job(job_id)
        allowed = {
            "cancel": job.live,
            "pause": job.status in ("running", "queued"),
            "resume": job.status == "paused",
        }
        if what in self.behave.cannot:
            raise Refusal(404, f"Invalid URL (POST /v1/fine_tuning/jobs/{job_id}/{what})")
        if not allowed[what]:
            raise Refusal(400, f"Job {job_id} is {job.status} and cannot {what}.")
        job.status = {"cancel": "cancelled", "pause": "paused", "resume": "queued"}[what]
        job.tell(self.now(), f"Somebody asked for: {what}")
        if what == "cancel":
            job.finished_at = self.now()
        return job

    def tuned(self) -> list[str]:
        """Returns the names of tuned models and their checkpoints."""
        done = [job.model for job in self.jobs.values() if job.status == "succeeded"]
        kept = [
            one["fine_tuned_model_checkpoint"]
            for job in self.jobs.values()
            for one in job.checkpoints
        ]
        return done + kept

    def _id(self, beginning: str) -> str:
        self._count += 1
        return f"{beginning}{self._count:016d}"
