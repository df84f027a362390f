"""Fine-tunes at a provider from the command line: what is left to it, what it is sent, consent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import typer

from studio.cli.exits import REFUSED
from studio.cli.options import STARTER
from studio.cli.output import say, size
from studio.domain.errors import InvalidInput

if TYPE_CHECKING:
    from studio.domain.datasets import DatasetVersion
    from studio.domain.training import Disclosure, Plan, TrainingSpec
    from studio.services.container import Services

LOCAL = "local"


def base(services: Services, backend: str, model: str) -> str:
    """Returns the model to start from at a provider: the one named, else the first it offers.

    Raises:
        InvalidInput: when there is no such place to train.
    """
    from studio.domain.endpoints import PREFIX

    places = services.training.places()
    if backend not in places:
        raise InvalidInput(
            f"There is no place {backend!r} to train at.",
            hint=f"There are {', '.join(places)}. `studio endpoints add --trains MODEL` makes one.",
        )
    offered = services.endpoints.get(backend.removeprefix(PREFIX)).trains
    return offered[0] if model == STARTER else model


def left_to_server(
    services: Services, spec: TrainingSpec, named: Collection[str], *, dialled: bool
) -> TrainingSpec:
    """Returns the spec with everything left to the server that it can choose and nobody named.

    Where somebody turned the dial, what the dial sets is not left either.
    """
    from studio.domain.dialects import LEFT_BY_DIAL, automatic
    from studio.domain.endpoints import PREFIX

    dialect = services.endpoints.get(spec.backend.removeprefix(PREFIX)).dialect
    choices = automatic(dialect, spec.objective)
    if dialled:
        choices = tuple(name for name in choices if name in LEFT_BY_DIAL)
    return spec.with_(automatic=tuple(name for name in choices if name not in named))


def tell_price(plan: Plan, write: Callable[[str], None]) -> None:
    """Writes what the provider asks for, and what that rests on."""
    price = "unknown" if plan.usd is None else f"{plan.usd:.4f} USD before tax"
    write(f"Price:     {price} ({plan.usd_basis})")


def tell_disclosure(
    services: Services, version: DatasetVersion, sent: Disclosure, write: Callable[[str], None]
) -> None:
    """Writes what leaves this machine, for where, and the personal data that was seen in it."""
    write(f"Would be sent to {sent.host}:")
    for file in sent.files:
        write(f"  {file.name}: {file.rows} rows, {size(file.size)}, SHA-256 {file.sha256}")
    lines = {one.id: one.line for one in services.datasets.examples(version.id)}
    for seen in sent.personal_data or ():
        at = ", ".join(str(lines[id]) for id in seen.example_ids[:10] if id in lines)
        write(f"  Seen in it: {seen.kind}, {seen.count} times ({', '.join(seen.excerpts)})")
        write(f"    line {at}{' …' if len(seen.example_ids) > 10 else ''}")
    if not sent.personal_data:
        scanned = sent.personal_data is not None
        write("  No personal data was seen in it." if scanned else "  Nobody scanned it.")
    write("  Patterns see no names, places or trade secrets: look for those yourself.")
    write(f"Fingerprint: {sent.fingerprint}")


def agreed(sent: Disclosure, given: str) -> str:
    """Returns the fingerprint that was agreed to; asks on a terminal, refuses elsewhere."""
    if given == sent.fingerprint:
        return given
    if given:
        say("What would be sent is not what --agree stands for: look at it again.")
        raise typer.Exit(REFUSED)
    if not sys.stdin.isatty():
        say(f"Nothing was sent. To agree, add: --agree {sent.fingerprint}")
        raise typer.Exit(REFUSED)
    if not typer.confirm(f"Send this to {sent.host}?", err=True):
        say("Nothing was sent.")
        raise typer.Exit(REFUSED)
    return sent.fingerprint
