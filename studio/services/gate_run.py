"""Gate run: champion, candidate and anchor answer the same questions; the rules decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from studio.core.evaluation.decoding import default_decoding
from studio.core.feedback import gate
from studio.core.feedback.answers import Marked, Marker, declines
from studio.core.quality.personal_data import found_in
from studio.domain.datasets import Example, Split
from studio.domain.deployments import Slot
from studio.domain.gates import GateAnswer, GateDecision
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.retraining import RetrainCycle
from studio.services.deployments import DeploymentService
from studio.services.golden_wear import GoldenWear
from studio.services.retraining_needs import AnswerUsd, Arranging
from studio.store.datasets import DatasetStore
from studio.store.gates import GateStore

CHUNK = 32
"""Questions asked at once; between two chunks other deployments get their turn."""

Suite = Literal["golden", "holdout", "safety"]


@dataclass(frozen=True)
class Questions:
    """What a gate asks, and how its answers are marked."""

    suites: dict[Suite, list[Example]]
    marker: Marker
    safety: Marker
    """Of safety questions, whose answers are of another kind."""

    @property
    def expected(self) -> list[str]:
        """Every expected answer."""
        return [example.answer for examples in self.suites.values() for example in examples]

    def mark(self, suite: Suite, answer: Answer, expected: str) -> Marked:
        """Returns what an answer is worth; where to decline is right, any words that do are."""
        whole = answer.finish_reason == "stop"
        if suite != "safety":
            return self.marker.mark(answer.text, expected, whole=whole)
        marked = self.safety.mark(answer.text, expected, whole=whole)
        if declines(expected):
            return marked._replace(correct=declines(answer.text))
        return marked


class GateRun:
    """Asks in chunks, keeps every answer as it comes, and decides when all are there."""

    def __init__(
        self,
        store: GateStore,
        datasets: DatasetStore,
        deployments: DeploymentService,
        arranger: Arranging,
        generator: TextGenerator,
        *,
        usd: AnswerUsd,
        closing: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime],
    ) -> None:
        """`usd` prices one answer; `closing` stops the work between two answers."""
        self._store, self._datasets, self._deployments = store, datasets, deployments
        self._arranger, self._generator = arranger, generator
        self._usd, self._closing, self._clock = usd, closing, clock
        self._wear = GoldenWear(store, datasets)

    def contenders(self, cycle: RetrainCycle) -> dict[Slot, str]:
        """Returns who answers: champion and candidate of the cycle, and the anchor if any."""
        anchor = self._deployments.get(cycle.deployment_id).slots.get(Slot.ANCHOR)
        asked = {Slot.CHAMPION: cycle.champion, Slot.CANDIDATE: cycle.candidate or ""}
        return asked if anchor is None else {**asked, Slot.ANCHOR: anchor}

    def ask(self, cycle: RetrainCycle) -> bool:
        """Lets one contender answer one chunk; returns True when nothing is left to ask.

        Raises:
            WorkerFailed: when a model could not answer; what it answered before is kept.
        """
        questions = self.questions(cycle)
        known = self._store.answered(cycle.id)
        for suite, examples in questions.suites.items():
            for start in range(0, len(examples), CHUNK):
                part = examples[start : start + CHUNK]
                # The same chunk for each in turn: whatever slows the machine slows all alike.
                for revision_id in self._asked(cycle, suite):
                    asked = [e for e in part if (revision_id, suite, e.id) not in known]
                    if asked:
                        self._ask(cycle, questions, suite, revision_id, asked)
                        return False
        return True

    def _asked(self, cycle: RetrainCycle, suite: Suite) -> list[str]:
        """Returns who answers a suite: the anchor is a yardstick for the golden set only."""
        asked = self.contenders(cycle)
        if suite != "golden":
            asked.pop(Slot.ANCHOR, None)
        return list(dict.fromkeys(asked.values()))

    def questions(self, cycle: RetrainCycle) -> Questions:
        """Returns the golden set, the corrections that were held out, and safety questions."""
        policy = cycle.policy
        golden_id = policy.golden_version_id or policy.dataset_version_id
        golden = [] if golden_id is None else self._part(golden_id, policy.golden_split)
        holdout_id = cycle.holdout_version_id
        holdout = [] if holdout_id is None else self._part(holdout_id, Split.TEST)
        safety_id = policy.safety_version_id
        safety = [] if safety_id is None else list(self._datasets.examples(safety_id))
        original = [] if golden_id is None else self._datasets.answers(golden_id)
        return Questions(
            {"golden": golden, "holdout": holdout, "safety": safety},
            Marker(original, [example.answer for example in holdout]),
            Marker([example.answer for example in safety]),
        )

    def decide(self, cycle: RetrainCycle, gate_id: str) -> GateDecision:
        """Returns what follows from all answers; nothing is written."""
        contenders = self.contenders(cycle)
        questions = self.questions(cycle)
        pairs = _Pairs(
            contenders,
            {
                (answer.revision_id, answer.suite, answer.example_id): answer
                for answer in self._store.answers(cycle.id)
            },
            {id: self._deployments.revision(id).model_id for id in contenders.values()},
            cache(self._usd),  # Tokens repeat, and a price takes a look at the whole list.
        )
        sliced = questions.marker.labels is not None
        decided = gate.decide(
            cycle.policy.gate,
            golden=[pairs.golden(example, sliced) for example in questions.suites["golden"]],
            holdout=[pairs.pair("holdout", example) for example in questions.suites["holdout"]],
            safety=[pairs.pair("safety", example) for example in questions.suites["safety"]],
            anchor=pairs.anchor,
            uses=self._wear.uses(cycle.policy),
        )
        return GateDecision(
            id=gate_id,
            cycle_id=cycle.id,
            deployment_id=cycle.deployment_id,
            candidate=contenders[Slot.CANDIDATE],
            champion=contenders[Slot.CHAMPION],
            anchor=contenders.get(Slot.ANCHOR),
            verdict=decided.verdict,
            checks=decided.checks,
            config=cycle.policy.gate,
            summary=decided.summary,
            created_at=self._clock(),
        )

    def _part(self, version_id: str, split: Split) -> list[Example]:
        return list(self._datasets.examples(version_id, split))

    def _ask(
        self,
        cycle: RetrainCycle,
        questions: Questions,
        suite: Suite,
        revision_id: str,
        asked: Sequence[Example],
    ) -> None:
        revision = self._deployments.revision(revision_id)
        arranged = self._arranger.arrange(revision, [example.prompt for example in asked])
        answers = self._generator.generate(
            self._arranger.handle(revision),
            arranged,
            default_decoding(questions.expected),
            cancelled=self._closing,
        )
        self._store.add_answers(
            [
                _kept(cycle.id, revision_id, suite, example, answer, questions)
                for example, answer in zip(asked, answers, strict=True)
            ]
        )


def _kept(
    cycle_id: str,
    revision_id: str,
    suite: Suite,
    example: Example,
    answer: Answer,
    questions: Questions,
) -> GateAnswer:
    marked = questions.mark(suite, answer, example.answer)
    return GateAnswer(
        cycle_id=cycle_id,
        revision_id=revision_id,
        suite=suite,
        example_id=example.id,
        output=answer.text,
        expected=example.answer,
        value=marked.value,
        correct=marked.correct,
        valid=marked.valid,
        seconds=answer.seconds,
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
    )


@dataclass(frozen=True)
class _Pairs:
    """The answers of all contenders, question by question."""

    contenders: dict[Slot, str]
    given: dict[tuple[str, str, str], GateAnswer]
    models: dict[str, str]
    usd: AnswerUsd

    @property
    def anchor(self) -> gate.Anchor:
        """What the anchor is to the champion."""
        anchor = self.contenders.get(Slot.ANCHOR)
        if anchor is None:
            return "none"
        return "champion" if anchor == self.contenders[Slot.CHAMPION] else "another"

    def golden(self, example: Example, sliced: bool) -> gate.Paired:
        """Returns a reference question; where answers are labels, each label is a kind."""
        pair = self.pair("golden", example)
        anchor = None
        if self.anchor == "another":
            anchor = self._outcome(Slot.ANCHOR, "golden", example)
        return pair._replace(anchor=anchor, slice=example.answer.strip() if sliced else "")

    def pair(self, suite: Suite, example: Example) -> gate.Paired:
        """Returns a question with what champion and candidate answered."""
        return gate.Paired(
            example_id=example.id,
            expected=example.answer,
            champion=self._outcome(Slot.CHAMPION, suite, example),
            candidate=self._outcome(Slot.CANDIDATE, suite, example),
        )

    def _outcome(self, slot: Slot, suite: Suite, example: Example) -> gate.Outcome:
        revision_id = self.contenders[slot]
        answer = self.given[revision_id, suite, example.id]
        told, asked_for = set(found_in(answer.output)), set(found_in(answer.expected))
        return gate.Outcome(
            value=answer.value,
            correct=answer.correct,
            valid=answer.valid,
            seconds=answer.seconds,
            usd=self.usd(self.models[revision_id], answer.prompt_tokens, answer.output_tokens),
            personal_data=bool(told - asked_for),
            refusal=declines(answer.output) and not declines(answer.expected),
        )
