"""studio ladder: the decision wizard on the command line, climbed unattended or looked at."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio.cli import find, ladder_data, ladder_words
from studio.cli.connect import open_services
from studio.cli.exits import FAILED
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.ladder import Rung

app = typer.Typer(
    help="Measure prompting, retrieval and fine-tuning on your examples, and decide.",
    no_args_is_help=True,
)

# The words of the domain's enums, spelt out so that `--help` need not load them; a test compares.
LOWEST_FIRST = ("prompt", "few_shot", "long_context", "rag", "fine_tune", "rag_fine_tune")
KindName = Literal["context", "behaviour", "capability", "fine"]

RunId = Annotated[str, typer.Argument(help="Id of the run, as `studio ladder show` lists it.")]


@app.command(
    epilog=example(
        "studio ladder run --project 'Quernbeck mail room' --json",
        "studio ladder run --project Acme --answers acme.yaml --rungs prompt --rungs rag",
    )
)
def run(
    project: ProjectName = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="YAML or JSON with charter, facts, suite, documents."
        ),
    ] = None,
    rungs: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Measure only this rung; repeat for several: {', '.join(LOWEST_FIRST)}."
        ),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model to ask; repeat for several.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Measure on so many examples of the suite.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Climb every rung that can be measured, and say what the measurements say.

    What was measured before is used again, so stopping it and running it again goes on.
    """
    from studio.cli import answers_file
    from studio.cli.climb import Climber
    from studio.domain.ladder import Rung

    for name in rungs or ():
        if name not in LOWEST_FIRST:
            raise typer.BadParameter(f"{name!r} is no rung; known: {', '.join(LOWEST_FIRST)}.")
    began = time.monotonic()
    said = answers_file.read(answers)
    with open_services(settings(data_dir), working=True) as services:
        place = ladder_data.project(services, project)
        assumed = ladder_data.prepared(services, place.id, said, limit)
        names = tuple(model or said.models)
        models = [find.model(services, name) for name in names]
        wanted: list[Rung] = [Rung(name) for name in rungs or said.rungs or LOWEST_FIRST]
        climb = Climber(services, place.id, models, said.prompt).climb(wanted)
        outcome = ladder_words.outcome(services, place, climb, assumed)
        outcome["seconds"] = round(time.monotonic() - began, 1)
    if as_json:
        give_json(outcome, one_line=True)
    else:
        ladder_words.tell(outcome)
    if not climb.runs or any(one.status != "succeeded" for one in climb.runs):
        raise typer.Exit(FAILED)


