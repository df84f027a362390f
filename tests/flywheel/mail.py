"""Mail rows: seeded messages to a shop's desks; some desks are old, some came later."""

from __future__ import annotations

import random
from collections.abc import Sequence

from studio.domain.datasets import Message

OLD = ("Billing", "Shipping", "Returns", "Account")
"""Desks that the shop had from the beginning."""
NEW = ("Garden", "Repairs", "Gifts", "Press")
"""Desks that were opened later: nobody taught the first model of them."""
SYSTEM = (
    "You sort the mail of a shop. Name the desk that handles this message. Answer with the desk "
    "name only."
)
SUBJECTS = {
    "Billing": ("the invoice", "a charge on my card", "the price I paid", "my refund"),
    "Shipping": ("the parcel", "the courier", "the delivery date", "the tracking page"),
    "Returns": ("sending this back", "the return label", "swapping the size", "a wrong item"),
    "Account": ("my password", "the login page", "my e-mail address", "closing my profile"),
    "Garden": ("the rose bushes", "the seed packets", "a sick tomato plant", "the compost"),
    "Repairs": ("a broken handle", "a cracked screen", "spare screws", "the noisy motor"),
    "Gifts": ("a gift voucher", "wrapping a present", "a birthday card", "a wedding list"),
    "Press": ("an interview", "photographs for my article", "our magazine", "a radio report"),
}
OPENINGS = ("Hello,", "Good morning,", "Hi there,", "Dear team,", "To whom it concerns,", "Hey,")
FRAMES = (
    "I am writing about {}.",
    "could you help me with {}?",
    "I have a question about {}.",
    "please tell me who looks after {}.",
    "there is something to sort out with {}.",
    "it is about {} once more.",
)
ENDINGS = ("Thank you.", "I need an answer today.", "No hurry.", "Best wishes.", "Please call me.")
NUMBERS = range(1000, 10000)


def messages(count: int, desks: Sequence[str], seed: int) -> list[tuple[str, str]]:
    """Returns (message, desk) pairs, no message twice; the same ones for the same seed."""
    chance = random.Random(seed)
    found: dict[str, str] = {}
    while len(found) < count:
        desk = desks[len(found) % len(desks)]
        text = " ".join(
            (
                chance.choice(OPENINGS),
                chance.choice(FRAMES).format(chance.choice(SUBJECTS[desk])),
                chance.choice(ENDINGS),
                f"Order {chance.choice(NUMBERS)}.",
            )
        )
        found.setdefault(text, desk)
    return list(found.items())


def turns(text: str) -> tuple[Message, ...]:
    """Returns a message as it is asked."""
    return (Message(role="user", content=text),)
