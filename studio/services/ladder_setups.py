"""Setups of the rungs: what can be measured, what to begin with, what cannot be a setup."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.evaluation.decoding import default_decoding
from studio.core.ladder.evidence import PROMPTED, best, counted
from studio.core.ladder.measuring import default_metric
from studio.core.ladder.prompting import WITH_PASSAGES, check_template, typical
from studio.core.retrieval.grounding import TEMPLATE
from studio.domain.charters import Charter, Metric, UseCase
from studio.domain.datasets import Example
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.evaluation import Decoding
from studio.domain.ladder import Rung, RungRun, RungSetup, Suite
from studio.domain.models import ModelVersion
from studio.services.charters import CharterService
from studio.services.ladder_parts import Retrieving
from studio.services.models import ModelService
from studio.services.sample import STARTER
from studio.store.datasets import DatasetStore
from studio.store.ladder import LadderStore

SHOTS = 8
"""Solved examples to begin with; a judgement: more seldom help and every one is paid for."""

SMALL_WEIGHTS = 300_000_000
"""Weights below which a model copies well but loses its way in long prompts; a judgement."""

FROM_MEMORY = "Answer the question briefly and precisely, with the facts only."
SMALL_SYSTEM = "Answer the question in a few words."
SMALL_TEMPLATE = "{passages}\n\nQuestion: {question}"
SMALL_PASSAGES = 1
"""What the starter model makes most of: a second passage distracts it more than it tells."""

TUNED = (Rung.FINE_TUNE, Rung.RAG_FINE_TUNE)


class Setups:
    """Proposes setups and refuses impossible ones."""

    def __init__(
        self,
        ladder: LadderStore,
        datasets: DatasetStore,
        models: ModelService,
        charters: CharterService,
        retrieval: Retrieving,
    ) -> None:
        self._ladder, self._datasets, self._models = ladder, datasets, models
        self._charters, self._retrieval = charters, retrieval

    def models(self, project_id: str) -> dict[str, str]:
        """Returns id → name of everything that can answer on a project's ladder."""
        others = {
            version.id for version in self._models.versions() if version.project_id != project_id
        }
        return {id: name for id, name in self._models.names().items() if id not in others}

    def proposed(self, project_id: str, rung: Rung, model_id: str | None = None) -> RungSetup:
        """Returns what to begin a rung with; what was measured on lower rungs goes on.

        Without a model the best prompted one is taken, else the starter model, else any.

        Raises:
            InvalidInput: when nothing is measured on that rung.
            NotFound: when there is no model at all.
        """
        if rung is Rung.STAY:
            raise InvalidInput("Staying as you are needs no measurement.")
        suite = self._ladder.suite(project_id)
        runs = counted(self._ladder.all(project_id), suite)
        examples = self._datasets.examples(suite.version_id) if suite else []
        model = self._model(project_id, rung, model_id, runs)
        base = self._base(model)
        prompted = best([r for r in runs if r.setup.model_id == base], *PROMPTED)
        charter = self._charters.get(project_id)
        setup = RungSetup(
            rung=rung,
            model_id=model,
            system="" if rung in TUNED else self._system(prompted, charter, examples, base),
            template=self._template(rung, prompted),
            decoding=typical_decoding(examples),
        )
        if rung is Rung.FEW_SHOT:
            return setup.with_(shots=SHOTS, shot_choice="nearest")
        if rung in WITH_PASSAGES:
            return self._grounded(project_id, setup, base, examples)
        return setup

    def check(self, project_id: str, setup: RungSetup) -> None:
        """Refuses a setup that cannot be measured.

        Raises:
            InvalidInput: naming what is missing or does not belong there.
            NotFound: when there is no such model or corpus.
        """
        if setup.rung is Rung.STAY:
            raise InvalidInput("Staying as you are needs no measurement.")
        check_template(setup.template, setup.rung)
        self._models.resolve(setup.model_id)
        if setup.rung is Rung.FEW_SHOT and not setup.shots:
            raise InvalidInput(
                "The few-shot rung shows no solved example.", hint="Choose at least one."
            )
        if setup.rung in WITH_PASSAGES:
            self._check_corpus(project_id, setup)
        if setup.rung in TUNED and setup.model_id in {b.id for b in self._models.bases()}:
            raise InvalidInput(
                f"{setup.model_id} is not tuned.",
                hint="Start the pilot: its model is measured when the training has succeeded.",
            )

    def metric(self, project_id: str, suite: Suite) -> Metric:
        """Returns the charter's metric, or one that suits the expected answers while it is open."""
        return self._charters.get(project_id).metric or self.default_metric(suite)

    def default_metric(self, suite: Suite) -> Metric:
        """Returns the metric that suits the expected answers of the whole version."""
        return default_metric([e.answer for e in self._datasets.examples(suite.version_id)])

    def name(self, model_id: str) -> str:
        """Returns what a model is called."""
        return self._models.resolve(model_id).name

    def job_of(self, model_id: str) -> str | None:
        """Returns the fine-tune that made a model, None for one that was not tuned here."""
        found = (version.job_id for version in self._models.versions() if version.id == model_id)
        return next(found, None)

    def tuned(self, project_id: str, base: str | None = None) -> ModelVersion | None:
        """Returns the project's newest tuned model on the suite's data, None without one."""
        suite = self._ladder.suite(project_id)
        for version in self._models.versions(project_id):
            on_suite = suite is None or version.dataset_version_id == suite.version_id
            if on_suite and base in (None, version.base_id):
                return version
        return None

    def _check_corpus(self, project_id: str, setup: RungSetup) -> None:
        if setup.corpus_id is None:
            raise InvalidInput(
                f"The rung {setup.rung} needs documents.", hint="Add documents to the project."
            )
        corpus = self._retrieval.corpus(setup.corpus_id)
        if corpus.project_id != project_id:
            raise InvalidInput(f"The documents {corpus.name!r} belong to another project.")
        if not corpus.n_documents:
            raise InvalidInput(f"{corpus.name!r} has no documents.", hint="Add some first.")

    def _model(
        self, project_id: str, rung: Rung, wanted: str | None, runs: Sequence[RungRun]
    ) -> str:
        known = self.models(project_id)
        if wanted is not None and wanted not in known:
            raise NotFound(f"There is no model {wanted}.", hint="Choose one of the list.")
        prompted = best(runs, *PROMPTED)
        starter = STARTER if STARTER in known else next(iter(known), None)
        model = wanted or (prompted.setup.model_id if prompted else starter)
        if model is None:
            raise NotFound("There is no model here.", hint="Fetch the starter model first.")
        if rung in TUNED and model in {base.id for base in self._models.bases()}:
            tuned = self.tuned(project_id, model)
            return tuned.id if tuned else model
        return model

    def _base(self, model_id: str) -> str:
        found = (v.base_id for v in self._models.versions() if v.id == model_id)
        return next(found, model_id)

    def _system(
        self,
        prompted: RungRun | None,
        charter: Charter,
        examples: Sequence[Example],
        base: str,
    ) -> str:
        if prompted is not None:
            return prompted.setup.system
        if _has_instructions(examples):
            return ""
        if charter.use_case is UseCase.QUESTIONS:
            # The template's words speak of passages; a prompt without any would refuse to answer.
            return SMALL_SYSTEM if self._is_small(base) else FROM_MEMORY
        templates = self._charters.templates()
        found = (one.system_prompt for one in templates if one.use_case is charter.use_case)
        return next(found, "")

    def _is_small(self, base: str) -> bool:
        weights = {one.id: one.facts.parameters for one in self._models.bases()}
        return base in weights and weights[base] < SMALL_WEIGHTS

    def _template(self, rung: Rung, prompted: RungRun | None) -> str:
        if rung in WITH_PASSAGES:
            return TEMPLATE
        if prompted is None or rung in TUNED:
            return "{question}"
        return prompted.setup.template

    def _grounded(
        self, project_id: str, setup: RungSetup, base: str, examples: Sequence[Example]
    ) -> RungSetup:
        corpora = [one for one in self._retrieval.corpora(project_id) if one.n_documents]
        setup = setup.with_(corpus_id=corpora[0].id if corpora else None)
        if not self._is_small(base) or setup.rung is Rung.LONG_CONTEXT:
            return setup
        return setup.with_(
            system=setup.system if _has_instructions(examples) else SMALL_SYSTEM,
            template=SMALL_TEMPLATE,
            passages=SMALL_PASSAGES,
        )


def _has_instructions(examples: Sequence[Example]) -> bool:
    return any(turn.role == "system" for example in examples for turn in example.prompt)


def typical_decoding(examples: Sequence[Example]) -> Decoding:
    """Returns greedy decoding with room for nine of ten expected answers.

    One answer of a thousand words among short ones would let a rambling model ramble on, at the
    cost of hours; how many answers were cut off is always said.
    """
    if not examples:
        return Decoding()
    return default_decoding(typical([example.answer for example in examples]))