@app.command(epilog=example("studio ladder rules", "studio ladder rules --json"))
def rules(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List every rule of the verdict with its reason, source and basis."""
    with open_services(settings(data_dir)) as services:
        found = services.ladder.rules()
    if as_json:
        give_json(found)
        return
    rows = ((r.id, r.outcome, r.condition, r.effect, r.because, r.basis, r.source) for r in found)
    give(table(("rule", "outcome", "when", "says", "because", "basis", "source"), rows))


@app.command(
    epilog=example(
        "studio ladder questions --project Acme",
        "studio ladder questions --project Acme --set needs_citation=true",
    )
)
def questions(
    project: ProjectName = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Answer one: fact=value; an empty value takes it back."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List what only people can say, with the answers so far, or answer."""
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        for pair in set_ or ():
            fact, value = ladder_data.answer(pair)
            services.ladder.answer(place.id, fact, value)
        asked, said = services.ladder.questions(), services.ladder.answers(place.id)
    if as_json:
        give_json({"questions": asked, "answers": said})
        return
    rows = ((q.fact, getattr(said, q.fact), q.default, q.text, q.why) for q in asked)
    give(table(("fact", "answer", "default", "question", "why we ask"), rows))


@app.command(
    epilog=example(
        "studio ladder thresholds --project Acme",
        "studio ladder thresholds --project Acme --set dominant_share=0.6 --json",
    )
)
def thresholds(
    project: ProjectName = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change one: name=value; an empty value takes it back."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List the numbers that the rules compare with, or change those that are our judgement."""
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        for pair in set_ or ():
            name, value = ladder_data.number(pair)
            if value is None:
                services.thresholds.reset(place.id, name)
            else:
                services.thresholds.change(place.id, name, value)
        listed = services.thresholds.all(place.id)
    if as_json:
        give_json([{**one.model_dump(), "changed": one.changed} for one in listed])
        return
    rows = (
        (t.name, t.words, t.default_words if t.changed else None, t.meaning, t.source)
        for t in listed
    )
    give(table(("threshold", "value", "default", "what it means", "source"), rows))


@app.command(epilog=example("studio ladder show --project Acme", "studio ladder show --json"))
def show(project: ProjectName = None, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the charter, the suite, every measured run and the comparisons between rungs."""
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        charter, suite = services.charters.get(place.id), services.ladder.suite(place.id)
        runs, compared = services.ladder.all(place.id), services.ladder.compare(place.id)
        n = services.ladder.suite_size(place.id)
    if as_json:
        give_json(
            {"charter": charter, "suite": suite, "n": n, "runs": runs, "comparisons": compared}
        )
        return
    give(f"Charter {charter.number}: {charter.client or place.name}, {charter.objective or '-'}")
    give(f"Signed by {charter.signed.name}" if charter.signed else "Not signed yet")
    give(f"Suite: {n} examples, metric {charter.metric or 'not agreed'}")
    give(ladder_words.run_table(runs))
    if compared:
        give("")
        give(ladder_words.comparison_table(compared, runs))


@app.command(
    epilog=example(
        "studio ladder label rung_5f2c9a7be01d4c38",
        "studio ladder label rung_5f2c9a7be01d4c38 ex_9a7be01d4c385f2c context",
    )
)
def label(
    run_id: RunId,
    example_id: Annotated[str | None, typer.Argument(help="Example whose answer is wrong.")] = None,
    kind: Annotated[KindName | None, typer.Argument(help="Why it is wrong.")] = None,
    note: Annotated[str, typer.Option(help="A remark.")] = "",
    rater: Annotated[str, typer.Option(help="Who says so.")] = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List a run's wrong answers, or say why one of them is wrong."""
    from studio.domain.ladder import FailureKind

    with open_services(settings(data_dir)) as services:
        if example_id is not None and kind is not None:
            services.ladder.label(run_id, example_id, FailureKind(kind), note, rater)
        elif example_id is not None:
            raise typer.BadParameter("Say why it is wrong: context, behaviour, capability or fine.")
        failures = services.ladder.failures(run_id)
    if as_json:
        give_json(failures)
        return
    rows = (
        (
            one.result.example_id,
            one.label.kind if one.label else None,
            one.result.question[:50],
            one.result.expected[:40],
            one.result.output[:40],
        )
        for one in failures
    )
    give(table(("example", "label", "question", "expected", "answered"), rows))


@app.command(epilog=example("studio ladder verdict --project Acme"))
def verdict(project: ProjectName = None, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Say which rung is right for a project, why, and what would change that."""
    with open_services(settings(data_dir)) as services:
        found = services.ladder.verdict(find.project(services, project).id)
    if as_json:
        give_json(found)
    else:
        ladder_words.tell_verdict(found)
        say("Measured." if found.measured else "Not measured: advice from rules alone, a prior.")


@app.command(
    epilog=example(
        "studio ladder checklist --project Acme",
        "studio ladder checklist --tick personal_data --untick samples",
    )
)
def checklist(
    project: ProjectName = None,
    tick: Annotated[
        list[str] | None, typer.Option(metavar="POINT", help="Say that this point is done.")
    ] = None,
    untick: Annotated[
        list[str] | None, typer.Option(metavar="POINT", help="Take your tick back.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List what to look after before, during and after a fine-tune, or tick it.

    The studio ticks what it knows by itself; the rest is yours.
    """
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        for done, points in ((True, tick or ()), (False, untick or ())):
            for point in points:
                services.ladder.tick(place.id, point, done)
        items, ready = services.ladder.checklist(place.id), services.ladder.readiness(place.id)
    if as_json:
        give_json({"checklist": items, "readiness": ready})
        return
    give(ladder_words.checklist_table(items))
    give(f"\n{ready.n_labelled} examples to train on; a pilot takes {ready.pilot}.")
    for flag in ready.flags:
        give(f"  {flag}")


@app.command(epilog=example("studio ladder sign --project Acme --name 'Ada Muster' --role Owner"))
def sign(
    name: Annotated[str, typer.Option(help="Who agrees to the charter as it stands.")],
    role: Annotated[str, typer.Option(help="What they are at the client.")] = "",
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Sign the charter: this version never changes again, a later edit begins the next one."""
    with open_services(settings(data_dir)) as services:
        charter = services.charters.sign(find.project(services, project).id, name, role)
    give_json(charter) if as_json else give(f"Charter {charter.number} is signed by {name}.")
