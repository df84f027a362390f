"""Real research articles and expert questions: the right passage is found by its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.reader.backend import DocumentFileReader, FileReader
from studio.domain.retrieval import CorpusStatus
from studio.services.retrieval import RetrievalService
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from studio.store.database import Database

ARTICLES = Path(__file__).parents[4] / "shared/data/covid-qa"

pytestmark = pytest.mark.skipif(
    not ARTICLES.exists(), reason="the public data of covid-qa is not beside this checkout"
)


def test_expert_questions_find_the_passage_that_answers_them(tmp_path: Path) -> None:
    with Database(None) as database:
        service = RetrievalService(
            CorpusStore(database),
            ChunkStore(database),
            DocumentFileReader(),
            FileReader(),
            None,
            tmp_path,
        )
        corpus = service.create("project_1", "Articles")
        added = service.add(corpus.id, ARTICLES / "documents.jsonl")
        assert (len(added.documents), added.refused) == (49, ())
        indexed = service.index(corpus.id)
        assert indexed.status is CorpusStatus.READY
        assert "keyword only" in indexed.message
        gold = service.add_gold(corpus.id, ARTICLES / "questions.jsonl")
        assert (gold.n, gold.refused) == (768, ())
        (score,) = service.measure(corpus.id)
        assert score.n == 755, "some questions are asked twice, of several articles"
        assert score.hit_at_5 >= 0.81
        assert score.mrr >= 0.69
