"""The unattended climb: every rung that can be measured, one after the other, lowest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from studio.cli import follow, ladder_follow
from studio.cli.exits import CANCELLED
from studio.cli.output import say
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    NotFound,
    StudioError,
)

if TYPE_CHECKING:
    from studio.cli.answers_file import PromptAnswers
    from studio.domain.ladder import Rung, RungRun, RungSetup
    from studio.services.container import Services


@dataclass
class Climb:
    """What was measured, and what was not and why."""

    runs: list[RungRun] = field(default_factory=list)
    rejected: list[dict[str, str]] = field(default_factory=list)

    def reject(self, rung: Rung, error: StudioError) -> None:
        """Notes that a rung was not measured."""
        because = f"{error.message} {error.hint}".strip()
        self.rejected.append({"rung": str(rung), "because": because})
        say(f"Not measured: {rung}. {because}")


class Climber:
    """Measures rung after rung; what was measured before with the same setup is used again."""

    def __init__(
        self, services: Services, project_id: str, models: Sequence[str], words: PromptAnswers
    ) -> None:
        self._services, self._project = services, project_id
        self._models, self._words = tuple(models), words
        self._done = Climb()

    def climb(self, rungs: Sequence[Rung]) -> Climb:
        """Returns what came of these rungs."""
        for rung in rungs:
            try:
                for setup in self._setups(rung):
                    self._done.runs.append(self._measured(setup))
            except (BackendUnavailable, Conflict, InvalidInput, NotFound) as error:
                self._done.reject(rung, error)
        return self._done

    def _measured(self, setup: RungSetup) -> RungRun:
        known = self._known(setup)
        if known is not None:
            say(f"Measured before: {setup.rung} with {known.model_name}.")
            return known
        ladder = self._services.ladder
        return ladder_follow.rung(self._services, ladder.start(self._project, setup))

    def _known(self, setup: RungSetup) -> RungRun | None:
        suite = self._services.ladder.suite(self._project)
        metric = self._services.charters.get(self._project).metric
        for run in self._services.ladder.all(self._project):
            same = run.setup == setup and run.suite == suite and metric in (None, run.metric)
            if same and run.status == "succeeded":
                return run
        return None

    def _setups(self, rung: Rung) -> Iterator[RungSetup]:
        from studio.domain.ladder import Rung

        if rung is Rung.PROMPT:
            yield from self._prompts()
        elif rung is Rung.FEW_SHOT:
            for model in self._models or (None,):
                yield self._worded(self._proposed(rung, model))
        elif rung in (Rung.FINE_TUNE, Rung.RAG_FINE_TUNE):
            yield from self._tuned(rung)
        else:
            yield self._worded(self._proposed(rung, None))

    def _prompts(self) -> Iterator[RungSetup]:
        """Yields the prompt for each model, under every set of instructions the project knows."""
        from studio.domain.ladder import Rung

        for model in self._models or (None,):
            first = self._worded(self._proposed(Rung.PROMPT, model))
            yield first
            if self._words.system is None:
                for system in self._other_instructions():
                    if system != first.system:
                        yield first.with_(system=system)

    def _tuned(self, rung: Rung) -> Iterator[RungSetup]:
        """Yields the setup of the tuned model, training a pilot first where there is none."""
        bases = {base.id for base in self._services.models.bases()}
        own = next((model for model in self._models if model in bases), None)
        setup = self._proposed(rung, own)
        # The words a model was tuned with are the words it is asked with.
        setup = setup.with_(decoding=self._worded(setup).decoding)
        if setup.model_id in bases:
            say("A pilot is trained; Ctrl+C saves a checkpoint and the next climb goes on from it.")
            job = follow.job(self._services, self._services.ladder.pilot(self._project, setup).id)
            if job.status == "cancelled":
                raise typer.Exit(CANCELLED)
            if job.model_version_id is None:
                raise Conflict(f"The pilot is {job.status}. {job.message}".strip())
            setup = setup.with_(model_id=job.model_version_id)
        yield setup

    def _other_instructions(self) -> list[str]:
        """Returns the instructions under which the project keeps the suite's own file elsewhere.

        A strawman is no baseline: the best prompt anybody wrote for these examples is tried too.
        """
        datasets = self._services.datasets
        suite = self._services.ladder.suite(self._project)
        if suite is None:
            return []
        own = datasets.version(suite.version_id)
        return sorted(
            {
                version.system_prompt
                for dataset in datasets.all(self._project)
                for version in datasets.versions(dataset.id)
                if version.source_sha256 == own.source_sha256 and version.system_prompt
            }
            - {own.system_prompt}
        )

    def _proposed(self, rung: Rung, model: str | None) -> RungSetup:
        return self._services.ladder.proposed(self._project, rung, model)

    def _worded(self, setup: RungSetup) -> RungSetup:
        """Returns the setup with the words of the answers file."""
        from studio.domain.ladder import Rung

        words = self._words
        grounded = setup.rung in (Rung.RAG, Rung.LONG_CONTEXT, Rung.RAG_FINE_TUNE)
        template = words.passages_template if grounded else words.template
        changes = {
            "system": words.system,
            "template": template,
            "passages": words.passages if grounded else None,
            "shots": words.shots if setup.rung is Rung.FEW_SHOT else None,
        }
        setup = setup.with_(**{name: one for name, one in changes.items() if one is not None})
        if words.max_new_tokens is None:
            return setup
        return setup.with_(decoding=setup.decoding.with_(max_new_tokens=words.max_new_tokens))
