"""What a climb needs before its first measurement: project, charter, facts, suite, documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.cli import find, follow
from studio.cli.output import say
from studio.cli.tuning import ready_model
from studio.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from studio.cli.answers_file import Answers
    from studio.domain.datasets import DatasetVersion
    from studio.domain.ladder import Suite
    from studio.domain.projects import Project
    from studio.services.container import Services

STARTER = "smollm2-135m-instruct"
CORPUS = "Documents"


def project(services: Services, name: str | None) -> Project:
    """Returns the project; the sample project is made when it is asked for by its name."""
    try:
        return find.project(services, name)
    except NotFound:
        if name != services.sample.name():
            raise
        with follow.bar("Preparing the sample project") as report:
            return services.sample.prepare(progress=follow.with_time_left(report)).project


def prepared(services: Services, project_id: str, said: Answers, limit: int | None) -> list[str]:
    """Brings charter, facts, suite, documents and a model in; returns what it assumed."""
    if not services.models.names():
        ready_model(services, STARTER)
    assumed = _suite(services, project_id, said, limit)
    assumed += _charter(services, project_id, said)
    for fact, value in said.facts.items():
        services.ladder.answer(project_id, fact, value)
    _documents(services, project_id, said)
    for one in assumed:
        say(f"Note: {one}")
    return assumed


def answer(pair: str) -> tuple[str, Any]:
    """Returns fact and value of `fact=value`; an empty value is None."""
    import yaml

    fact, equals, value = pair.partition("=")
    if not equals:
        raise InvalidInput(f"--set {pair} names no value.", hint="Write it as fact=value.")
    try:
        return fact.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        return fact.strip(), value


def number(pair: str) -> tuple[str, float | None]:
    """Returns name and number of `name=value`, percent included; an empty value is None."""
    name, value = answer(pair)
    if isinstance(value, str) and value.strip().endswith("%"):
        return name, _parsed(pair, value.strip()[:-1]) / 100
    return name, None if value is None else _parsed(pair, value)


def _parsed(pair: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"--set {pair} names no number.", hint="Write it as name=value, such as 0.5 or 50%."
        ) from error


def _charter(services: Services, project_id: str, said: Answers) -> list[str]:
    charter = services.charters.get(project_id)
    given = {
        name: value
        for name in type(said.charter).model_fields
        if (value := getattr(said.charter, name)) is not None
    }
    if "use_case" in given and given["use_case"] != charter.use_case:
        # The template fills what is empty, so what is given must be there first.
        charter = services.charters.save(charter.with_(**{**given, "use_case": charter.use_case}))
        charter = services.charters.begin(project_id, given["use_case"])
    elif given:
        charter = services.charters.save(charter.with_(**given))
    if charter.metric is not None:
        return []
    if charter.signed is not None:
        return ["The signed charter leaves the success metric open; rule B1 stops at prompting."]
    metric = services.ladder.default_metric(project_id)
    services.charters.save(charter.with_(metric=metric))
    return [
        f"The charter left the success metric open; {metric} was written into its draft, as the "
        "expected answers suggest."
    ]


def _suite(services: Services, project_id: str, said: Answers, limit: int | None) -> list[str]:
    from studio.domain.datasets import Split
    from studio.domain.ladder import Suite

    limit, known = limit or said.suite.limit, services.ladder.suite(project_id)
    if said.suite.dataset is not None:
        name = services.projects.get(project_id).name
        version = find.version(services, said.suite.dataset, name)
        suite = Suite(project_id=project_id, version_id=version.id, split=Split(said.suite.split))
        return _chosen(services, suite.with_(limit=limit), known, [])
    if known is not None:
        return _chosen(services, known.with_(limit=limit or known.limit), known, [])
    version = _version(services, project_id)
    dataset = services.datasets.get(version.dataset_id)
    suite = Suite(project_id=project_id, version_id=version.id, limit=limit)
    told = f"No suite was chosen; the test split of {dataset.name!r} was taken."
    return _chosen(services, suite, known, [told])


def _chosen(services: Services, suite: Suite, known: Suite | None, told: list[str]) -> list[str]:
    if suite != known:
        services.ladder.choose_suite(suite)
    return told


def _version(services: Services, project_id: str) -> DatasetVersion:
    """Returns what the newest tuned model learnt from, else the oldest dataset's newest version."""
    for model in services.models.versions(project_id):
        return services.datasets.version(model.dataset_version_id)
    for dataset in services.datasets.all(project_id):
        return max(services.datasets.versions(dataset.id), key=lambda one: one.number)
    raise NotFound(
        "The project has no examples to measure on.",
        hint="Import some: studio data import FILE --project NAME.",
    )


def _documents(services: Services, project_id: str, said: Answers) -> None:
    if not said.documents:
        return
    corpora = services.retrieval.corpora(project_id)
    corpus = next((one for one in corpora if one.name == CORPUS), None)
    corpus = corpus or services.retrieval.create(project_id, CORPUS)
    for path in said.documents:
        added = services.retrieval.add(corpus.id, path, path.name)
        say(f"{path.name}: {len(added.documents)} documents, {len(added.refused)} refused.")
        for refusal in added.refused[:10]:
            say(f"  {refusal.name}: {refusal.reason}")
    with follow.bar("Indexing the documents") as report:
        services.retrieval.index(corpus.id, progress=follow.with_time_left(report))
