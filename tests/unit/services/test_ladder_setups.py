from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.retrieval.grounding import TEMPLATE
from studio.domain.charters import UseCase
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.evaluation import Decoding
from studio.domain.ladder import Rung
from studio.services.ladder_setups import (
    SHOTS,
    SMALL_PASSAGES,
    SMALL_SYSTEM,
    SMALL_TEMPLATE,
    typical_decoding,
)
from tests.fakes.ladder import LadderBench, question
from tests.unit.store import samples


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    made.agree()
    made.suite()
    yield made
    made.close()


def test_prompting_begins_with_the_use_cases_instructions(bench: LadderBench) -> None:
    bench.charters.begin("project_1", UseCase.EXTRACTION)
    template = next(t for t in bench.charters.templates() if t.use_case is UseCase.EXTRACTION)
    setup = bench.service.proposed("project_1", Rung.PROMPT)
    assert (setup.system, setup.template) == (template.system_prompt, "{question}")
    assert setup.decoding == Decoding(max_new_tokens=16)


def test_questions_asked_without_passages_are_not_told_to_use_them(bench: LadderBench) -> None:
    bench.charters.begin("project_1", UseCase.QUESTIONS)
    assert bench.service.proposed("project_1", Rung.PROMPT).system == SMALL_SYSTEM
    base = bench.models.base("small")
    large = base.facts.with_(parameters=8_000_000_000)
    bench.model_store.add_base(base.with_(id="large", facts=large))
    system = bench.service.proposed("project_1", Rung.PROMPT, "large").system
    assert system and "passage" not in system


def test_examples_that_carry_instructions_keep_them(bench: LadderBench) -> None:
    own = Message(role="system", content="Own.")
    rows = [question(n) for n in range(40)]
    bench.add_version(
        "version_2", 2, [row.with_(messages=(own, *row.messages), id=f"x{row.id}") for row in rows]
    )
    bench.suite(version_id="version_2")
    bench.charters.begin("project_1", UseCase.QUESTIONS)
    assert bench.service.proposed("project_1", Rung.PROMPT).system == ""


def test_what_prompted_best_goes_on_to_the_next_rungs(bench: LadderBench) -> None:
    bench.service.open()
    bench.generator.rule = lambda model, turns: (
        "103 euros" if turns[0].content == "Good." else "nothing"
    )
    for system in ("Bad.", "Good."):
        bench.measured_rung(Rung.PROMPT, system=system, template="Q: {question}")
    setup = bench.service.proposed("project_1", Rung.FEW_SHOT)
    assert (setup.system, setup.template) == ("Good.", "Q: {question}")
    assert (setup.shots, setup.shot_choice) == (SHOTS, "nearest")


def test_the_smallest_models_get_short_words_and_one_passage(bench: LadderBench) -> None:
    corpus = bench.documents()
    small = bench.service.proposed("project_1", Rung.RAG)
    assert (small.corpus_id, small.passages) == (corpus.id, SMALL_PASSAGES)
    assert (small.system, small.template) == (SMALL_SYSTEM, SMALL_TEMPLATE)
    base = bench.models.base("small")
    large = base.facts.with_(parameters=8_000_000_000)
    bench.model_store.add_base(base.with_(id="large", facts=large))
    assert bench.service.proposed("project_1", Rung.RAG, "large").template == TEMPLATE


def test_without_documents_a_rung_that_needs_them_names_none(bench: LadderBench) -> None:
    assert bench.service.proposed("project_1", Rung.RAG).corpus_id is None


def test_another_projects_models_are_not_offered(bench: LadderBench) -> None:
    bench.model_store.add_version(samples.model_version(id="theirs", project_id="project_2"))
    mine = samples.model_version(id="mine", name="Mine v1")
    bench.model_store.add_version(mine)
    assert bench.service.models("project_1") == {
        "small": "Small",
        "smaller": "Smaller",
        "mine": "Mine v1",
    }
    with pytest.raises(NotFound):
        bench.service.proposed("project_1", Rung.PROMPT, "theirs")


def test_a_tuned_rung_takes_the_newest_model_tuned_on_this_data(bench: LadderBench) -> None:
    assert bench.service.proposed("project_1", Rung.FINE_TUNE).model_id == "small"
    bench.model_store.add_version(samples.model_version(id="mine"))
    other = samples.model_version(id="other", dataset_version_id="version_9")
    bench.model_store.add_version(other)
    setup = bench.service.proposed("project_1", Rung.FINE_TUNE)
    assert (setup.model_id, setup.system) == ("mine", "")
    assert bench.service.proposed("project_1", Rung.FINE_TUNE, "smaller").model_id == "smaller"


def test_staying_is_no_rung_to_set_up(bench: LadderBench) -> None:
    with pytest.raises(InvalidInput, match="Staying"):
        bench.service.proposed("project_1", Rung.STAY)


def test_one_long_answer_among_short_ones_does_not_let_a_model_ramble() -> None:
    rows = [question(n) for n in range(19)]
    long = question(19).with_(
        messages=(rows[0].messages[0], Message(role="assistant", content="word " * 500))
    )
    assert typical_decoding([*rows, long]) == Decoding(max_new_tokens=16)
    assert typical_decoding([]) == Decoding()
