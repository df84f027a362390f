"""Hosted training: runs at a server that speaks the OpenAI wire, each with a folder here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from backends.openai_api import lines, measures, preflight
from backends.openai_api.courier import NOT_STARTED, Courier
from backends.openai_api.eligibility import Eligibility, Findings, blocked
from backends.openai_api.errand import Carrier, Line, Pace
from backends.openai_api.preflight import Count, Counted
from backends.openai_api.remote import Remote, RunSpec
from backends.openai_api.rounds import Rounds
from backends.openai_api.run_folder import RunFolder, Wish
from studio.domain.datasets import Example
from studio.domain.endpoints import PREFIX, Connection
from studio.domain.errors import BackendUnavailable, Conflict, NotFound, StorageFailed, StudioError
from studio.domain.interfaces import RunState
from studio.domain.jobs import Checkpoint, Event
from studio.domain.models import BaseModel
from studio.domain.training import Plan, TrainingSpec
from studio.domain.values import now

COUNTS_KEPT = 4
"""Datasets whose tokens are remembered: a form plans anew with every change."""


class HostedTraining:
    """Trains at one endpoint; what it does there goes on in the background."""

    parallel = True

    def __init__(
        self,
        name: str,
        runs_dir: Path,
        connection: Callable[[str], Connection],
        count: Count,
        *,
        pace: Pace | None = None,
        carrier: Carrier = lambda: None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`name` is `endpoint:NAME`; `connection` finds address and key of NAME, each time anew.

        `count` counts tokens under one of OpenAI's encodings. `pace`, `carrier` and `clock` stand
        in for the usual waits, the network and the time.
        """
        self.name = name
        self._runs, self._endpoint = runs_dir, name.removeprefix(PREFIX)
        self._find = connection
        self._count, self._pace = count, pace or Pace()
        self._carrier, self._clock = carrier, clock
        self._eligibility = Eligibility(carrier, clock)
        self._rounds = Rounds(self._courier)
        self._submitting = threading.Lock()
        self._counts: dict[str, Counted] = {}
        self._lacks: set[str] = set()
        """What this server was seen not to offer to any run."""
        self._take_up()

    def unavailable_because(self) -> str | None:
        """Says when the endpoint or its key is gone; asks nobody."""
        try:
            self._connect()
        except StudioError as error:
            return str(error)
        return None

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        """Asks the server whether it would train, and works the rest out here."""
        contents = lines.files(spec, train, validation)
        try:
            connection = self._connect()
        except BackendUnavailable as error:
            connection = Connection(name=self._endpoint, base_url="", key="")
            found = blocked(error.message, error.hint)
        else:
            found = self._eligibility.of(connection, spec.base_model)
        return self._planned(spec, connection, train, validation, contents, found)

    def submit(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        job_id: str,
        resume_from: str | None = None,
    ) -> str:
        """Writes the run folder and sends a courier; a paused run is asked to go on.

        Raises:
            StorageFailed: when the disk refuses to take the run folder.
            Conflict: when the run to continue from left no checkpoint at the server.
        """
        run_id = f"run_{job_id}"
        folder = RunFolder(self._runs / run_id)
        with self._submitting:
            try:
                if folder.exists():
                    folder.settle("pause")
                    folder.wish("resume")
                else:
                    contents = lines.files(spec, train, validation)
                    run = RunSpec(
                        job_id=job_id,
                        training=spec,
                        model=self._model(spec, resume_from),
                        resume_from=resume_from,
                        rows={"train.jsonl": len(train), "validation.jsonl": len(validation)},
                    )
                    folder.create(run, contents)
            except OSError as error:
                raise StorageFailed(
                    f"The run folder could not be written: {error.strerror or error}.",
                    hint="Free some disk space, then start the run again.",
                ) from error
        self._keep_going(run_id, folder.remote())
        self._rounds.wake(run_id)
        return run_id

    def events(self, run_id: str, after: int) -> list[Event]:
        """Reads the run's events file."""
        return self._folder(run_id).events(after)

    def state(self, run_id: str) -> RunState:
        """Reads what is known; sends a courier when none is under way."""
        folder = self._folder(run_id)
        remote = folder.remote()
        self._keep_going(run_id, remote)
        if remote is None:
            return RunState(status="running", message=self._rounds.trouble(run_id))
        if remote.ending is not None and remote.phase in ("watch", "done"):
            return self._ended(remote)
        # A message beside a wish to pause says that the wish was refused: nothing else may.
        trouble = remote.trouble or remote.notice or self._rounds.trouble(run_id)
        return RunState(
            status="paused" if _paused(folder, remote) else "running",
            said=remote.said,
            message="" if folder.wished("pause") else trouble,
            resumable=True,
        )

    def cancel(self, run_id: str) -> None:
        """Leaves a request in the run folder and wakes the courier."""
        self._wish(run_id, "cancel")

    def pause(self, run_id: str) -> None:
        """Leaves a request in the run folder and wakes the courier.

        Raises:
            BackendUnavailable: when this server was seen not to pause runs.
        """
        folder = self._folder(run_id)
        if "pause" in self._lacks:
            raise BackendUnavailable(
                f"The endpoint {self._endpoint} cannot pause runs.",
                hint="Let it go on, or cancel it.",
            )
        folder.settle("resume")
        self._wish(run_id, "pause")

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """Names those that the server listed last; it may keep but a few."""
        remote = self._folder(run_id).remote()
        kept = {} if remote is None else remote.kept
        return [Checkpoint(step=step, remote_model=name) for name, step in kept.items()]

    def log(self, run_id: str, last: int = 200) -> str:
        """Reads the run's news in words."""
        return self._folder(run_id).log_tail(last)

    def close(self) -> None:
        """Stops following; what was begun at the server goes on there."""
        self._rounds.close()

    def _take_up(self) -> None:
        # Nobody asks for the state of a run that ended, but second jobs of it may still turn up.
        for path in self._runs.glob("run_*/remote.json"):
            folder = RunFolder(path.parent)
            remote = folder.remote()
            watched = remote is not None and remote.phase == "watch"
            if watched and folder.spec().training.backend == self.name:
                self._rounds.keep_going(path.parent.name)

    def _connect(self) -> Connection:
        return self._find(self._endpoint)

    def _planned(
        self,
        spec: TrainingSpec,
        connection: Connection,
        train: Sequence[Example],
        validation: Sequence[Example],
        contents: dict[str, bytes],
        found: Findings,
    ) -> Plan:
        tokens = self._counted(spec, train, validation, contents)
        past = preflight.seconds_per_token(self._runs, spec.backend, spec.base_model)
        return preflight.plan(spec, connection, train, validation, contents, tokens, found, past)

    def _counted(
        self,
        spec: TrainingSpec,
        train: Sequence[Example],
        validation: Sequence[Example],
        contents: dict[str, bytes],
    ) -> Counted:
        hashed = hashlib.sha256(spec.base_model.encode())
        for content in contents.values():
            hashed.update(content)
        key = hashed.hexdigest()
        if key not in self._counts:
            while len(self._counts) >= COUNTS_KEPT:
                self._counts.pop(next(iter(self._counts)), None)
            self._counts[key] = preflight.counted(spec, train, validation, self._count)
        return self._counts[key]

    def _model(self, spec: TrainingSpec, resume_from: str | None) -> str:
        """Returns the model to tune: the base, or the newest checkpoint of an earlier run."""
        if resume_from is None:
            return spec.base_model
        earlier = self._folder(resume_from)
        remote = earlier.remote()
        found = "" if remote is None else _newest(remote)
        if not found:
            raise Conflict(
                f"The run {resume_from} left no checkpoint at {self._endpoint} to go on from.",
                hint="Start a new run instead.",
            )
        return found

    def _ended(self, remote: Remote) -> RunState:
        assert remote.ending is not None
        succeeded = remote.ending.status == "succeeded"
        return RunState(
            status=remote.ending.status,
            failure=remote.ending.failure,
            message=remote.ending.message,
            remote_model=remote.model if succeeded else None,
            said=remote.said,
            validation_loss=remote.validation_loss,
            resumable=bool(_newest(remote)),
        )

    def _wish(self, run_id: str, what: Wish) -> None:
        try:
            self._folder(run_id).wish(what)
        except OSError as error:
            raise StorageFailed(
                f"The run cannot be asked to {what}: {error.strerror or error}.",
                hint=f"Free some disk space, then {what} again.",
            ) from error
        self._rounds.wake(run_id)

    def _keep_going(self, run_id: str, remote: Remote | None) -> None:
        if remote is None or remote.phase != "done":
            self._rounds.keep_going(run_id)

    def _courier(self, run_id: str) -> Courier:
        line = Line(self._connect, self._carrier)
        folder = RunFolder(self._runs / run_id)
        return Courier(folder, line, self._eligibility, self._pace, self._clock, lacks=self._lacks)

    def _folder(self, run_id: str) -> RunFolder:
        folder = RunFolder(self._runs / run_id)
        if not folder.exists():
            raise NotFound(
                f"There is no run folder for {run_id}.",
                hint="It may have been removed from the data folder by hand.",
            )
        return folder


def _newest(remote: Remote) -> str:
    """Returns the model to go on from: the newest checkpoint, else the tuned model."""
    return next(reversed(remote.kept), "") or remote.model


def _paused(folder: RunFolder, remote: Remote) -> bool:
    """A run that was let go on is not paused any more, whatever the server said last."""
    if folder.wished("resume"):
        return False
    before = remote.phase in NOT_STARTED and not remote.open and folder.wished("pause")
    return before or measures.STATUS.get(remote.said) == "paused"
