"""studio demo: the whole way, from examples to a measured model, on this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import follow, measure, serve, tuning
from studio.cli.connect import is_served, open_services
from studio.cli.options import AsJson, DataDir, Port, example, settings
from studio.cli.output import duration, give_json, say

if TYPE_CHECKING:
    from studio.domain.evaluation import Comparison, EvaluationRun
    from studio.domain.jobs import Job
    from studio.services.container import Services

EPILOG = example("studio demo", "studio demo --no-serve --json --data-dir ./demo-data")


def demo(
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Open the studio on the result.")
    ] = True,
    port: Port = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Tune a real model on the sample project, measure it, and open the studio on it.

    What exists already is used again, so stopping it and running it again goes on.
    """
    began = time.monotonic()
    chosen = settings(data_dir, port=port)
    with open_services(chosen, working=True) as services:
        job, prompted, comparison = _whole_way(services)
        seconds = time.monotonic() - began
        measure.tell(services, comparison, to_stderr=as_json)
        say(_on_prompting(prompted))
        say(f"Done in {duration(seconds)}.")
        if as_json:
            give_json(_summary(job, prompted, comparison, seconds), one_line=True)
    if not serving:
        return
    if is_served(chosen):
        say("The studio that is open on this data folder shows it already.")
    else:
        serve.run(chosen)


def _whole_way(services: Services) -> tuple[Job, EvaluationRun, Comparison]:
    say("1/5 The sample project: a company, its data, and the starter model.")
    with follow.bar("Preparing") as report:
        sample = services.sample.prepare(progress=report)
    say("2/5 Tuning the starter model on the training split.")
    job = tuning.followed(services, services.sample.tune(sample))
    assert job.model_version_id is not None, "a job that succeeded names its model"
    say("3/5 Prompting: the base model with the whole guide, on the test split.")
    prompted = measure.finished(services, services.sample.measure_prompting(sample))
    say("4/5 Measuring the base model on the test split, which it has not seen.")
    base = measure.finished(services, services.sample.measure(sample, sample.base_model))
    say("5/5 Measuring the tuned model on the same examples.")
    tuned = measure.finished(services, services.sample.measure(sample, job.model_version_id))
    return job, prompted, services.evaluation.compare(base.id, tuned.id)


def _on_prompting(prompted: EvaluationRun) -> str:
    score = prompted.primary
    if score is None:
        return "How far prompting gets is unknown."
    return (
        f"Prompting alone, with the whole guide in the prompt, reaches {score.value:.1%} on the "
        f"same {score.n} messages."
    )


def _summary(
    job: Job, prompted: EvaluationRun, comparison: Comparison, seconds: float
) -> dict[str, Any]:
    return {
        "base": measure.score_json(comparison.baseline.primary),
        "prompted": measure.score_json(prompted.primary),
        "tuned": measure.score_json(comparison.candidate.primary),
        "p_value": comparison.p_value,
        "seconds": round(seconds, 1),
        "job_id": job.id,
        "model_version": job.model_version_id,
        "verdict": comparison.verdict,
    }
