"""The setup of one rung: what is asked, of which model, how; kept as a draft until measured."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.domain.datasets import Message
from studio.domain.endpoints import Endpoint, named
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.evaluation import Decoding
from studio.domain.jobs import Job
from studio.domain.ladder import Rung, RungRun, RungSetup
from studio.domain.retrieval import Corpus, CorpusStatus, RetrievalMode
from studio.ui.pages import figures
from studio.ui.pages.words import RUNG_TITLES

if TYPE_CHECKING:
    from studio.services.container import Services

RETRIEVING = frozenset({Rung.RAG, Rung.RAG_FINE_TUNE, Rung.LONG_CONTEXT})
"""Rungs whose prompts hold text from documents."""
SEARCHING = RETRIEVING - {Rung.LONG_CONTEXT}
FOUND_BY = {
    RetrievalMode.HYBRID: "words and meaning",
    RetrievalMode.KEYWORD: "words",
    RetrievalMode.MEANING: "meaning",
}
TUNED = frozenset({Rung.FINE_TUNE, Rung.RAG_FINE_TUNE})
"""Rungs on which a tuned model answers."""
VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
DECODING = frozenset(Decoding.model_fields)


@dataclass(kw_only=True)
class RungForm:
    """One rung being set up."""

    services: Services
    project_id: str
    rung: Rung
    models: dict[str, str] = field(default_factory=dict)
    """Everything that can answer, id to name."""
    corpora: tuple[Corpus, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    tuned_at: dict[str, str] = field(default_factory=dict)
    """Models tuned at a provider, id to the name of its endpoint."""
    draft: dict[str, Any] = field(default_factory=dict)
    """What the user changed over the proposal, as plain values."""
    suite_size: int = 0
    blocked: str = ""
    """Id of the rule that stops this rung."""
    problem: str = ""
    """Why there is no proposal, when there is none."""
    bases: frozenset[str] = frozenset()
    """Base models: on the tuned rungs a pilot comes first."""
    pilot_problem: str = ""
    """Why no pilot can be started now, empty when one can."""
    _setup: RungSetup | None = None

    def load(self) -> None:
        """Reads what can be chosen, and puts the draft over the proposal."""
        ladder = self.services.ladder
        self.bases = frozenset(model.id for model in self.services.models.bases())
        self.models = self._models()
        self.corpora = tuple(self.services.retrieval.corpora(self.project_id))
        self.endpoints = _endpoints(self.services)
        versions = self.services.models.versions(self.project_id)
        self.tuned_at = {one.id: one.endpoint for one in versions if one.endpoint}
        self.suite_size = ladder.suite_size(self.project_id) if ladder.suite(self.project_id) else 0
        self.propose()

    def _models(self) -> dict[str, str]:
        every = dict(self.services.ladder.models(self.project_id))
        if self.rung not in TUNED:
            return every
        tuned = {version.id for version in self.services.models.versions(self.project_id)}
        return {
            id: f"{name} · base, tuned first" if id in self.bases else name
            for id, name in every.items()
            if id in self.bases | tuned
        }

    def propose(self) -> None:
        """Asks for a proposal and puts the draft over it, as far as it still makes sense."""
        self.problem, self._setup = "", None
        wanted = self.draft.get("model_id")
        model_id = wanted if wanted in self.models else None
        try:
            proposal = self.services.ladder.proposed(self.project_id, self.rung, model_id)
        except StudioError as error:
            self.problem = str(error)
            return
        kept = {
            name: value
            for name, value in self.draft.items()
            if name in RungSetup.model_fields and self._possible(name, value)
        }
        try:
            self._setup = RungSetup.model_validate({**dict(proposal), **kept})
        except ValidationError:
            self._setup = proposal

    def _possible(self, name: str, value: Any) -> bool:
        if name == "model_id":
            return value in self.models
        if name == "corpus_id":
            return any(corpus.id == value for corpus in self.corpora)
        return name != "rung"

    @property
    def setup(self) -> RungSetup | None:
        """The setup in force; None while there is nothing to set up."""
        return self._setup

    def change(self, name: str, value: Any) -> str:
        """Takes an entry; returns what is wrong with it, or nothing."""
        if self._setup is None:
            return ""
        try:
            if name in DECODING:
                decoding = Decoding.model_validate({**dict(self._setup.decoding), name: value})
                self._setup = self._setup.with_(decoding=decoding)
                self.draft["decoding"] = decoding.model_dump()
            else:
                self._setup = self._setup.with_(**{name: value})
                self.draft[name] = value
        except ValidationError as error:
            return f"{error.errors()[0]['msg']}."
        return ""

    def reset(self) -> None:
        """Forgets the draft: everything as proposed."""
        self.draft = {}
        self.propose()

    @property
    def variables(self) -> list[str]:
        """What the template may hold."""
        return ["{question}", "{passages}"] if self.rung in RETRIEVING else ["{question}"]

    @property
    def template_problem(self) -> str:
        """What is wrong with the template, empty when nothing is."""
        if self._setup is None:
            return ""
        found = set(VARIABLE.findall(self._setup.template))
        known = {word.strip("{}") for word in self.variables}
        if "question" not in found:
            return "Put {question} where the user's words belong."
        unknown = sorted(found - known)
        if unknown:
            return f"{{{unknown[0]}}} is not known here. Known: {', '.join(self.variables)}."
        return ""

    @property
    def host_notice(self) -> str:
        """Says where questions go when they leave this machine; empty when they stay."""
        host, endpoint = self.host, self._endpoint
        if not host or (endpoint is not None and not endpoint.leaves_machine):
            return ""
        return f"Leaves this machine: {host}. Every question of the suite is sent there."

    @property
    def host(self) -> str:
        """The host that answers, empty for models on this machine."""
        endpoint = self._endpoint
        return endpoint.host if endpoint else self._place

    @property
    def _place(self) -> str:
        """Name of the endpoint whose model is chosen, also of one that was tuned there."""
        model_id = self._setup.model_id if self._setup else ""
        return self.tuned_at.get(model_id) or named(model_id)[0]

    @property
    def _endpoint(self) -> Endpoint | None:
        name = self._place
        return next((one for one in self.endpoints if one.name == name), None)

    @property
    def corpus(self) -> Corpus | None:
        """The documents in force."""
        wanted = self._setup.corpus_id if self._setup else None
        return next((one for one in self.corpora if one.id == wanted), None)

    @property
    def cannot_start(self) -> str:
        """Why Measure is disabled, empty when it is not."""
        checks = (
            (not self.suite_size, "Choose the evidence first."),
            (bool(self.blocked), f"Rule {self.blocked} blocks this rung."),
            (bool(self.problem), self.problem),
            (self._setup is None, "There is nothing to measure yet."),
            (bool(self.template_problem), self.template_problem),
            (self.needs_pilot and bool(self.pilot_problem), self.pilot_problem),
            (self._no_documents, "Bring documents in first."),
            (self._not_indexed, "Index the documents first."),
            (
                self.rung is Rung.FEW_SHOT and self._setup is not None and not self._setup.shots,
                "Show at least one solved example.",
            ),
        )
        return next((words for wrong, words in checks if wrong), "")

    @property
    def _no_documents(self) -> bool:
        return self.rung in RETRIEVING and (self.corpus is None or not self.corpus.n_documents)

    @property
    def _not_indexed(self) -> bool:
        corpus = self.corpus
        return (
            self.rung in SEARCHING
            and corpus is not None
            and corpus.status is not CorpusStatus.READY
        )

    @property
    def needs_pilot(self) -> bool:
        """True when the model must be tuned before it can be measured on this rung."""
        setup = self._setup
        return self.rung in TUNED and setup is not None and setup.model_id in self.bases

    @property
    def begun(self) -> str:
        """What to say when the work has begun."""
        if self.needs_pilot:
            return "The pilot has begun. It is measured by itself when it has finished."
        return "Measuring has begun. It goes on when you leave this page."

    @property
    def primary_label(self) -> str:
        """What the button will do."""
        if self.needs_pilot:
            return "Start the pilot"
        if not self.suite_size:
            return "Measure"
        return f"Measure on {figures.many(self.suite_size, 'example')}"

    def preview(self, index: int) -> tuple[Message, ...]:
        """The exact prompt of one example."""
        if self._setup is None:
            raise InvalidInput(self.problem or "There is nothing to show yet.")
        if self.template_problem:
            raise InvalidInput(self.template_problem)
        return tuple(self.services.ladder.preview(self.project_id, self._setup, index))

    def start(self) -> RungRun | Job:
        """Measures this setup on the project's suite, after a pilot where one is needed."""
        if self.cannot_start or self._setup is None:
            raise InvalidInput(self.cannot_start or "There is nothing to measure yet.")
        if self.needs_pilot:
            return self.services.ladder.pilot(self.project_id, self._setup)
        return self.services.ladder.start(self.project_id, self._setup)


def _endpoints(services: Services) -> tuple[Endpoint, ...]:
    """Returns the registered endpoints; a studio that asks no other machine keeps none."""
    registry = getattr(services, "endpoints", None)
    return tuple(registry.all()) if registry is not None else ()


def described(setup: RungSetup) -> str:
    """What a setup does beyond asking, in a few words."""
    parts = [RUNG_TITLES[setup.rung].lower()]
    if setup.shots:
        which = "the most alike" if setup.shot_choice == "nearest" else "always the same"
        parts.append(f"{figures.many(setup.shots, 'example')} shown, {which}")
    if setup.rung in SEARCHING:
        parts.append(f"{figures.many(setup.passages, 'passage')} by {FOUND_BY[setup.mode]}")
    if setup.decoding.temperature:
        parts.append(f"temperature {setup.decoding.temperature:g}")
    return ", ".join(parts)
