"""Tiny examples: questions about colours, with one system prompt, in one turn or several."""

from __future__ import annotations

import random

from studio.domain.datasets import Example, Message, Split

SYSTEM = "You are a clerk who names the colour of a thing in one word."
COLOURS = {"sky": "blue", "grass": "green", "coal": "black", "snow": "white", "blood": "red"}


def example(place: int, *messages: tuple[str, str], split: Split = Split.TRAIN) -> Example:
    """Returns an example of these turns."""
    return Example.model_validate(
        {
            "id": f"ex_{place:04d}",
            "line": place + 1,
            "messages": [{"role": role, "content": content} for role, content in messages],
            "prompt_hash": f"{place:064x}",
            "split": split,
        }
    )


def examples(count: int, *, split: Split = Split.TRAIN, seed: int = 0) -> list[Example]:
    """Returns examples of uneven length; all share the system prompt."""
    dice = random.Random(seed)
    made = []
    for place in range(count):
        thing, colour = dice.choice(sorted(COLOURS.items()))
        asked = f"What colour has {'really ' * dice.randrange(6)}the {thing}? ({place})"
        turns = [("system", SYSTEM), ("user", asked), ("assistant", f"It is {colour}.")]
        made.append(example(place, *turns, split=split))
    return made


def preferences(count: int, *, split: Split = Split.TRAIN, seed: int = 0) -> list[Example]:
    """Returns pairs: the worse answer names another colour, in more or fewer words."""
    dice = random.Random(seed + 100)
    made = []
    for one in examples(count, split=split, seed=seed):
        wrong = dice.choice([c for c in sorted(COLOURS.values()) if c not in one.answer])
        said = dice.choice([f"{wrong.title()}.", f"It is {wrong}.", f"I think it is {wrong}, sir."])
        made.append(one.with_(rejected=said))
    return made


def conversation(place: int) -> Example:
    """Returns an example of two turns without a system prompt; only the last answer is learnt."""
    return example(
        place,
        ("user", "What colour has the sky?"),
        ("assistant", "Blue."),
        ("user", "And coal?"),
        ("assistant", "Black."),
    )


def messages(text: str) -> tuple[Message, ...]:
    """Returns a conversation of one question under the same system prompt."""
    return (Message(role="system", content=SYSTEM), Message(role="user", content=text))
