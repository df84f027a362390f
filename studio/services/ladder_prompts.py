"""Prompts of a rung for every example of a suite: shots chosen, passages found, context kept to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from studio.core.ladder.prompting import (
    WITH_PASSAGES,
    conversation,
    fixed_shots,
    question_of,
    spread,
)
from studio.domain.datasets import Example, Message, Split
from studio.domain.endpoints import PREFIX
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.ladder import Rung, RungSetup, Suite
from studio.domain.retrieval import CorpusStatus, Passage
from studio.services.ladder_parts import Estimating, Progress, Retrieving, silent
from studio.services.models import ModelService
from studio.store.datasets import DatasetStore

DEPTH = 10
"""Passages looked at for each question, so that finding them can be measured."""

FRAME = 12
"""Tokens a chat template puts around a turn, at most; a judgement."""


class Prompted(NamedTuple):
    """Every prompt of a rung, with what went into it."""

    prompts: list[tuple[Message, ...]]
    given: list[tuple[Passage, ...]]
    """Passages in each prompt, best first."""
    found: list[list[Passage]]
    """Passages found for each, whether or not they were given."""
    notes: tuple[str, ...] = ()
    """What a reader of the scores must know."""


class PromptMaker:
    """Builds the prompts of a rung."""

    def __init__(
        self,
        datasets: DatasetStore,
        models: ModelService,
        retrieval: Retrieving,
        estimates: Estimating,
    ) -> None:
        self._datasets, self._models = datasets, models
        self._retrieval, self._estimates = retrieval, estimates
        # A version never changes, and whoever serves one asks for it with every request.
        self._solved = lru_cache(maxsize=1)(
            lambda version_id: tuple(datasets.examples(version_id, Split.TRAIN))
        )

    def examples(self, suite: Suite) -> list[Example]:
        """Returns the suite's examples, in the order of the dataset."""
        return spread(self._datasets.examples(suite.version_id, suite.split), suite.limit)

    def refuse_overflow(self, setup: RungSetup) -> None:
        """Refuses documents that surely do not fit the model's context.

        Raises:
            Conflict: with the numbers.
        """
        room = self._room(setup)
        if setup.rung is not Rung.LONG_CONTEXT or room is None:
            return
        about = self._retrieval.tokens(setup.corpus_id or "")
        if about > room:
            raise self._too_much(f"The documents have about {about:,} tokens", room)

    def prompts(
        self,
        suite: Suite,
        setup: RungSetup,
        *,
        only: Sequence[Example] | None = None,
        progress: Progress = silent,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Prompted:
        """Returns the prompts of all examples of the suite, or of some of them.

        Raises:
            InvalidInput: when there are no solved examples to show, or no documents.
            Conflict: when the documents do not fit the model's context, with the numbers.
        """
        every = self.examples(suite)
        asked = frozenset(example.prompt_hash for example in every)
        pool = self._pool(setup, suite.version_id, asked)
        return self._built(setup, list(every if only is None else only), pool, progress, stopped)

    def around(
        self,
        setup: RungSetup,
        conversations: Sequence[Sequence[Message]],
        shots_from: str | None,
    ) -> list[tuple[Message, ...]]:
        """Returns conversations of any origin with the setup put around them.

        `shots_from` is the dataset version whose training split the solved examples come from.
        Raises as `prompts` does.
        """
        examples = [
            Example(
                id="",
                line=1,
                messages=(*conversation, Message(role="assistant", content="")),
                prompt_hash="",
                split=Split.TEST,
            )
            for conversation in conversations
        ]
        pool = self._pool(setup, shots_from or "", frozenset())
        return self._built(setup, examples, pool, silent, lambda: False).prompts

    def _built(
        self,
        setup: RungSetup,
        examples: list[Example],
        pool: Sequence[Example],
        progress: Progress,
        stopped: Callable[[], bool],
    ) -> Prompted:
        shots = self._shots(setup, pool, examples)
        found = self._found(setup, examples, progress, stopped)
        if setup.rung not in WITH_PASSAGES:
            prompts = [
                conversation(example, system=setup.system, template=setup.template, shots=shown)
                for example, shown in zip(examples, shots, strict=True)
            ]
            return Prompted(prompts, [()] * len(prompts), [[] for _ in prompts])
        return self._grounded(setup, examples, shots, found)

    def _pool(self, setup: RungSetup, version_id: str, asked: frozenset[str]) -> list[Example]:
        """Returns the solved examples that may be shown: none that is asked somewhere."""
        if not setup.shots:
            return []
        pool = [one for one in self._solved(version_id) if one.prompt_hash not in asked]
        if not pool:
            raise InvalidInput(
                "There are no solved examples to show: the training split has none beside the "
                "suite's own.",
                hint="Import more rows, or measure another split.",
            )
        return pool

    def _shots(
        self, setup: RungSetup, pool: Sequence[Example], examples: Sequence[Example]
    ) -> list[list[Example]]:
        if not setup.shots:
            return [[] for _ in examples]
        if setup.shot_choice == "fixed":
            return [fixed_shots(pool, setup.shots)] * len(examples)
        near = self._retrieval.nearest(
            [question_of(example) for example in examples],
            [question_of(example) for example in pool],
            min(setup.shots, len(pool)),
        )
        # The most alike stands last, next to the question.
        return [[pool[at] for at in reversed(places)] for places in near]

    def _found(
        self,
        setup: RungSetup,
        examples: Sequence[Example],
        progress: Progress,
        stopped: Callable[[], bool],
    ) -> list[list[Passage]]:
        if setup.rung not in WITH_PASSAGES:
            return [[] for _ in examples]
        if setup.corpus_id is None:
            raise InvalidInput(
                f"The rung {setup.rung} needs documents.", hint="Add documents to the project."
            )
        if setup.rung is Rung.LONG_CONTEXT:
            return [self._retrieval.whole(setup.corpus_id)] * len(examples)
        if self._retrieval.corpus(setup.corpus_id).status is not CorpusStatus.READY:
            progress("Indexing the documents", None)
            self._retrieval.index(setup.corpus_id, progress=progress, cancelled=stopped)
        progress("Searching the documents", None)
        return self._retrieval.search_many(
            setup.corpus_id,
            [question_of(example) for example in examples],
            max(setup.passages, DEPTH),
            setup.mode,
            progress=progress,
        )

    def _grounded(
        self,
        setup: RungSetup,
        examples: Sequence[Example],
        shots: Sequence[Sequence[Example]],
        found: Sequence[list[Passage]],
    ) -> Prompted:
        wanted = None if setup.rung is Rung.LONG_CONTEXT else setup.passages
        given = [tuple(passages[:wanted]) for passages in found]

        def build(at: int, passages: Sequence[Passage]) -> tuple[Message, ...]:
            return conversation(
                examples[at],
                system=setup.system,
                template=setup.template,
                shots=shots[at],
                passages=passages,
            )

        room = self._room(setup)
        if wanted is None:
            self._refuse_overflow(setup, build(0, given[0]) if examples else (), room)
        prompts = [build(at, passages) for at, passages in enumerate(given)]
        over = self._too_long(setup, prompts, room)
        for at in over:
            while given[at] and self._too_long(setup, [build(at, given[at])], room):
                given[at] = given[at][:-1]
            prompts[at] = build(at, given[at])
        notes = self._about(setup)
        if over:
            notes += (
                f"{len(over)} of {len(prompts)} prompts were too long for the model's context of "
                f"{room:,} tokens and got fewer passages, the lowest-ranked left out.",
            )
        return Prompted(prompts, given, [list(passages) for passages in found], notes)

    def _about(self, setup: RungSetup) -> tuple[str, ...]:
        """Returns what the documents' index has to say, for example that it knows no meaning."""
        if setup.rung is Rung.LONG_CONTEXT or setup.corpus_id is None:
            return ()
        message = self._retrieval.corpus(setup.corpus_id).message
        return (message,) if message else ()

    def _room(self, setup: RungSetup) -> int | None:
        """Returns how many tokens a prompt may have, None where the model does not say."""
        if setup.model_id.startswith(PREFIX):
            return None
        bases = {base.id: base for base in self._models.bases()}
        base = bases.get(setup.model_id)
        if base is None:
            version = self._models.version(setup.model_id)
            if version.endpoint:
                return None
            base = self._models.base(version.base_model)
        return base.facts.context_length - setup.decoding.max_new_tokens

    def _too_long(
        self, setup: RungSetup, prompts: Sequence[Sequence[Message]], room: int | None
    ) -> list[int]:
        """Returns the places of the prompts that have more tokens than there is room for."""
        if room is None:
            return []
        # No tokenizer makes more tokens than there are bytes: most prompts need no counting.
        doubtful = [at for at, prompt in enumerate(prompts) if _bytes(prompt) > room]
        if not doubtful:
            return []
        counted = self._tokens(setup, [prompts[at] for at in doubtful])
        return [at for at, tokens in zip(doubtful, counted, strict=True) if tokens > room]

    def _tokens(self, setup: RungSetup, prompts: Sequence[Sequence[Message]]) -> list[int]:
        """Returns how many tokens each prompt has, with room for what frames its turns."""
        texts = ["\n".join(turn.content for turn in prompt) for prompt in prompts]
        counted = self._estimates.count_tokens(texts, setup.model_id)
        return [
            tokens + FRAME * len(prompt) for tokens, prompt in zip(counted, prompts, strict=True)
        ]

    def _refuse_overflow(
        self, setup: RungSetup, prompt: Sequence[Message], room: int | None
    ) -> None:
        if room is None or not prompt:
            return
        # What is known by the number of words alone needs no counting, which would take minutes.
        self.refuse_overflow(setup)
        tokens = self._tokens(setup, [prompt])[0] if _bytes(prompt) > room else 0
        if tokens > room:
            raise self._too_much(f"A prompt with all documents has {tokens:,} tokens", room)

    def _too_much(self, much: str, room: int) -> Conflict:
        return Conflict(
            f"{much}; the model's context leaves room for {room:,}.",
            hint="Search them instead (the rung rag), or choose a model with a longer context.",
        )


def _bytes(prompt: Sequence[Message]) -> int:
    return sum(len(turn.content.encode(errors="surrogatepass")) + FRAME for turn in prompt)
