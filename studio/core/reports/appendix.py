"""The chapters for whoever checks: model card, lineage, how to reproduce, what was not verified."""

from __future__ import annotations

from studio.core.reports import words
from studio.domain.jobs import Job
from studio.domain.models import ModelVersion
from studio.domain.reports import Block, Bullets, Code, Dossier, Pairs, Paragraph, Section, Table


def model_card(dossier: Dossier) -> Section:
    """Describes every tuned model: from what it was made, how, and for what it is good."""
    if not dossier.tuned:
        text = "No tuned model took part in this decision."
        return Section(id="model", title="Model card", blocks=(Paragraph(text=text),))
    blocks: list[Block] = []
    for version in dossier.tuned:
        job = next((job for job in dossier.jobs if job.id == version.job_id), None)
        blocks += _card(dossier, version, job)
    return Section(id="model", title="Model card and data lineage", blocks=tuple(blocks))


def reproducibility(dossier: Dossier) -> Section:
    """Gives versions, hashes, seeds and commands."""
    version = dossier.version
    rows = [*dossier.surroundings]
    if version is not None:
        rows += [
            ("Examples", f"{version.source_filename}, version {version.number}"),
            ("SHA-256 of the examples", version.content_hash),
            ("SHA-256 of the source file", version.source_sha256),
        ]
    rows += [(f"Manifest of {base.name}", base.manifest_sha256) for base in dossier.bases]
    rows += [(f"Revision of {base.name}", base.revision) for base in dossier.bases]
    runs = tuple(
        (
            words.RUNGS[run.setup.rung],
            run.model_name,
            f"temperature {run.setup.decoding.temperature:g}, seed {run.setup.decoding.seed}, "
            f"at most {run.setup.decoding.max_new_tokens} tokens",
            words.moment(run.finished_at),
            run.id,
        )
        for run in dossier.runs
    )
    blocks: list[Block] = [Pairs(rows=tuple(rows))]
    if runs:
        blocks.append(
            Table(caption="Runs", head=("Rung", "Model", "Decoding", "Ended", "Id"), rows=runs)
        )
    prompts = {run.setup.system: words.RUNGS[run.setup.rung] for run in reversed(dossier.runs)}
    for system, rung in prompts.items():
        if system:
            blocks += [Paragraph(text=f"Instructions used for {rung.lower()}:"), Code(text=system)]
    blocks.append(Code(text=_commands(dossier)))
    return Section(id="reproduce", title="How to reproduce this", blocks=tuple(blocks))


def not_verified(dossier: Dossier) -> Section:
    """Says what nobody has checked."""
    items = list(dossier.verdict.not_verified)
    if dossier.case is not None:
        priors = [r.arm.title for r in dossier.case.arms if r.arm.score and not r.arm.measured]
        if priors:
            items.append(f"Scores taken from priors, not measured: {', '.join(priors)}.")
    if not dossier.charter.signed:
        items.append("The charter has not been signed.")
    if not items:
        items.append("Nothing is known to be open; the intervals above still apply.")
    return Section(
        id="not-verified", title="What was not verified", blocks=(Bullets(items=tuple(items)),)
    )


def _card(dossier: Dossier, version: ModelVersion, job: Job | None) -> list[Block]:
    base = next((base for base in dossier.bases if base.id == version.base_id), None)
    trained = next(
        (v for v in dossier.training_versions if v.id == version.dataset_version_id), None
    )
    measured = [run for run in dossier.runs if run.setup.model_id == version.id and run.score]
    rows = [
        ("Name", version.name),
        ("Made of", f"{base.name}, licence {base.licence}" if base else version.base_model),
        ("Method", version.method),
        ("Validation loss", _loss(version.validation_loss)),
        ("Answers as", version.where)
        if version.endpoint
        else ("Adapter's manifest", version.manifest_sha256),
        ("Made", words.moment(version.created_at)),
        ("Intended for", dossier.charter.objective or words.UNKNOWN),
        ("Measured", "; ".join(words.score(run.score) for run in measured) or "not measured"),
        ("Not for", "Requests unlike the examples it was trained on; those were not measured."),
    ]
    if trained is not None:
        rows += [
            ("Trained on", f"{trained.source_filename}, version {trained.number}"),
            ("Examples", f"{trained.n_examples:,} kept, {trained.n_refused:,} refused"),
            ("Splits", ", ".join(f"{name} {n:,}" for name, n in trained.splits.items())),
            ("SHA-256 of those examples", trained.content_hash),
        ]
    if job is not None:
        settings = job.spec.hyperparameters
        rows += [
            ("Job", job.id),
            ("Learning rate, epochs", f"{settings.learning_rate:g}, {settings.epochs:g}"),
            ("LoRA rank, alpha", f"{settings.lora_rank}, {settings.lora_alpha}"),
            ("Batch, longest example", f"{settings.batch_size}, {settings.sequence_length}"),
            ("Seed", str(settings.seed)),
        ]
    return [Pairs(rows=tuple(rows))]


def _loss(loss: float | None) -> str:
    return words.UNKNOWN if loss is None else f"{loss:.4f}"


def _commands(dossier: Dossier) -> str:
    # Quoted for the shell: a project may be called anything.
    name = "'" + dossier.project.name.replace("'", "'\\''") + "'"
    return "\n".join(
        (
            f"studio ladder show --project {name} --json",
            f"studio ladder run --project {name} --json",
            f"studio report --project {name}",
        )
    )
