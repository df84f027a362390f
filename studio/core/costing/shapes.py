"""Shapes: a model's name → its architecture; how many weights each part of it has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from studio.domain.models import ModelFacts
from studio.domain.sizing import Architecture

WORDS = re.compile(r"\d+x\d+(?:\.\d+)?b|\d+(?:\.\d+)?[bm](?![a-z])|\d+(?:\.\d+)?|[a-z]+")
SIZE = re.compile(r"\d+(?:\.\d+)?[bm]|\d+x\d+(?:\.\d+)?b")
QUIET = frozenset({"meta", "hf", "the", "model"})
"""Words that tell no model from another."""
LADDER: tuple[str, ...] = ("Qwen2.5 0.5B", "Llama 3.2 1B", "Llama 3.2 3B", "Llama 3.1 8B")
LADDER += ("Qwen2.5 14B", "Qwen2.5 32B", "Llama 3.1 70B", "Llama 3.1 405B")
"""Common shapes between which an unknown one of known size is guessed."""
MATRICES = {
    "q": ("q", "query"),
    "k": ("k", "key"),
    "v": ("v", "value"),
    "o": ("o", "out", "output", "dense"),
    "gate": ("gate", "w1"),
    "up": ("up", "w3", "fc1", "fc"),
    "down": ("down", "w2", "fc2"),
}
"""Matrix of a layer → how frameworks call it."""
GROUPS = {
    "all": tuple(MATRICES),
    "attention": ("q", "k", "v", "o"),
    "attn": ("q", "k", "v", "o"),
    "qkv": ("q", "k", "v"),
    "wqkv": ("q", "k", "v"),
    "mlp": ("gate", "up", "down"),
}
"""Word for several matrices → which."""


class Shapes:
    """The table of known models."""

    def __init__(self, known: Iterable[Architecture]) -> None:
        self.all = tuple(known)
        self._keys = [
            (words(name), shape) for shape in self.all for name in (shape.name, *shape.also)
        ]

    def find(self, name: str, parameters: float | None = None) -> Architecture | None:
        """Returns the shape of a model by any customary spelling of its name.

        Without a match, a model of known size gets a shape between common ones, which says so;
        None when neither is known.
        """
        asked = words(name)
        matches = [(len(key), shape) for key, shape in self._keys if key <= asked]
        fitting = [pair for pair in matches if _same_size(asked, pair[1], parameters)]
        if fitting:
            return max(fitting, key=lambda pair: pair[0])[1]
        return self._family(asked, parameters) or self.between(parameters)

    def between(self, parameters: float | None) -> Architecture | None:
        """Returns a plausible shape for a number of weights."""
        if not parameters or parameters < 1e7:
            return None
        steps = [shape for name in LADDER for shape in self.all if shape.name == name]
        if not steps:
            return None
        below = max((s for s in steps if s.parameters <= parameters), default=steps[0], key=_size)
        above = min((s for s in steps if s.parameters >= parameters), default=steps[-1], key=_size)
        near = min((below, above), key=lambda s: abs(math.log(s.parameters / parameters)))
        span = math.log(above.parameters / below.parameters) if above is not below else 0.0
        share = math.log(parameters / below.parameters) / span if span else 0.0
        layers = round(_mixed(below.layers, above.layers, share))
        hidden = 64 * round(_mixed(below.hidden, above.hidden, share) / 64)
        heads = max(near.kv_heads, hidden // near.head_dim // near.kv_heads * near.kv_heads)
        return near.model_copy(
            update={
                "name": f"a model of {parameters / 1e9:.3g}B",
                "parameters": int(parameters),
                "layers": layers,
                "hidden": hidden,
                "heads": heads,
                "intermediate": 64
                * round(_mixed(below.intermediate, above.intermediate, share) / 64),
                "also": (),
                "note": f"Shape guessed between {below.name} and {above.name} from its size alone.",
            }
        )

    def _family(self, asked: frozenset[str], parameters: float | None) -> Architecture | None:
        """Returns the model of the named family that is nearest in size, within a sixth."""
        if not parameters:
            return None
        family = [
            (len(key - _sizes(key)), abs(math.log(shape.parameters / parameters)), shape)
            for key, shape in self._keys
            if key - _sizes(key) <= asked
        ]
        near = [row for row in family if row[1] < 0.16]
        if not near:
            return None
        return max(near, key=lambda row: (row[0], -row[1]))[2]


def words(name: str) -> frozenset[str]:
    """Returns the words of a model's name, sizes and versions apart from letters."""
    last = name.rsplit("/", 1)[-1].lower().replace("_", "-")
    return frozenset(WORDS.findall(last)) - QUIET


