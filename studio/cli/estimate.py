"""studio estimate: tokens, memory and ways to tune before the work; how right it was, after."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio.cli import find, follow
from studio.cli.connect import open_services
from studio.cli.options import STARTER, AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import duration, give, give_json, say, size, table

if TYPE_CHECKING:
    from studio.domain.costing import Figure, MethodOption

app = typer.Typer(
    help="Tokens, memory, time and cost before the work; the studio's own error after it.",
    no_args_is_help=True,
)
MethodWord = Literal["full", "lora", "dora", "qlora"]


@app.command(
    epilog=example(
        "studio estimate tokens --text 'How many tokens is this?' --model gpt-4.1-mini",
        "studio estimate tokens notes.txt --model smollm2-135m-instruct --json",
    )
)
def tokens(
    file: Annotated[
        Path | None, typer.Argument(help="Text file; `-` reads standard input.", allow_dash=True)
    ] = None,
    text: Annotated[str | None, typer.Option(help="The text itself.")] = None,
    model: Annotated[str, typer.Option(help="Model here, or an OpenAI name.")] = STARTER,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Count the tokens of a text with the model's own tokenizer, without a network."""
    if (file is None) == (text is None):
        raise typer.BadParameter("Give a file or --text, one of them.")
    if file is not None:
        given = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    else:
        given = text or ""
    with open_services(settings(data_dir)) as services:
        (counted,) = services.estimates.count_tokens([given], model)
        basis = services.estimates.token_basis(model)
    if as_json:
        give_json({"tokens": counted, "model": model, "basis": basis, "characters": len(given)})
        return
    give(str(counted))
    say(basis[0].upper() + basis[1:] + ".")


@app.command(
    epilog=example(
        "studio estimate memory Llama-3.1-8B --method qlora --seq 2048 --gpu-gb 24",
        "studio estimate memory Qwen2.5-7B --method lora --batch 2 --no-recompute --json",
    )
)
def memory(
    model: Annotated[str, typer.Argument(help="Model here, or a published name.")],
    method: Annotated[MethodWord, typer.Option(help="What is trained.")] = "lora",
    seq: Annotated[int, typer.Option(min=1, help="Tokens of one sequence.")] = 1024,
    batch: Annotated[int, typer.Option(min=1, help="Sequences at once on each GPU.")] = 1,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 16,
    targets: Annotated[str, typer.Option(help="Matrices with an adapter.")] = "all-linear",
    recompute: Annotated[
        bool | None,
        typer.Option(
            "--recompute/--no-recompute", help="Compute layers twice (gradient checkpointing)."
        ),
    ] = None,
    chunked: Annotated[
        bool | None, typer.Option("--chunked/--plain", help="Loss in chunks, or plain.")
    ] = None,
    optimizer: Annotated[
        str, typer.Option(help="adamw, adamw_8bit, paged_adamw_8bit, adafactor, sgd.")
    ] = "adamw",
    framework: Annotated[
        str, typer.Option(help="trl, unsloth, axolotl, torchtune, litgpt, llama-factory …")
    ] = "trl",
    gpus: Annotated[int, typer.Option(min=1, help="GPUs.")] = 1,
    sharding: Annotated[
        Literal["none", "ddp", "zero2", "full"], typer.Option(help="What GPUs share.")
    ] = "none",
    lever: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Another lever: offload_activations, optimizer_in_backward, compiled, cpu_offload "
            "(true or false), state_precision (bf16, fp32), quant (nf4, nf4-dq, int8).",
        ),
    ] = None,
    gpu_gb: Annotated[float | None, typer.Option(help="Memory of one GPU, for a verdict.")] = None,
    params_b: Annotated[
        float | None, typer.Option(help="Billions of weights, where the name is not known.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Estimate the peak memory of a fine-tune, term by term."""
    named = [pair.partition("=") for pair in lever or ()]
    levers = {
        **{name.strip(): value.strip() for name, _, value in named},
        "seq_len": seq,
        "micro_batch": batch,
        "rank": rank,
        "targets": targets,
        "checkpointing": recompute,
        "chunked_loss": chunked,
        "optimizer": optimizer,
        "framework": framework,
        "gpus": gpus,
        "sharding": sharding,
    }
    parameters = params_b * 1e9 if params_b else None
    with open_services(settings(data_dir)) as services:
        note = services.estimates.shape(model, parameters).note
        found = services.estimates.memory(
            model,
            method,
            available=None if gpu_gb is None else int(gpu_gb * 2**30),
            parameters=parameters,
            levers=levers,
        )
    if as_json:
        give_json({**found.model_dump(), "note": note})
        return
    rows = [(term.name, size(term.bytes), term.how) for term in found.terms]
    give(table(("part", "size", "how"), [*rows, ("total", size(found.total), "")]))
    say(f"The GPU's driver takes about {size(found.context)} beside it.")
    if note:
        say(note)
    if found.available is not None:
        say(f"On {size(found.available)}: {found.verdict.replace('_', ' ')}.")


@app.command(
    epilog=example("studio estimate methods", "studio estimate methods --project Acme --json")
)
def methods(
    project: ProjectName = None,
    model: Annotated[str | None, typer.Option(help="Model here, or a published name.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List ways to fine-tune side by side: here, on rented GPUs, at providers."""
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        listed = services.estimates.methods(place.id, model)
    if as_json:
        give_json(listed)
        return
    heads = ("where", "method", "on", "memory", "time", "training", "a month", "ends", "")
    give(table(heads, map(_row, listed)))


@app.command(epilog=example("studio estimate record", "studio estimate record --json"))
def record(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show how far the studio's own estimates were off."""
    with open_services(settings(data_dir)) as services:
        listed = services.estimates.record()
    if as_json:
        give_json(listed)
        return
    if not listed:
        say("Nothing to compare yet: run a fine-tune to its end first.")
        return
    rows = [
        (
            r.kind,
            r.family,
            r.n,
            f"{r.mape:.0%}",
            f"{r.bias:+.0%}",
            f"{r.within:.0%}",
            f"{r.factor:.2f}",
        )
        for r in listed
    ]
    give(table(("what", "family", "runs", "error", "bias", "in range", "next ×"), rows))


@app.command(epilog=example("studio estimate probe", "studio estimate probe --method qlora --json"))
def probe(
    model: Annotated[str | None, typer.Option(help="Base model here; the usual one.")] = None,
    method: Annotated[Literal["lora", "qlora"], typer.Option(help="What is trained.")] = "lora",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Train for 20 seconds to know this machine's speed; plans rest on it from then on."""
    with (
        open_services(settings(data_dir)) as services,
        follow.bar("Measuring this machine") as report,
    ):
        found = services.estimates.probe(model, method, progress=report)
    if as_json:
        give_json(found)
        return
    give(f"{found.mid:,.0f} tokens/s" if found.mid is not None else "unknown")
    say(f"{found.basis}; expect {found.low:,.0f} to {found.high:,.0f}.")


def _row(option: MethodOption) -> tuple[object, ...]:
    memory = "-" if option.memory is None else size(option.memory.total)
    return (
        option.backend,
        option.method,
        option.device,
        memory,
        duration(option.duration.mid),
        _usd(option.training_cost),
        _usd(option.serving_cost_month),
        option.shutdown_date or "",
        option.blocked_because,
    )


def _usd(figure: Figure) -> str:
    return "unknown" if figure.mid is None else f"{figure.mid:,.2f} USD"
