"""The shell's texts: navigation, status bar, help; one place to change a word."""

from __future__ import annotations

from typing import NamedTuple

PRODUCT = "Ladder Studio"


class Place(NamedTuple):
    """A page that the navigation leads to."""

    path: str
    title: str
    icon: str
    help: str
    """What F1 says there."""


PLACES = (
    Place(
        "/",
        "Home",
        "space_dashboard",
        "The state of the present project at a glance, and the one thing to do next.",
    ),
    Place(
        "/ladder",
        "Ladder",
        "stairs",
        "Eight steps from what the client wants to a verdict: charter, evidence, then every rung "
        "measured on the same examples. Everything is kept as you go; go back and forward freely.",
    ),
    Place(
        "/estimator",
        "Estimator",
        "calculate",
        "What each way up the ladder costs and returns, on which assumptions and prices, and how "
        "right the studio's own estimates were. Every figure can be changed; the case follows.",
    ),
    Place(
        "/datasets",
        "Datasets",
        "dataset",
        "Bring examples in: questions with the answers the model should give. Every row that is "
        "refused is listed with its reason. A version never changes; a new import makes the next.",
    ),
    Place(
        "/fine-tune",
        "Fine-tune",
        "tune",
        "Teach a model from a dataset version. One dial sets how hard to try; what the run needs "
        "is shown before it starts. It goes on when you close the page or the studio.",
    ),
    Place(
        "/models",
        "Models",
        "layers",
        "Base models are what can be tuned; tuned models are what came of it. A tuned model is a "
        "small adapter and needs its base model.",
    ),
    Place(
        "/evaluate",
        "Evaluate",
        "rule",
        "Measure models on examples they never trained on, and see whether the difference "
        "between two of them could be luck.",
    ),
    Place(
        "/playground",
        "Playground",
        "forum",
        "Ask two models the same thing and read the answers side by side. Thumbs and corrections "
        "are kept as feedback.",
    ),
    Place(
        "/deployments",
        "Deployments",
        "rocket_launch",
        "Names that programs and people call. Each page says what answers now, what the next "
        "training waits for, why the model changed, and how it does; Roll back is one press.",
    ),
    Place(
        "/review",
        "Review",
        "rate_review",
        "Corrections wait here until a person approves them: only what is approved is learnt. The "
        "keyboard is enough: A approves, R rejects, E edits, J goes on, U takes back, ? shows all.",
    ),
    Place(
        "/settings",
        "Settings",
        "settings",
        "Where your data lies, how the studio looks, the secrets it may use, and what it is "
        "made of.",
    ),
)

SAVES_ITSELF = "Everything is saved as you go."
CONNECTION_LOST = "The connection to the studio is lost. What you typed is kept; trying again …"
NOT_FOUND = "There is no such page."
NOT_FOUND_HINT = "The address may be old. Start again from the navigation."
PAGE_FAILED = "This page could not be shown."
PAGE_FAILED_HINT = "Nothing was lost. Try again; the details are in the studio's log."


def place_of(path: str) -> Place:
    """Returns the page of the navigation that an address belongs to."""
    if path.startswith("/jobs/"):
        path = "/fine-tune"
    for place in PLACES[1:]:
        if path == place.path or path.startswith(place.path + "/"):
            return place
    return PLACES[0]
