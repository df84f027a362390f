"""Office: a real studio with a deployed model, its customers, and the people who review."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx2
from openai import OpenAI

from studio.cli import connect
from studio.domain.datasets import DatasetVersion
from studio.domain.deployments import Deployment
from studio.domain.feedback import ReviewVerdict
from studio.domain.jobs import TERMINAL, JobStatus
from studio.domain.models import BaseModel
from studio.domain.retraining import CycleState, RetrainCycle
from studio.domain.training import Effort, TrainingSpec
from studio.services.container import Services
from studio.settings import Settings
from tests.api.real import tuning_studio
from tests.fakes.running_studio import RunningStudio
from tests.flywheel import mail

NAME = "mail-desk"
PATIENCE = 900.0
"""Seconds that anything may take on a busy machine before a test gives up."""
AT_ONCE = 8
"""Customers who ask at the same time."""
T = TypeVar("T")


class Reply(NamedTuple):
    """What a customer got."""

    completion_id: str
    text: str
    model: str
    """Id of what answered."""


class Rater(NamedTuple):
    """Somebody who says what answers were worth."""

    name: str
    care: float
    """How often the thumb says what is true."""


class Office:
    """The studio, and everybody around it."""

    def __init__(self, running: RunningStudio, services: Services, seed: int) -> None:
        self.running, self.services = running, services
        self.chance = random.Random(seed)
        self.project = services.projects.default().id
        self.http = httpx2.Client(base_url=f"{running.origin}/v1", timeout=PATIENCE)
        self.openai = OpenAI(
            base_url=f"{running.origin}/v1", api_key="not-needed", timeout=PATIENCE
        )

    def close(self) -> None:
        """Lets go of the connections."""
        self.http.close()
        self.openai.close()

    def bring(self, name: str, pairs: Sequence[tuple[str, str]]) -> DatasetVersion:
        """Imports messages with their desks."""
        path = self.running.folder / f"{name}.jsonl"
        path.write_text("".join(line(text, desk) for text, desk in pairs), encoding="utf-8")
        source = self.services.datasets.stage(path, path.name)
        preview = self.services.datasets.preview(source.id)
        return self.services.datasets.create(
            source.id, project_id=self.project, name=name, format=preview.format
        )

    def tune(self, version: DatasetVersion, base: str, keep: int, **changes: object) -> str:
        """Tunes a model on some of the rows and returns its id."""
        usual = self.services.training.recommended(version.id, base, Effort.QUICK)
        examples = self.services.datasets.examples(version.id)
        trained = [one for one in examples if one.split != "test"]
        left_out = tuple(one.id for one in trained[keep:])
        job = self.services.training.start(
            TrainingSpec(
                project_id=self.project,
                name="Mail desk",
                dataset_version_id=version.id,
                base_model=base,
                effort=Effort.QUICK,
                hyperparameters=usual.with_(**changes),
                leave_out=left_out,
            )
        )
        ended = until(lambda: self._ended(job.id))
        assert ended.status is JobStatus.SUCCEEDED, ended.message
        assert ended.model_version_id is not None
        return ended.model_version_id

    def ask(self, text: str, customer: str) -> Reply:
        """Asks as a customer's program does."""
        raw = self.openai.chat.completions.with_raw_response.create(
            model=NAME,
            messages=[{"role": "user", "content": text}],
            max_tokens=8,
            temperature=0,
            user=customer,
        )
        whole = raw.parse()
        return Reply(
            whole.id,
            (whole.choices[0].message.content or "").strip(),
            raw.headers["x-ladder-model"],
        )

    def ask_all(self, pairs: Sequence[tuple[str, str]], customer: str) -> list[Reply]:
        """Asks as many customers do at once; each message comes from one of its own."""
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            return list(
                crowd.map(
                    self.ask, [t for t, _ in pairs], [f"{customer}-{n}" for n in range(len(pairs))]
                )
            )

    def say(self, reply: Reply, rater: str, **said: object) -> dict[str, object]:
        """Sends feedback as a customer's program does; returns what it counted towards."""
        body = {"completion_id": reply.completion_id, "rater": rater, **said}
        answer = self.http.post("/feedback", json=body)
        assert answer.status_code == 201, answer.text
        told: dict[str, object] = answer.json()
        return told

    def rate(self, reply: Reply, rater: Rater, right: bool) -> None:
        """Gives a thumb, which is not always the true one."""
        true = self.chance.random() < rater.care
        self.say(reply, rater.name, thumb="up" if right is true else "down")

    def approve_all(self, deployment: Deployment, reviewers: Sequence[str]) -> int:
        """Lets reviewers approve whatever the queue asks them; returns how often they did."""
        done = 0
        for reviewer in reviewers:
            while True:
                page = self.services.review.queue(
                    deployment.id, order="oldest", only="open", reviewer=reviewer, limit=200
                )
                asked = [
                    one
                    for one in page.items
                    if one.feedback is not None
                    and all(said.reviewer != reviewer for said in one.reviews)
                ]
                if not asked:
                    break
                for one in asked:
                    assert one.feedback is not None
                    self.services.review.decide(
                        one.feedback.id, ReviewVerdict.APPROVED, reviewer=reviewer
                    )
                    done += 1
        return done

    def cycle(self, deployment: Deployment, *states: CycleState) -> RetrainCycle:
        """Waits until the newest cycle is in one of these states."""

        def reached() -> RetrainCycle | None:
            cycles = self.services.retraining.cycles(deployment.id)
            return cycles[0] if cycles and cycles[0].state in states else None

        return until(reached)

    def _ended(self, job_id: str):  # type: ignore[no-untyped-def]  # a Job, or None before its end
        job = self.services.training.get(job_id)
        return job if job.status in TERMINAL else None


def line(text: str, desk: str) -> str:
    """Returns one line of a training file."""
    turns = (("system", mail.SYSTEM), ("user", text), ("assistant", desk))
    return json.dumps({"messages": [{"role": r, "content": c} for r, c in turns]}) + "\n"


def until(found: Callable[[], T | None]) -> T:
    """Asks until there is an answer, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = found()
        if answer is not None:
            return answer
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.3)


@contextmanager
def office(folder: Path, models: Sequence[BaseModel], seed: int) -> Iterator[Office]:
    """Lends an office."""
    with (
        tuning_studio(folder, models) as running,
        connect.open_services(Settings(data_dir=folder)) as services,
    ):
        made = Office(running, services, seed)
        try:
            yield made
        finally:
            made.close()
