"""studio documents: texts to answer from — bring in, index, search, measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import follow
from studio.cli.connect import open_services
from studio.cli.corpora import chosen, chosen_or_new, tell_refusals, tell_scores, tell_status
from studio.cli.exits import CANCELLED, ERROR, REFUSED
from studio.cli.options import AsJson, DataDir, ModeName, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table
from studio.domain.errors import NotFound

if TYPE_CHECKING:
    from studio.domain.retrieval import Added, DocumentLine

app = typer.Typer(help="Texts to answer from: bring in, index, search.", no_args_is_help=True)

CorpusName = Annotated[
    str | None,
    typer.Option("--corpus", help="Collection by name or id; the project's only one if left out."),
]


@app.command(
    epilog=example(
        "studio documents add handbook.pdf terms.docx faq.md",
        "studio documents add articles.jsonl --corpus articles",
    )
)
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="txt, md, html, pdf or docx; or JSONL whose rows have `text` and `document_id`.",
        ),
    ],
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Read documents into a collection; what cannot be read is listed with the reason."""
    with open_services(settings(data_dir)) as services:
        place = chosen_or_new(services, corpus, project)
        results: list[Added] = []
        for file in files:
            with follow.bar(f"Reading {file.name}") as report:
                results.append(
                    services.retrieval.add(
                        place.id, str(file.resolve()), file.name, progress=report
                    )
                )
        place = services.retrieval.corpus(place.id)
    added = [line for one in results for line in one.documents]
    refused = [refusal for one in results for refusal in one.refused]
    if as_json:
        give_json({"corpus": place, "documents": added, "refused": refused})
    else:
        give(place.id)
        say(f"{len(added)} documents are in {place.name!r} now, {place.n_words:,} words in all.")
        say("Index them next: studio documents index")
    tell_refusals(refused)
    if not added:
        raise typer.Exit(REFUSED)


@app.command("list", epilog=example("studio documents list", "studio documents list --corpus faq"))
def show_all(
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List the collections, or the documents of one of them."""
    with open_services(settings(data_dir)) as services:
        if corpus is not None:
            place = chosen(services, corpus, project)
            lines = services.retrieval.documents(place.id)
            give_json(lines) if as_json else _tell_lines(lines)
            return
        from studio.cli import find

        found = services.retrieval.corpora(find.project(services, project).id)
    if as_json:
        give_json(found)
        return
    rows = (
        (one.name, one.status, one.n_documents, one.n_chunks, one.n_words, one.message)
        for one in found
    )
    give(table(("collection", "status", "documents", "passages", "words", ""), rows))


@app.command(
    epilog=example("studio documents index", "studio documents index --words 120 --overlap 20")
)
def index(
    words: Annotated[
        int | None, typer.Option(help="Longest passage in words; cuts all documents anew.")
    ] = None,
    overlap: Annotated[
        int | None, typer.Option(help="Words a passage may repeat of the one before it.")
    ] = None,
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Cut and embed what is new, so that it can be searched; Ctrl+C keeps what is done."""
    with open_services(settings(data_dir)) as services:
        place = chosen(services, corpus, project)
        if words is not None or overlap is not None:
            place = services.retrieval.cut(
                place.id,
                place.chunk_words if words is None else words,
                place.overlap_words if overlap is None else overlap,
            )
        with follow.bar(f"Indexing {place.name}") as report:
            place = services.retrieval.index(place.id, progress=report)
    if as_json:
        give_json(place)
    else:
        tell_status(place)
    if place.status == "stale":
        raise typer.Exit(CANCELLED)


@app.command(
    epilog=example(
        "studio documents search 'How long is the warranty?'",
        "studio documents search 'warranty' --mode keyword --passages 8",
    )
)
def search(
    question: Annotated[str, typer.Argument(help="What is asked.")],
    passages: Annotated[int, typer.Option(min=1, max=64, help="How many to give.")] = 4,
    mode: Annotated[
        ModeName, typer.Option(help="By its words, by its meaning, or by both.")
    ] = "hybrid",
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Find the passages that a question would be answered from."""
    from studio.domain.retrieval import RetrievalMode

    with open_services(settings(data_dir)) as services:
        place = chosen(services, corpus, project)
        found = services.retrieval.search(place.id, question, passages, RetrievalMode(mode))
    if as_json:
        give_json(found)
        return
    if place.message:
        say(place.message)
    for one in found:
        places = f"keyword {one.keyword_rank or '-'}, meaning {one.meaning_rank or '-'}"
        give(f"[{one.rank}] {one.title}  ({one.document_key}; {places})")
        give(f"{one.chunk.text}\n")


@app.command(epilog=example("studio documents gold questions.jsonl --corpus articles"))
def gold(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Rows with question, answer, document_id and answer_start.",
        ),
    ],
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Say where the answers to known questions stand, so that searching can be measured."""
    with open_services(settings(data_dir)) as services:
        place = chosen(services, corpus, project)
        done = services.retrieval.add_gold(place.id, str(file.resolve()))
    if as_json:
        give_json(done)
    else:
        say(f"The place of {done.n} answers is known in {place.name!r}.")
    tell_refusals(done.refused)
    if not done.n:
        raise typer.Exit(REFUSED)


@app.command(epilog=example("studio documents measure", "studio documents measure --json"))
def measure(
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Measure how often the right passage is found, by keyword, by meaning and by both."""
    with open_services(settings(data_dir)) as services:
        place = chosen(services, corpus, project)
        with follow.bar(f"Searching {place.name}") as report:
            scores = services.retrieval.measure(place.id, progress=report)
    if as_json:
        give_json(scores)
    elif scores:
        tell_scores(scores)
    if not scores:
        say("No question's right passage is known: studio documents gold FILE")
        raise typer.Exit(ERROR)


@app.command(
    epilog=example("studio documents remove old-terms.pdf", "studio documents remove --all")
)
def remove(
    document: Annotated[
        str | None, typer.Argument(help="Document by its name, as `list` shows it, or by id.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="The whole collection, with what is known of it.")
    ] = False,
    corpus: CorpusName = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove a document, or a whole collection; searches stop finding it at once."""
    if (document is None) is not everything:
        raise typer.BadParameter("Name a document, or give --all, not both.")
    with open_services(settings(data_dir)) as services:
        place = chosen(services, corpus, project)
        if document is None:
            services.retrieval.remove(place.id)
            removed = place.id
        else:
            removed = _named(services.retrieval.documents(place.id), document)
            services.retrieval.remove_document(removed)
    if as_json:
        give_json({"removed": removed})
    else:
        say(f"Removed {document or place.name!r}.")


def _named(lines: list[DocumentLine], wanted: str) -> str:
    for line in lines:
        if wanted in (line.id, line.key):
            return line.id
    raise NotFound(
        f"There is no document {wanted!r} in this collection.",
        hint="`studio documents list --corpus NAME` shows their names.",
    )


def _tell_lines(lines: list[DocumentLine]) -> None:
    rows = ((one.key, one.kind, one.n_words, one.title[:60]) for one in lines)
    give(table(("document", "kind", "words", "title"), rows))
