"""Prompts of the rungs: instructions, solved examples and passages put around a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from studio.core.retrieval.grounding import with_passages
from studio.domain.datasets import Example, Message
from studio.domain.errors import InvalidInput
from studio.domain.ladder import Rung
from studio.domain.retrieval import Passage

VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A name in braces; any other brace is text, so that templates may hold JSON."""

QUESTION, PASSAGES = "question", "passages"

WITH_PASSAGES = frozenset({Rung.LONG_CONTEXT, Rung.RAG, Rung.RAG_FINE_TUNE})
"""Rungs whose prompts hold text from documents."""


def check_template(template: str, rung: Rung) -> None:
    """Refuses a template that cannot become a prompt of this rung.

    Raises:
        InvalidInput: naming the variable that is unknown, missing or has no content here.
    """
    found = VARIABLE.findall(template)
    for name in found:
        if name not in (QUESTION, PASSAGES):
            raise InvalidInput(
                f"The template has an unknown variable {{{name}}}.",
                hint="Known are {question} and {passages}.",
            )
    if QUESTION not in found:
        raise InvalidInput(
            "The template leaves out {question}, so every example would get the same answer.",
            hint="Put {question} where the user's words belong.",
        )
    if PASSAGES in found and rung not in WITH_PASSAGES:
        raise InvalidInput(
            f"The template has {{passages}}, but the rung {rung} searches no documents.",
            hint="Take {passages} out, or measure the rung rag.",
        )


def rendered(template: str, contents: Mapping[str, str]) -> str:
    """Returns the template with its variables filled in; braces inside the contents stay."""
    return VARIABLE.sub(lambda match: contents.get(match[1], match[0]), template)


def question_of(example: Example) -> str:
    """Returns what the user said last."""
    return next((turn.content for turn in reversed(example.prompt) if turn.role == "user"), "")


def conversation(
    example: Example,
    *,
    system: str = "",
    template: str = "{question}",
    shots: Sequence[Example] = (),
    passages: Sequence[Passage] | None = None,
) -> tuple[Message, ...]:
    """Returns the whole prompt of one example.

    Args:
        example: its last user turn is the question; earlier turns stay as they are.
        system: takes the place of the example's own instructions; empty keeps those.
        template: the last user turn.
        shots: solved examples, each as its turns without instructions, shown before the question.
        passages: best first; put above the question where the template names no place for them.
    """
    own = [turn for turn in example.prompt if turn.role == "system"]
    turns = [Message(role="system", content=system)] if system.strip() else own
    for shot in shots:
        asked = _asked(shot, template, None)
        turns = [*turns, *asked, shot.messages[-1]]
    return (*turns, *_asked(example, template, passages))


def spread(examples: Sequence[Example], limit: int | None) -> list[Example]:
    """Returns at most `limit` examples in their own order, the same ones every time.

    The hash of their prompts decides, so that neither the order of the file nor a new import of it
    changes which ones they are.
    """
    if limit is None or limit >= len(examples):
        return list(examples)
    chosen = {example.id for example in sorted(examples, key=_by_hash)[:limit]}
    return [example for example in examples if example.id in chosen]


def fixed_shots(pool: Sequence[Example], count: int) -> list[Example]:
    """Returns solved examples that differ in their answers as far as possible.

    They are taken in the order of the hash of their prompts; an answer is repeated only when every
    other answer of the pool was shown as often.
    """
    rounds: list[list[Example]] = []
    shown: dict[str, int] = {}
    for example in sorted(pool, key=_by_hash):
        times = shown.get(example.answer, 0)
        shown[example.answer] = times + 1
        if times == len(rounds):
            rounds.append([])
        rounds[times].append(example)
    return [example for each in rounds for example in each][:count]


def typical(answers: Sequence[str], share: float = 0.9) -> list[str]:
    """Returns that share of the answers, the longest ones left out."""
    ordered = sorted(answers, key=len)
    return ordered[: -(-len(ordered) * round(share * 100) // 100)]


def _by_hash(example: Example) -> tuple[str, int]:
    return example.prompt_hash, example.line


def _asked(example: Example, template: str, passages: Sequence[Passage] | None) -> list[Message]:
    """Returns the turns of an example before its answer, the last one put into the template."""
    turns = [turn for turn in example.prompt if turn.role != "system"]
    last = max((at for at, turn in enumerate(turns) if turn.role == "user"), default=-1)
    if last < 0:
        return turns
    question = turns[last].content
    if passages is not None:
        text = with_passages(template, question, passages)
    else:
        # Solved examples are shown without passages: they teach the form of an answer.
        bare = "{question}" if f"{{{PASSAGES}}}" in template else template
        text = rendered(bare, {QUESTION: question}).strip()
    return [*turns[:last], Message(role="user", content=text), *turns[last + 1 :]]
