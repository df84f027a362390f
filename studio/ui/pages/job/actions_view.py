"""What can be done with a run now, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from studio.domain.errors import StudioError
from studio.domain.jobs import Job, JobStatus
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.job.actions import (
    Pair,
    can_cancel,
    can_pause,
    can_resume,
    measure,
    measured,
    not_begun,
    train_here,
)
from studio.ui.pages.job.vm import JobPage

if TYPE_CHECKING:
    from studio.ui.shell import Shell


STOPPED_HERE = (
    "It saves a checkpoint first, so that it can be resumed from there. That may take a minute."
)
STOPPED_THERE = "Its provider is asked to stop, and bills what was trained until then."
PAUSED_HERE = "Either way it saves a checkpoint first."
PAUSED_THERE = "Its provider is asked; not every one can pause."
WAITING_FOR = {
    JobStatus.PAUSING: "It saves a checkpoint and then waits.",
    JobStatus.CANCELLING: "It is being stopped; what was saved stays.",
}


class ActionsView:
    """Redraws itself when the status changes, and only then."""

    def __init__(self, page: JobPage, shell: Shell, look: Callable[[], Any]) -> None:
        self.page, self.shell, self.look = page, shell, look
        self.body = Stack(8)
        self.shown: tuple[JobStatus, str | None] | None = None
        self.pair: Pair | None = None
        with Dialog("Stop this run?", marker="job-cancel-dialog") as self.question:
            Text(STOPPED_THERE if page.hosted else STOPPED_HERE)
        with self.question.actions:
            Button("Keep running", self.question.close, marker="job-cancel-no")
            Button("Stop the run", self.cancel, kind="danger", marker="job-cancel-yes")

    def show(self) -> None:
        """Draws what fits the present status."""
        job = self.page.job
        if job is None or self.shown == (job.status, job.model_version_id):
            return
        self.shown = (job.status, job.model_version_id)
        self.body.clear()
        with self.body:
            if job.status is JobStatus.SUCCEEDED:
                self.draw_finished(job)
            else:
                self.draw_unfinished(job)

    def draw_finished(self, job: Job) -> None:
        """The model, and the ways on from here."""
        version = self.page.version
        if version is None:
            Text("The model is being put in its place.", "muted")
            return
        Callout(f"“{version.name}” is ready.", "good", marker="job-model-ready")
        self.measure_button = Button(
            "Evaluate against base", self.measure, kind="primary", marker="job-evaluate"
        )
        Text(
            "Both models answer rows that neither was trained on: the test split, or the "
            "validation split where there is no other. Then you see how far they differ and "
            "whether that could be luck."
            + (f" Its questions are sent to {self.page.where}." if version.endpoint else ""),
            "small",
        )
        with Row(8):
            left, right = quote(job.spec.base_id, safe=""), quote(version.id)
            Button("Chat", href=f"/playground?left={left}&right={right}", marker="job-chat")
            Button("Compare", self.compare, marker="job-compare")
        if version.endpoint:
            Text("What it is called at its provider", "strong")
            Text(version.remote_model, "mono", marker="job-model-path")
            Text(f"It answers there, under the endpoint {version.endpoint}; so do bills.", "small")
            return
        Text("Where it lies", "strong")
        Text(version.path, "mono", marker="job-model-path")
        Text("An adapter, its tokenizer, the recipe and a manifest of hashes.", "small")

    def draw_unfinished(self, job: Job) -> None:
        """Pause, cancel or resume, each with its reason."""
        if job.status in WAITING_FOR:
            Text(WAITING_FOR[job.status], "muted")
        if can_resume(job):
            self.draw_resume(job)
        with Row(8):
            if can_pause(job):
                Button("Pause", self.pause, icon="pause", marker="job-pause")
            if can_cancel(job):
                Button("Cancel …", self.ask, kind="danger", marker="job-cancel")
            elif job.status is JobStatus.INTERRUPTED:
                Button("Give up", self.cancel, kind="quiet", marker="job-give-up")
        if not_begun(job):
            Text("It has not begun; nothing is lost.", "small")
        elif job.status is JobStatus.RUNNING:
            Text(PAUSED_THERE if job.spec.hosted else PAUSED_HERE, "small")
        if job.spec.hosted and job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            Button(
                "Train on this machine instead",
                href=train_here(job),
                icon="computer",
                marker="job-train-here",
            )
        Button(
            "New fine-tune on this data",
            href=f"/fine-tune/new?dataset_version_id={job.spec.dataset_version_id}",
            kind="quiet",
            marker="job-again",
        )

    def draw_resume(self, job: Job) -> None:
        """The way on, or why there is none."""
        self.resume_button = Button(
            "Resume", self.resume, kind="primary", icon="play_arrow", marker="job-resume"
        )
        self.resume_button.set_enabled(not self.page.why_not_resume)
        self.why_not = Text(
            self.page.why_not_resume
            or "Continues from the last whole checkpoint with the same settings.",
            "small",
            marker="job-resume-why",
        )

    async def pause(self) -> None:
        """Lets the run wait, or says why that cannot be."""
        if await act(self.page.services.training.pause, self.page.job_id) is not None:
            self.shell.saved()
            await settle(self.look())

    async def ask(self) -> None:
        """Asks before stopping a running worker; a queued run has nothing to lose."""
        if self.page.job is not None and not_begun(self.page.job):
            await self.cancel()
        else:
            self.question.open()

    async def cancel(self) -> None:
        """Stops the run."""
        self.question.close()
        if await act(self.page.services.training.cancel, self.page.job_id) is not None:
            self.shell.saved()
            await settle(self.look())

    async def resume(self) -> None:
        """Continues from the last checkpoint, or says why that cannot be."""
        self.resume_button.busy(True)
        job = await act(
            self.page.services.training.resume, self.page.job_id, on_error=self.cannot_resume
        )
        if job is None:
            return
        self.shell.saved()
        if job.id == self.page.job_id:
            await settle(self.look())
        else:
            self.shell.go(f"/jobs/{job.id}")

    def cannot_resume(self, error: StudioError) -> None:
        """Leaves the reason where the button stands."""
        self.resume_button.busy(False)
        self.resume_button.set_enabled(False)
        self.why_not.set_text(str(error))

    async def measure(self) -> None:
        """Starts both evaluations and opens the page that follows them."""
        if self.page.job is None:
            return
        self.measure_button.busy(True)
        pair = await act(measure, self.page.services, self.page.job)
        self.measure_button.busy(False)
        if pair is None:
            return
        self.shell.go(pair.path)

    async def compare(self) -> None:
        """Opens the comparison when both were measured, else says what is missing."""
        if self.page.job is None:
            return
        pair = await act(measured, self.page.services, self.page.job)
        if pair is None:
            notice("Nothing to compare yet: press “Evaluate against base” first.", "info")
        else:
            self.shell.go(pair.path)
