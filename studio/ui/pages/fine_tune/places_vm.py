"""Where a fine-tune can be done: this machine, and every endpoint that offers models to tune."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from studio.domain.dialects import automatic, settable
from studio.domain.endpoints import PREFIX, Dialect, Endpoint
from studio.domain.models import BaseModel
from studio.domain.training import Objective
from studio.domain.tuning_terms import TuningTerms

if TYPE_CHECKING:
    from studio.services.container import Services

LOCAL = "local"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place with what can be tuned there."""

    backend: str
    title: str
    sentence: str
    dialect: Dialect | None = None
    """None for this machine."""
    models: dict[str, str] = field(default_factory=dict)
    """Models to start from, id to words."""
    facts: dict[str, str] = field(default_factory=dict)
    """What is known of each, in sentences."""

    @property
    def hosted(self) -> bool:
        """True when another server does the work."""
        return self.dialect is not None

    @property
    def knows_methods(self) -> bool:
        """True where one can choose how weights are changed."""
        return self.dialect in (None, Dialect.LADDER)

    def settable(self, objective: Objective) -> tuple[str, ...]:
        """Hyperparameters that mean something here."""
        return settable(self.dialect, objective)

    def automatic(self, objective: Objective) -> tuple[str, ...]:
        """Those of them that the server decides unless somebody sets them."""
        return automatic(self.dialect, objective)


def read_places(services: Services) -> tuple[Place, ...]:
    """Reads every place, this machine first."""
    return tuple(
        _elsewhere(services, services.endpoints.get(name.removeprefix(PREFIX)))
        if name.startswith(PREFIX)
        else _here(tuple(services.models.bases()))
        for name in services.training.places()
    )


def _here(bases: tuple[BaseModel, ...]) -> Place:
    return Place(
        backend=LOCAL,
        title="This machine",
        sentence="Nothing leaves it, and no provider sends a bill.",
        models={base.id: base.name for base in bases},
        facts={base.id: _facts(base) for base in bases},
    )


def _elsewhere(services: Services, endpoint: Endpoint) -> Place:
    backend = PREFIX + endpoint.name
    terms = {model: services.tuning_prices.terms(backend, model) for model in endpoint.trains}
    return Place(
        backend=backend,
        title=endpoint.name,
        sentence=_sentence(endpoint),
        dialect=endpoint.dialect,
        models={model: _label(model, told) for model, told in terms.items()},
        facts={model: _price(endpoint, told) for model, told in terms.items()},
    )


def _sentence(endpoint: Endpoint) -> str:
    if not endpoint.leaves_machine:
        return f"A server on this machine, at {endpoint.host}."
    if endpoint.dialect is Dialect.LADDER:
        return f"Another Ladder Studio: your examples are sent to {endpoint.host}."
    return f"Your examples are sent to {endpoint.host}, which bills for the work."


def _label(model: str, terms: TuningTerms) -> str:
    """A model in a list of choices, with the day on which it ends."""
    ends = min((day for day in (terms.closes, terms.ends) if day is not None), default=None)
    return model if ends is None else f"{model} · {_ends(terms, ends)}"


def _ends(terms: TuningTerms, ends: date) -> str:
    return f"tuned until {ends}" if ends == terms.closes else f"answers until {ends}"


def _price(endpoint: Endpoint, terms: TuningTerms) -> str:
    if terms.usd_per_1m is None:
        price = "Its price is not known here."
        if endpoint.dialect is Dialect.LADDER:
            price = "It bills no tokens."
    else:
        price = f"{terms.usd_per_1m:f} USD for a million training tokens, before tax."
    return " ".join((price, *terms.said))


def _facts(model: BaseModel) -> str:
    facts = model.facts
    return (
        f"{facts.parameters / 1_000_000:,.0f} million weights, "
        f"reads {facts.context_length:,} tokens, "
        f"licence {model.licence}. It stays as it is; what is learnt lies beside it."
    )