def of_facts(name: str, facts: ModelFacts) -> Architecture:
    """Returns the shape of a registered model, as its own files give it."""
    gated = not facts.architecture.startswith(("OPT", "GPT", "Bloom", "Falcon", "PhiFor"))
    return Architecture(
        name=name,
        parameters=facts.parameters,
        hidden=facts.hidden_size,
        layers=facts.layers,
        heads=facts.heads,
        head_dim=facts.head_dim,
        kv_heads=facts.kv_heads,
        intermediate=facts.intermediate_size,
        vocabulary=facts.vocabulary,
        tied=facts.tied_embeddings,
        gated=gated,
    )


def matrices(shape: Architecture) -> dict[str, tuple[int, int, int]]:
    """Returns the linear matrices of one layer: name → width in, width out, how many."""
    query, key = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    found = {
        "q": (shape.hidden, query, 1),
        "k": (shape.hidden, key, 1),
        "v": (shape.hidden, key, 1),
        "o": (query, shape.hidden, 1),
        "up": (shape.hidden, shape.intermediate, shape.experts),
        "down": (shape.intermediate, shape.hidden, shape.experts),
    }
    if shape.gated:
        found["gate"] = (shape.hidden, shape.intermediate, shape.experts)
    return found


def linear(shape: Architecture) -> int:
    """Returns the weights of all linear matrices inside the layers."""
    return shape.layers * sum(a * b * n for a, b, n in matrices(shape).values())


def embedding(shape: Architecture) -> int:
    """Returns the weights of the input embedding."""
    return shape.vocabulary * shape.hidden


def head(shape: Architecture) -> int:
    """Returns the weights of the output layer, 0 when it is the input embedding."""
    return 0 if shape.tied else embedding(shape)


def counted(shape: Architecture) -> int:
    """Returns the weights by arithmetic, to check a published number against."""
    norms = (2 * shape.layers + 1) * shape.hidden
    query, key = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    extra = shape.positions * shape.hidden
    if shape.qkv_bias or not shape.gated:
        extra += shape.layers * (query + 2 * key)
    if not shape.gated:
        extra += shape.layers * (4 * shape.hidden + shape.intermediate)
    if shape.experts > 1:
        extra += shape.layers * shape.hidden * shape.experts
    return linear(shape) + embedding(shape) + head(shape) + norms + extra


def active(shape: Architecture) -> float:
    """Returns the weights that work on each token: all but the experts not chosen."""
    if shape.experts == 1:
        return float(shape.parameters)
    idle = shape.experts - shape.active_experts
    feed = (3 if shape.gated else 2) * shape.hidden * shape.intermediate
    return float(shape.parameters - shape.layers * idle * feed)


def targeted(shape: Architecture, targets: str) -> tuple[str, ...]:
    """Returns which matrices carry an adapter: `q,v`, `mlp`, `all-linear`, however spelt."""
    here = matrices(shape)
    asked = set(re.findall(r"[a-z]+\d*", targets.lower().replace("_proj", "")))
    named = {name for name, spelt in MATRICES.items() if asked & set(spelt)}
    for word, several in GROUPS.items():
        if word in asked:
            named |= set(several)
    if not shape.gated and named & {"gate"}:
        named |= {"up"}
    chosen = tuple(name for name in here if name in named)
    return chosen or tuple(here)


def adapter(shape: Architecture, rank: int, targets: Sequence[str]) -> int:
    """Returns the weights of a LoRA adapter of that rank on those matrices."""
    here = matrices(shape)
    return rank * shape.layers * sum((here[t][0] + here[t][1]) * here[t][2] for t in targets)


def _size(shape: Architecture) -> int:
    return shape.parameters


def _mixed(low: float, high: float, share: float) -> float:
    return float(math.exp((1 - share) * math.log(low) + share * math.log(high)))


def _sizes(key: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in key if SIZE.fullmatch(word))


def _same_size(asked: frozenset[str], shape: Architecture, parameters: float | None) -> bool:
    """Says that nothing in name or number speaks of another size."""
    if parameters and not 0.8 < shape.parameters / parameters < 1.25:
        return False
    named = _sizes(asked)
    if not named or _sizes(words(shape.name)) & named:
        return True
    return any(_sizes(words(other)) & named for other in shape.also)
