"""Options that several commands share, and the settings they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from studio.settings import Settings

STARTER = "smollm2-135m-instruct"
"""The base model that needs no hub: small, Apache-2.0, real."""


def _or_the_global_one(ctx: typer.Context, value: Path | None) -> Path | None:
    """Lets `studio --data-dir X train …` and `studio train … --data-dir X` mean the same."""
    return value if value is not None else ctx.find_root().params.get("data_dir")


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder that holds everything the studio keeps; also LADDER_DATA_DIR.",
        callback=_or_the_global_one,
        file_okay=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write JSON for machines to stdout; talk stays on stderr.")
]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; 8080 or the next free one.")
]
ProjectName = Annotated[
    str | None,
    typer.Option("--project", help="Project to work in, by name; the oldest one when left out."),
]


# The words of the domain's enums, spelt out so that `--help` need not load them; a test compares.
SplitName = Literal["train", "validation", "test"]
FormatName = Literal[
    "chat", "instruction", "prompt_completion", "sharegpt", "preference", "columns"
]
MethodName = Literal["lora", "qlora"]
ObjectiveName = Literal["sft", "dpo"]
EffortName = Literal["quick", "balanced", "thorough"]
DialectName = Literal["openai", "azure", "nebius", "ladder", "other"]
ModeName = Literal["keyword", "meaning", "hybrid"]


def settings(data_dir: Path | None, **given: object) -> Settings:
    """Returns the settings for this command."""
    from studio.settings import from_environment

    return from_environment(data_dir, **given)


def example(*lines: str) -> str:
    """Returns help text that shows how the command is used, kept as it is written."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
