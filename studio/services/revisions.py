"""Revisions: ways to answer brought about, and tried before anybody is sent to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from studio.core.ladder.prompting import WITH_PASSAGES, check_template
from studio.domain.datasets import Message, Split
from studio.domain.deployments import Revision
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.ladder import Rung, RungSetup
from studio.domain.models import ModelVersion
from studio.domain.values import new_id, now
from studio.services.arranging import Arranger
from studio.services.models import ModelService
from studio.store.datasets import DatasetStore

CANNED = (Message(role="user", content="Hello. Please answer with one word."),)
"""What a revision is asked before anybody is sent to it."""
BRIEFLY = Decoding(max_new_tokens=4)


class Revisions:
    """Makes revisions whose model is there, and lets them answer."""

    def __init__(
        self,
        models: ModelService,
        datasets: DatasetStore,
        arranger: Arranger,
        generator: TextGenerator,
        answers_already: Callable[[str], bool] = lambda name: False,
    ) -> None:
        """`answers_already` says whether a model answers at `/v1` under a name."""
        self._models, self._datasets = models, datasets
        self._arranger, self._generator = arranger, generator
        self._answers_already = answers_already

    def made(
        self,
        deployment_id: str,
        *,
        model_id: str,
        setup: RungSetup | None,
        suite_version_id: str | None,
        name: str,
        dataset_version_id: str | None,
        cycle_id: str | None,
        revision_id: str | None,
    ) -> Revision:
        """Returns a new revision, not kept; its model is there, and asked as it was taught.

        Raises:
            NotFound: when there is no such model.
            InvalidInput: when the setup cannot become a prompt.
        """
        handle = self._models.resolve(model_id)
        version = self._tuned(model_id)
        if setup is not None:
            setup = _checked(setup.with_(model_id=model_id), suite_version_id)
        elif version is not None:
            setup = self._as_taught(version)
        tuned_on = None if version is None else version.dataset_version_id
        return Revision(
            id=revision_id or new_id("revision"),
            deployment_id=deployment_id,
            number=1,
            name=" ".join(name.split())[:120] or handle.name,
            model_id=model_id,
            setup=setup,
            suite_version_id=suite_version_id,
            dataset_version_id=dataset_version_id or tuned_on,
            cycle_id=cycle_id,
            created_at=now(),
        )

    def tried(self, revision: Revision) -> Answer:
        """Lets a revision answer a canned question; raises what stands in the way."""
        handle = self._arranger.handle(revision)
        arranged = self._arranger.arrange(revision, [CANNED])
        (answer,) = self._generator.generate(handle, arranged, BRIEFLY)
        return answer

    def taken(self, name: str) -> bool:
        """Says whether a model answers under that name already."""
        return self._answers_already(name)

    def _tuned(self, model_id: str) -> ModelVersion | None:
        try:
            return self._models.version(model_id)
        except NotFound:
            return None

    def _as_taught(self, version: ModelVersion) -> RungSetup | None:
        """Returns the instructions that the model was tuned with, None when there were none."""
        try:
            system = self._datasets.version(version.dataset_version_id).system_prompt
        except NotFound:
            return None
        if not system.strip():
            system = self._most_said(version.dataset_version_id)
        if not system.strip():
            return None
        return RungSetup(rung=Rung.FINE_TUNE, model_id=version.id, system=system)

    def _most_said(self, version_id: str) -> str:
        """Returns the instructions that stand before more than half of the examples, or none."""
        examples = self._datasets.examples(version_id, Split.TRAIN)
        said = Counter(
            next((turn.content for turn in example.prompt if turn.role == "system"), "")
            for example in examples
        )
        system, times = said.most_common(1)[0] if said else ("", 0)
        return system if 2 * times > len(examples) else ""


def _checked(setup: RungSetup, suite_version_id: str | None) -> RungSetup:
    check_template(setup.template, setup.rung)
    if setup.rung is Rung.STAY:
        raise InvalidInput("The rung stay has no model to deploy.")
    if setup.rung in WITH_PASSAGES and setup.corpus_id is None:
        raise InvalidInput(
            f"The rung {setup.rung} needs documents.", hint="Name a body of documents."
        )
    if setup.shots and suite_version_id is None:
        raise InvalidInput(
            "Solved examples are shown, and it is not said which ones.",
            hint="Name the dataset version that they are taken from.",
        )
    return setup
