"""Deploying something: a model, or a measured rung with all that is put around its question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.deployments import NAME, Deployment, Slot
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import RungRun
from studio.ui.pages import figures
from studio.ui.pages.deployments.words import ACTOR, SLOTS
from studio.ui.pages.words import RUNG_TITLES

if TYPE_CHECKING:
    from studio.services.container import Services

RUNG, MODEL = "rung:", "model:"


@dataclass(kw_only=True)
class Deploying:
    """The form behind “Deploy a model”."""

    services: Services
    project_id: str
    name: str = ""
    what: str = ""
    """`model:ID` or `rung:ID of its run`."""
    description: str = ""
    may_train: bool = True
    outcome: str = ""
    """What to say after something was brought."""
    options: dict[str, str] = field(default_factory=dict)
    runs: dict[str, RungRun] = field(default_factory=dict)

    def load(self) -> None:
        """Reads what can be deployed; measured rungs first, best ones foremost."""
        ladder = self.services.ladder
        measured = [
            run
            for run in ladder.all(self.project_id)
            if run.status is RunStatus.SUCCEEDED and run.score is not None
        ]
        measured.sort(key=lambda run: -(run.score.value if run.score else 0.0))
        self.runs = {RUNG + run.id: run for run in measured}
        self.options = {key: self._titled(run) for key, run in self.runs.items()}
        self.options |= {
            MODEL + id: f"Model: {name}" for id, name in ladder.models(self.project_id).items()
        }
        if self.what not in self.options:
            self.what = next(iter(self.options), "")

    def choose(self, what: str) -> None:
        """Takes another thing to deploy, and proposes a name for it."""
        if not self.name or self.name == self.proposed():
            self.what = what
            self.name = self.proposed()
        self.what = what

    def proposed(self) -> str:
        """A name made of what is chosen."""
        run = self.runs.get(self.what)
        said = run.model_name if run else self.options.get(self.what, "").partition(": ")[2]
        plain = re.sub(r"[^a-z0-9]+", "-", said.rpartition("/")[2].casefold()).strip("-")
        return plain[:40].strip("-")

    def wrong_name(self) -> str | None:
        """What is wrong with the name, None when nothing is."""
        if not self.name:
            return "It needs a name that programs call it by."
        if not re.fullmatch(NAME, self.name):
            return "Only small letters, digits and hyphens, for example support-router."
        return None

    def told(self) -> str:
        """What comes along with the choice."""
        run = self.runs.get(self.what)
        if run is None:
            return "It is asked as questions come. A tuned model is asked as it was taught."
        parts = ["Its instructions and template come along"]
        if run.setup.shots:
            parts.append(f"with {figures.many(run.setup.shots, 'solved example')}")
        if run.setup.corpus_id:
            parts.append(f"and {run.setup.passages} passages of its documents for each question")
        return " ".join(parts) + "."

    def go(self) -> Deployment:
        """Deploys it."""
        run = self.runs.get(self.what)
        deployments = self.services.deployments
        made = deployments.create(
            project_id=self.project_id,
            name=self.name,
            model_id=run.setup.model_id if run else self.what.removeprefix(MODEL),
            setup=run.setup if run else None,
            suite_version_id=run.suite.version_id if run else None,
            description=self.description.strip(),
            actor=ACTOR,
        )
        if not self.may_train:
            made = deployments.change(made.id, may_train=False)
        return made

    def bring(self, deployment_id: str, slot: Slot, share: float) -> None:
        """Puts it into a slot of a deployment that is there; `outcome` says what came of it."""
        run, deployments = self.runs.get(self.what), self.services.deployments
        added = deployments.add_revision(
            deployment_id,
            model_id=run.setup.model_id if run else self.what.removeprefix(MODEL),
            setup=run.setup if run else None,
            suite_version_id=run.suite.version_id if run else None,
        )
        reason = "Brought by a person on its page."
        if slot is Slot.CHAMPION:
            deployments.promote(deployment_id, added.id, actor=ACTOR, reason=reason)
            self.outcome = f"{added.name} answers now."
            return
        deployments.place(
            deployment_id,
            slot,
            added.id,
            actor=ACTOR,
            reason=reason,
            share=share if slot is Slot.CANDIDATE else None,
        )
        self.outcome = f"{added.name} is {SLOTS[slot].title.lower()} now."

    def _titled(self, run: RungRun) -> str:
        score = figures.share(run.score.value) if run.score else figures.UNKNOWN
        return f"{RUNG_TITLES[run.setup.rung]}: {run.model_name}, measured at {score}"
