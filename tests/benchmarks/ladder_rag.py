"""Prompting against retrieval: `python -m tests.benchmarks.ladder_rag --data DIR --json`.

DIR holds `documents.jsonl` (`document_id`, `text`) and `questions.jsonl` (`question`, `answer`,
`document_id`, `answer_start`). Does what a user does, through the studio's services: makes a
project, imports both, and measures the rungs PROMPT and RAG with the setups that the studio itself
proposes for the starter model, on the same questions with the same metric; prompting has two
tries, and the better one counts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.bootstrap import build_services
from studio.domain.charters import Metric, UseCase
from studio.domain.datasets import ColumnMapping, DataFormat
from studio.domain.evaluation import Decoding, RunStatus
from studio.domain.ladder import Rung, RungRun, RungSetup, Suite
from studio.domain.projects import Project
from studio.services.container import Services
from studio.services.sample import STARTER
from studio.settings import from_environment
from tests.benchmarks.output import circumstances, give, say

PAUSE = 1.0
EXPERT = "You are an expert in the field of the question. Answer precisely, with the facts only."
BRIEF = "Question: {question}\n\nAnswer in a few words."
"""A second prompt, so that retrieval has to beat the better of two."""
ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.ladder_rag")
    add = options.add_argument
    add("--data", type=Path, required=True, help="folder with documents.jsonl and questions.jsonl")
    add("--json", action="store_true", help="nothing but the JSON line on stdout")
    add("--limit", type=int, default=160, help="questions to ask, chosen by their hash")
    add("--metric", choices=("token_f1", "contains", "rouge_l"), default="token_f1")
    add("--model", default=STARTER, help="id of the model to ask")
    add("--passages", type=int, help="passages a prompt gets, in place of the proposed number")
    add("--max-new-tokens", type=int, default=64, help="room for an answer, in every arm")
    add("--data-dir", type=Path, help="keep the project here, and go on from what is there")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ladder-rag-") as scratch:
        began = time.monotonic()
        services = build_services(from_environment(wanted.data_dir or Path(scratch)))
        services.start()
        try:
            figures = measured(services, wanted)
        finally:
            services.close()
        figures |= {"seconds": round(time.monotonic() - began, 1), **circumstances()}
    give(table(figures), figures, as_json=wanted.json)


def measured(services: Services, wanted: argparse.Namespace) -> dict[str, Any]:
    """Returns every figure by its name in the JSON."""
    project = _project(services, wanted)
    decoding = Decoding(max_new_tokens=wanted.max_new_tokens)
    proposed = services.ladder.proposed(project.id, Rung.PROMPT, wanted.model)
    proposed = proposed.with_(decoding=decoding)
    careful = proposed.with_(system=EXPERT, template=BRIEF)
    prompts = [_run(services, project, setup) for setup in (proposed, careful)]
    setup = services.ladder.proposed(project.id, Rung.RAG, wanted.model)
    setup = setup.with_(decoding=decoding, passages=wanted.passages or setup.passages)
    rag = _run(services, project, setup)
    # The ladder itself takes the best prompt as the one to beat.
    compared, prompt = next(
        (one, run)
        for one in services.ladder.compare(project.id)
        for run in prompts
        if (one.baseline_id, one.candidate_id) == (run.id, rag.id)
    )
    found = rag.retrieval
    verdict = services.ladder.verdict(project.id)
    return {
        "metric": rag.metric,
        **_scores("prompt", prompt),
        **_scores("rag", rag),
        "difference": compared.difference,
        "difference_low": compared.low,
        "difference_high": compared.high,
        "p_value": compared.p_value,
        "p_holm": compared.p_holm,
        "test": compared.test,
        "n": compared.n,
        "hit_at_1": found.hit_at_1 if found else None,
        "hit_at_5": found.hit_at_5 if found else None,
        "hit_at_10": found.hit_at_10 if found else None,
        "mrr": found.mrr if found else None,
        "ndcg_at_10": found.ndcg_at_10 if found else None,
        "retrieval_n": found.n if found else None,
        "retrieval_mode": found.mode if found else None,
        "verdict": verdict.headline,
        "recommended": verdict.recommended,
    }


def table(figures: dict[str, Any]) -> list[list[str]]:
    """Returns the figures as rows for people."""
    rows = [["", str(figures["metric"]), "95 % interval", "contains", "median", "tokens in"]]
    for arm in ("prompt", "rag"):
        rows.append(
            [
                arm,
                f"{figures[f'{arm}_score']:.3f}",
                f"{figures[f'{arm}_low']:.3f} to {figures[f'{arm}_high']:.3f}",
                f"{figures[f'{arm}_scores'].get('contains', float('nan')):.3f}",
                f"{figures[f'{arm}_latency_p50'] or float('nan'):.1f} s",
                f"{figures[f'{arm}_prompt_tokens']:.0f}",
            ]
        )
    return rows


def _project(services: Services, wanted: argparse.Namespace) -> Project:
    """Returns the project with questions, documents, charter and suite."""
    name = "Questions on documents"
    project = next((one for one in services.projects.all() if one.name == name), None)
    if project is None:
        project = services.projects.create(name=name)
    if wanted.model == STARTER and STARTER not in services.models.names():
        say("Fetching the starter model.")
        services.models.pull(STARTER)
    version_id = _questions(services, project, wanted.data / "questions.jsonl")
    services.ladder.choose_suite(
        Suite(project_id=project.id, version_id=version_id, limit=wanted.limit)
    )
    charter = services.charters.begin(project.id, UseCase.QUESTIONS)
    metric: Metric = wanted.metric
    services.charters.save(charter.with_(metric=metric))
    if not services.retrieval.corpora(project.id):
        corpus = services.retrieval.create(project.id, "Documents")
        added = services.retrieval.add(corpus.id, wanted.data / "documents.jsonl")
        say(f"{len(added.documents)} documents, {len(added.refused)} refused.")
    (corpus,) = services.retrieval.corpora(project.id)
    services.retrieval.index(corpus.id, progress=_told())
    return project


def _questions(services: Services, project: Project, file: Path) -> str:
    for dataset in services.datasets.all(project.id):
        return services.datasets.versions(dataset.id)[-1].id
    source = services.datasets.stage(file, file.name)
    version = services.datasets.create(
        source.id,
        project_id=project.id,
        name="Questions",
        format=DataFormat.COLUMNS,
        mapping=ColumnMapping(prompt="question", answer="answer"),
        accept_refused=True,
        held_out=True,
    )
    say(f"{version.n_examples} questions, {version.n_refused} rows refused.")
    return version.id


def _run(services: Services, project: Project, setup: RungSetup) -> RungRun:
    run = services.ladder.start(project.id, setup)
    told = ""
    while run.status not in ENDED:
        time.sleep(PAUSE)
        run = services.ladder.get(run.id)
        tens = 10 * run.done // max(1, run.total)
        news = run.message or f"{tens}0 % of {run.total} answers"
        if news != told:
            say(f"{setup.rung}: {news}")
            told = news
    if run.status is not RunStatus.SUCCEEDED or run.score is None:
        raise SystemExit(f"The rung {setup.rung} {run.status}: {run.message}")
    return run


def _scores(arm: str, run: RungRun) -> dict[str, Any]:
    score = run.score
    assert score is not None
    return {
        f"{arm}_score": score.value,
        f"{arm}_low": score.low,
        f"{arm}_high": score.high,
        f"{arm}_scores": {one.metric: one.value for one in run.scores},
        f"{arm}_latency_p50": run.latency_p50,
        f"{arm}_latency_p95": run.latency_p95,
        f"{arm}_prompt_tokens": run.prompt_tokens,
        f"{arm}_output_tokens": run.output_tokens,
        f"{arm}_cost_per_1000": None if run.cost_per_1000 is None else float(run.cost_per_1000),
        f"{arm}_message": run.message,
        f"{arm}_setup": run.setup.model_dump(mode="json"),
    }


def _told() -> Callable[[str, float | None], None]:
    """Returns a report that says each quarter of the indexing once."""
    said: set[int] = set()

    def tell(what: str, share: float | None) -> None:
        quarter = int(4 * (share or 0))
        if share is not None and quarter not in said:
            said.add(quarter)
            say(f"Indexing: {25 * quarter} %")

    return tell


if __name__ == "__main__":
    main()
