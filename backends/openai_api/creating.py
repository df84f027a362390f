"""Creating: has the server make exactly one job of a run, whatever happens to the request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backends.openai_api import measures
from backends.openai_api.errand import Errand
from backends.openai_api.request import OURS, created
from backends.openai_api.trouble import Trouble

MANY = 100
MOST_PAGES = 50
BEFORE = timedelta(days=1)
"""Jobs made so long before the run began are not its own, whatever the clocks say."""
STOPPED = ("failed", "cancelled")
UNSEEN = (
    "Nobody knows whether the server made the job, and it lists none: look at the provider's own"
    " page before starting again."
)


class Creator:
    """Looks before it asks, asks once, and looks again."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def step(self) -> float:
        """Does the next act; returns the seconds to wait.

        Raises:
            Trouble: what went wrong with a request.
        """
        errand = self._errand
        try:
            found = self.ours()
        except Trouble as trouble:
            if trouble.kind != "absent":
                raise
            errand.end("failed", UNSEEN, "provider")
            return 0.0
        if found:
            self._adopt(_oldest(found))
            return 0.0
        waited = errand.since(errand.remote.posted_at)
        if errand.remote.open and waited < errand.pace.grace:
            return min(errand.pace.grace / 6, errand.pace.grace - waited)
        if errand.folder.wished("cancel"):
            errand.end("cancelled", "Stopped before the server made a job of it.")
            return 0.0
        if errand.folder.wished("pause"):
            return errand.pace.slowest_look
        if errand.remote.posts >= errand.pace.posts:
            errand.end(
                "failed",
                f"The server was asked {errand.remote.posts} times and made no job. Start again"
                " later, or choose This machine: it takes the same dataset.",
                "provider",
            )
            return 0.0
        self._ask()
        return 0.0

    def ours(self) -> list[Any]:
        """Returns the jobs of this run at the server, but for those it called off itself."""
        try:
            listed = self._listed(filtered="metadata filter" not in self._errand.unable)
        except Trouble as trouble:
            if trouble.kind == "refused" and "metadata filter" not in self._errand.unable:
                self._errand.unable.add("metadata filter")
                listed = self._listed(filtered=False)
            elif trouble.kind == "absent" and not self._errand.remote.open:
                return []
            else:
                raise
        return [job for job in listed if job.id not in self._errand.remote.called_off]

    def call_off_second_ones(self, *, last: bool = False) -> None:
        """Looks now and then for second jobs of this run, which a server may make late.

        The oldest stays, unless another has told of its training already.
        """
        errand = self._errand
        now = errand.clock()
        due = errand.remote.look_at is None or now >= errand.remote.look_at
        if not last and (not due or errand.since(errand.remote.posted_at) > errand.pace.watch):
            return
        found = self.ours()
        keep = errand.remote.job
        if found and not errand.news.steps and errand.remote.ending is None:
            keep = _oldest(found).id
            if keep != errand.remote.job:
                errand.keep(job=keep)
                errand.tell("log", f"{keep} is the older one of two jobs, so it stays.", key=keep)
        for job in found:
            if job.id != keep and job.status not in measures.TERMINAL:
                self._call_off(job.id)
        wait = errand.pace.look * 2.0 ** min(errand.remote.looks, 5)
        errand.keep(look_at=now + timedelta(seconds=wait), looks=errand.remote.looks + 1)

    def _call_off(self, job_id: str) -> None:
        errand = self._errand
        try:
            with errand.asking() as client:
                client.fine_tuning.jobs.cancel(job_id)
        except Trouble as trouble:
            if trouble.kind not in ("absent", "refused"):
                raise
            errand.tell(
                "log",
                f"The server made a second job, {job_id}, and does not let it be cancelled:"
                f" {trouble.sentence}",
                key=f"second:{job_id}",
            )
        else:
            errand.tell(
                "log",
                f"The server made a second job, {job_id}; it was cancelled.",
                key=f"second:{job_id}",
            )
        errand.keep(called_off=(*errand.remote.called_off, job_id))

    def _ask(self) -> None:
        errand = self._errand
        files = {sent.name: sent.file for sent in errand.remote.sent}
        # Noted before: after a crash from here on the job may be there without anybody knowing.
        errand.keep(
            posts=errand.remote.posts + 1,
            posted_at=errand.clock(),
            open=True,
            doubted=errand.remote.doubted or errand.remote.open,
        )
        try:
            with errand.asking(errand.pace.create) as client:
                job = client.fine_tuning.jobs.create(
                    **created(
                        errand.spec.training,
                        errand.line.connection().dialect,
                        model=errand.spec.model,
                        job_id=errand.spec.job_id,
                        train_file=files["train.jsonl"],
                        validation_file=files.get("validation.jsonl", ""),
                    ),
                    extra_headers={"Idempotency-Key": errand.spec.job_id},
                )
                made, said = job.id, job.status
        except Trouble as trouble:
            if trouble.kind == "unclear":
                errand.keep(posted_at=errand.clock(), doubted=True)
                errand.tell("log", f"Nobody knows whether the job was made: {trouble.sentence}")
            else:
                errand.keep(open=False)
            raise
        self._adopt_id(made, said)

    def _adopt(self, job: Any) -> None:
        if self._errand.remote.posts:
            self._errand.keep(doubted=True)
        self._adopt_id(job.id, job.status)

    def _adopt_id(self, job_id: str, said: str) -> None:
        self._errand.enter("follow", job=job_id, open=False, said=said or "", look_at=None)
        self._errand.tell("phase", f"The server has taken the job, as {job_id}.", key=job_id)

    def _listed(self, *, filtered: bool) -> list[Any]:
        """Returns the jobs that are this run's by their metadata or their training file."""
        errand = self._errand
        asked: dict[str, Any] = {"metadata": {OURS: errand.spec.job_id}} if filtered else {}
        file = next((one.file for one in errand.remote.sent if one.name == "train.jsonl"), "")
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            with errand.asking() as client:
                page = client.fine_tuning.jobs.list(limit=MANY, **asked)
                jobs, more = list(page.data), page.has_more
            found += [
                job
                for job in jobs
                if (job.metadata or {}).get(OURS) == errand.spec.job_id
                or (file and job.training_file == file)
            ]
            old = (errand.remote.began_at - BEFORE).timestamp()
            if not jobs or more is False or (jobs[-1].created_at or old) < old:
                break
            asked["after"] = jobs[-1].id
        return found


def _oldest(jobs: list[Any]) -> Any:
    """Returns the oldest that may still come to something, else the oldest."""
    alive = [job for job in jobs if job.status not in STOPPED]
    return min(alive or jobs, key=lambda job: (job.created_at or 0, job.id))
