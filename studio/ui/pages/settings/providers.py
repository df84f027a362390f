"""First steps to servers that tune: what to fill in, and what to know of each, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.endpoints import Dialect


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """What the form is filled in with; the user gives the rest."""

    title: str
    about: str
    """What to know before, with the dates that matter."""
    name: str
    address: str
    dialect: Dialect
    secret: str = ""
    trains: tuple[str, ...] = ()


FIRST_STEPS = (
    FirstStep(
        title="OpenAI",
        about=(
            "OpenAI is closing fine-tuning: only organisations that still use a model they tuned "
            "can start runs, and nobody can after 2027-01-06. Tuned models answer until their "
            "base is shut down, most on 2027-01-14 (as of 2026-11-22). The plan says before "
            "anything is sent whether your account may."
        ),
        name="openai",
        address="https://api.openai.com/v1",
        dialect=Dialect.OPENAI,
        secret="OPENAI_API_KEY",
        trains=("gpt-4.1-mini-2025-04-14", "gpt-4.1-2025-04-14", "gpt-4o-mini-2024-07-18"),
    ),
    FirstStep(
        title="Azure OpenAI",
        about=(
            "Existing customers can tune gpt-4.1 and gpt-4o models here until April 2027 at least; "
            "tuned models answer until October 2027 at least (as of 2026-07-07). A tuned model has "
            "to be deployed there before it answers, and a deployment costs by the hour."
        ),
        name="azure",
        address="https://YOUR-RESOURCE.openai.azure.com/openai/v1",
        dialect=Dialect.AZURE,
        secret="AZURE_OPENAI_API_KEY",
        trains=("gpt-4.1-mini-2025-04-14", "gpt-4.1-2025-04-14"),
    ),
    FirstStep(
        title="Nebius",
        about=(
            "Tunes open models. Its learning rate is absolute, which the studio knows. Name a "
            "model as its catalogue spells it."
        ),
        name="nebius",
        address="https://api.tokenfactory.nebius.com/v1/",
        dialect=Dialect.NEBIUS,
        secret="NEBIUS_API_KEY",
    ),
    FirstStep(
        title="Another Ladder Studio",
        about=(
            "A studio on a stronger machine tunes for this one, with every setting. Make a key "
            "there, under Settings, and name a base model that lies there."
        ),
        name="big-machine",
        address="https://HOST:8080/v1",
        dialect=Dialect.LADDER,
        secret="BIG_MACHINE_API_KEY",
    ),
)

KINDS: dict[Dialect, str] = {
    Dialect.OPENAI: "OpenAI",
    Dialect.AZURE: "Azure OpenAI",
    Dialect.NEBIUS: "Nebius",
    Dialect.LADDER: "Another Ladder Studio",
    Dialect.OTHER: "Another server that speaks the OpenAI wire",
}
"""Kinds of server as far as fine-tuning goes."""
