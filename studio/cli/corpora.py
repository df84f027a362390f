"""Corpora on the command line: which one is meant, how it stands, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from studio.cli import find
from studio.cli.output import give, say, table
from studio.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from studio.domain.retrieval import Corpus, Refusal, RetrievalScore
    from studio.services.container import Services

FIRST = "Documents"
"""Name of a project's first collection when none is given."""
SHOWN = 50
"""Refusals shown one by one; the rest is counted."""


def chosen(services: Services, name: str | None, project: str | None) -> Corpus:
    """Returns the collection of that name or id; the project's only one for None."""
    known = services.retrieval.corpora(find.project(services, project).id)
    found = [one for one in known if name is None or name in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(
            f"There is no collection of documents {name!r}." if name else "There are no documents.",
            hint="`studio documents list` shows them; `studio documents add FILE` makes one.",
        )
    raise InvalidInput(
        f"The project has {len(found)} collections of documents.",
        hint=f"Add --corpus NAME: {', '.join(one.name for one in found)}.",
    )


def chosen_or_new(services: Services, name: str | None, project: str | None) -> Corpus:
    """Does as `chosen`, and makes the project or the collection where there is none."""
    place = find.project(services, project, make=True)
    known = services.retrieval.corpora(place.id)
    if (name is None and not known) or (
        name is not None and all(name not in (one.id, one.name) for one in known)
    ):
        return services.retrieval.create(place.id, name or FIRST)
    return chosen(services, name, project)


def tell_status(corpus: Corpus) -> None:
    """Says how a collection stands."""
    counts = f"{corpus.n_documents:,} documents, {corpus.n_chunks:,} passages"
    give(f"{corpus.name}: {corpus.status}, {counts}")
    if corpus.message:
        say(corpus.message)


def tell_refusals(refused: Sequence[Refusal]) -> None:
    """Lists on stderr what was refused, with the reason."""
    if not refused:
        return
    say(f"{len(refused)} refused:")
    say(table(("what", "reason"), ((one.name, one.reason) for one in refused[:SHOWN])))
    if len(refused) > SHOWN:
        say(f"… and {len(refused) - SHOWN} more.")


def tell_scores(scores: Sequence[RetrievalScore]) -> None:
    """Shows how well each way of searching finds the right passage."""
    heads = ("searched by", "questions", "hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10")
    rows = (
        (
            one.mode,
            one.n,
            f"{one.hit_at_1:.1%}",
            f"{one.hit_at_5:.1%}",
            f"{one.hit_at_10:.1%}",
            f"{one.mrr:.3f}",
            f"{one.ndcg_at_10:.3f}",
        )
        for one in scores
    )
    give(table(heads, rows))
