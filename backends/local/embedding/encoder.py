"""Encoder: texts become vectors as sentence-transformers makes them, in batches of one length.

The model is small and fixed, so its layers are written out here: loading it takes a tenth of a
second, where the general library takes four.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from backends.local.minilm import MOST_TOKENS

TOKENS_AT_ONCE = 4_096
"""Tokens of one batch on a processor: larger ones are no faster and answer a question later."""
TOKENS_AT_ONCE_ON_GPU = 131_072
FRAME = 2
"""Tokens that the model wants around every piece of text."""


class Encoder:
    """One model in memory."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._heads = int(config["num_attention_heads"])
        self._layers = int(config["num_hidden_layers"])
        self._epsilon = float(config["layer_norm_eps"])
        self._pad = int(config["pad_token_id"])
        on_gpu = torch.cuda.is_available()
        self._device = torch.device("cuda" if on_gpu else "cpu")
        self._at_once = TOKENS_AT_ONCE_ON_GPU if on_gpu else TOKENS_AT_ONCE
        self._weights = load_file(folder / "model.safetensors", device=str(self._device))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[int], Tensor]]:
        """Yields indices of texts, their tokens in all and vectors of length 1, longest first."""
        encoded = self._tokenizer.encode_batch_fast(list(texts))
        ids = [found.ids for found in encoded]
        whole = [
            len(found.ids) + sum(len(more.ids) - FRAME for more in found.overflowing)
            for found in encoded
        ]
        order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
        at = 0
        while at < len(order):
            longest = len(ids[order[at]])
            chosen = order[at : at + max(1, self._at_once // longest)]
            at += len(chosen)
            vectors = self._encoded([ids[index] for index in chosen], longest).cpu()
            yield chosen, [whole[index] for index in chosen], vectors

    def _encoded(self, rows: Sequence[Sequence[int]], longest: int) -> Tensor:
        padded = [[*row, *[self._pad] * (longest - len(row))] for row in rows]
        tokens = torch.tensor(padded, device=self._device)
        lengths = torch.tensor([len(row) for row in rows], device=self._device)
        kept = torch.arange(longest, device=self._device) < lengths[:, None]
        mask = None if bool(kept.all()) else kept[:, None, None, :]
        hidden = self._embedded(tokens)
        for layer in range(self._layers):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}")
        # The mean over the text's own tokens, then length 1: the model's pooling.
        mean = (hidden * kept[:, :, None]).sum(1) / lengths[:, None]
        return functional.normalize(mean, dim=1)

    def _embedded(self, tokens: Tensor) -> Tensor:
        weights = self._weights
        words = functional.embedding(tokens, weights["embeddings.word_embeddings.weight"])
        places = weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        return self._normed(words + places + kind, "embeddings.LayerNorm")

    def _layer(self, hidden: Tensor, mask: Tensor | None, name: str) -> Tensor:
        query, key, value = (
            self._split(self._linear(hidden, f"{name}.attention.self.{part}"))
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = self._linear(
            mixed.transpose(1, 2).reshape(hidden.shape), f"{name}.attention.output.dense"
        )
        hidden = self._normed(hidden + mixed, f"{name}.attention.output.LayerNorm")
        wide = functional.gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._normed(
            hidden + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm"
        )

    def _split(self, projected: Tensor) -> Tensor:
        batch, longest, width = projected.shape
        split = (batch, longest, self._heads, width // self._heads)
        return projected.view(split).transpose(1, 2)

    def _linear(self, inputs: Tensor, name: str) -> Tensor:
        return functional.linear(
            inputs, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        )

    def _normed(self, inputs: Tensor, name: str) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(inputs, weight.shape, weight, bias, self._epsilon)
