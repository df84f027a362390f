"""Errands: one hosted run against a server in this process, with time that tests let pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backends.openai_api import lines
from backends.openai_api.courier import Courier
from backends.openai_api.eligibility import Eligibility
from backends.openai_api.errand import Line, Pace
from backends.openai_api.remote import Ending, Remote, RunSpec
from backends.openai_api.run_folder import RunFolder
from studio.domain.datasets import Split
from studio.domain.endpoints import Connection, Dialect
from studio.domain.jobs import Event
from studio.domain.training import TrainingSpec
from tests import tiny_rows
from tests.contract.faulty_wire import Clock
from tests.fakes.openai_server.app import OpenAIServer
from tests.fakes.openai_server.carrier import AppCarrier

JOB = "job_0123456789abcdef"
KEY = "sk-abcdefghijklmnop1234"
MOST_STEPS = 500
TRAIN = tiny_rows.examples(12)
VALIDATION = tiny_rows.examples(2, split=Split.VALIDATION, seed=1)
ROWS = {"train.jsonl": 12, "validation.jsonl": 2}


def place(**changes: Any) -> Connection:
    """Returns the server as an endpoint."""
    given = {"name": "office", "base_url": "http://127.0.0.1/v1", "key": KEY}
    return Connection(**(given | {"dialect": Dialect.OTHER} | changes))


def spec(**changes: Any) -> TrainingSpec:
    """Returns what to train, agreed to."""
    given: dict[str, Any] = {
        "project_id": "project_1",
        "name": "Colours",
        "dataset_version_id": "version_1",
        "base_model": "base-mini",
        "backend": "endpoint:office",
    }
    made = TrainingSpec.model_validate(given | changes)
    shown = lines.disclosure(
        place().host, made.base_model, lines.files(made, TRAIN, VALIDATION), ROWS
    )
    return made.with_(agreed=changes.get("agreed", shown.fingerprint))


class Run:
    """A run folder, its server, and couriers to send."""

    def __init__(self, folder: Path, *, pace: Pace | None = None, **changes: Any) -> None:
        self.clock = Clock()
        self.server = OpenAIServer(self.clock.seconds)
        self.behave, self.records = self.server.behave, self.server.records
        self.place = place()
        self.folder = RunFolder(folder)
        self.pace = pace or Pace()
        made = spec(**changes)
        asked = RunSpec(job_id=JOB, training=made, model=made.base_model, rows=ROWS)
        self.folder.create(asked, lines.files(made, TRAIN, VALIDATION))
        self.lacks: set[str] = set()
        self.courier = self.another()

    def another(self) -> Courier:
        """Returns a courier that knows nothing but the folder."""
        carrier = AppCarrier(self.server.app)
        self.eligibility = Eligibility(lambda: carrier, self.clock.now, self.clock.seconds)
        line = Line(lambda: self.place, lambda: carrier)
        return Courier(
            self.folder, line, self.eligibility, self.pace, self.clock.now, lacks=self.lacks
        )

    def step(self) -> float | None:
        """Does one act, and lets the time after it pass."""
        wait = self.courier.step()
        self.clock.pass_(max(wait or 0.0, 0.01))
        return wait

    def until(self, phase: str) -> Remote:
        """Goes on until the run has come to a phase."""
        for _ in range(MOST_STEPS):
            if self.remote.phase == phase:
                return self.remote
            self.step()
        raise AssertionError(f"it never came to {phase}: {self.story}")

    def end(self) -> Ending:
        """Goes on until the very end."""
        ending = self.until("done").ending
        assert ending is not None
        return ending

    @property
    def remote(self) -> Remote:
        found = self.folder.remote()
        assert found is not None
        return found

    @property
    def events(self) -> list[Event]:
        return self.folder.events(0)

    @property
    def story(self) -> str:
        return self.folder.log_tail(500)

    def asked(self, method: str, path_ends: str) -> int:
        """Returns how many such requests the server saw."""
        asked = self.behave.asked
        return sum(one == method and path.endswith(path_ends) for one, path in asked)

    def ours(self) -> list[str]:
        """Returns the names of uploaded files that are still there."""
        files = self.records.files.values()
        return [file.filename for file in files if file.purpose == "fine-tune"]
