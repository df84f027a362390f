"""A base model in memory with its tokenizer and the adapters that were asked for lately."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from backends.local import manifest, safety
from backends.local.answering.batches import Limits
from backends.local.answering.plain import is_plain
from studio.domain.models import ModelHandle

MOST_ADAPTERS = 4
"""Adapters kept attached; one more pushes out the one not used for longest."""


class Loaded:
    """One base model, proven by its manifest and then loaded."""

    def __init__(self, handle: ModelHandle) -> None:
        folder = Path(handle.base_path)
        manifest.verify(folder, handle.base_manifest_sha256)
        safety.check_folder(folder)
        self._device, self._dtype = _place()
        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, **options)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=self._dtype, use_safetensors=True, **options
        )
        self.model: PreTrainedModel = model.to(self._device).eval()
        self.plain = is_plain(self.model.config)
        self.stops = _stops(self.tokenizer, self.model)
        self.context_length = int(self.model.config.get_text_config().max_position_embeddings)
        self._tuned: Any = None
        """The model as peft wraps it, once an adapter was asked for."""
        self._adapters: list[str] = []
        """Names of the attached adapters, the one used last at the end."""

    def use(self, handle: ModelHandle) -> None:
        """Switches to the handle's adapter, or to the base model alone.

        Raises:
            ModelRefused: when the adapter's files differ from what was published.
        """
        if handle.adapter_path is None:
            if self._tuned is not None:
                self._tuned.base_model.disable_adapter_layers()
            return
        name = _adapter_name(handle)
        if name not in self._adapters:
            self._attach(handle, name)
        self._tuned.base_model.enable_adapter_layers()
        if self._adapters[-1] != name or self._tuned.active_adapter != name:
            self._tuned.set_adapter(name)
            self._adapters.remove(name)
            self._adapters.append(name)

    def limits(self) -> Limits:
        """Returns how much a batch may hold on this device now."""
        config = self.model.config.get_text_config()
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = (
            getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        )
        bytes_kept = 2 * config.num_hidden_layers * heads * width * self._dtype.itemsize
        if self._device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self._device)
            return Limits(rows=256, prompt_tokens=32_768, kept_tokens=free // 2 // bytes_kept)
        free = psutil.virtual_memory().available
        return Limits(rows=64, prompt_tokens=4_096, kept_tokens=free // 4 // bytes_kept)

    def _attach(self, handle: ModelHandle, name: str) -> None:
        folder = Path(str(handle.adapter_path))
        manifest.verify(folder, handle.adapter_manifest_sha256)
        safety.check_folder(folder)
        from peft import PeftModel  # a second and more to import, for base models in vain

        options: dict[str, Any] = {"adapter_name": name, "autocast_adapter_dtype": False}
        if self._tuned is None:
            self._tuned = PeftModel.from_pretrained(self.model, folder, **options)
        else:
            self._tuned.load_adapter(folder, **options)
        self._tuned.to(self._device, self._dtype).eval()
        self._adapters.insert(0, name)
        if len(self._adapters) > MOST_ADAPTERS:
            self._tuned.delete_adapter(self._adapters.pop(1))


def _place() -> tuple[torch.device, torch.dtype]:
    """Returns where to compute and in which numbers."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    # Without instructions for bf16 a CPU computes it many times slower than float32.
    fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.device("cpu"), torch.bfloat16 if fast else torch.float32


def _stops(tokenizer: Any, model: PreTrainedModel) -> frozenset[int]:
    named = getattr(model.generation_config, "eos_token_id", None)
    listed = named if isinstance(named, list) else [named]
    return frozenset(int(stop) for stop in [*listed, tokenizer.eos_token_id] if stop is not None)


def _adapter_name(handle: ModelHandle) -> str:
    # Names of modules must not hold dots; the manifest tells a version made anew under the id.
    return f"{handle.id}_{handle.adapter_manifest_sha256[:16]}".replace(".", "_")
