"""BaseModel: what can be tuned. ModelVersion: what was. Where both lie and how they are proven."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from studio.domain.endpoints import PREFIX
from studio.domain.values import Value


class ModelSource(StrEnum):
    """Where a base model came from."""

    HUB = "hub"
    WHEEL = "wheel"
    """The starter model, carried by a Python package where no hub can be reached."""
    FOLDER = "folder"


class ModelFacts(Value):
    """What the configuration and the weight files of a model say about it."""

    architecture: str
    """As `architectures[0]` in config.json, for example `LlamaForCausalLM`."""
    parameters: int
    """Number of weights."""
    hidden_size: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate_size: int
    vocabulary: int
    tied_embeddings: bool
    context_length: int
    """Longest sequence in tokens that the model was made for."""
    has_chat_template: bool


class BaseModel(Value):
    """A model that can be tuned, verified and ready on this machine."""

    id: str
    """Short name used in forms, CLI and API, for example `smollm2-135m-instruct`."""
    name: str
    """Name as its publisher spells it, for example `HuggingFaceTB/SmolLM2-135M-Instruct`."""
    source: ModelSource
    revision: str
    """Commit, wheel version or folder hash it was taken from."""
    path: str
    """Folder with config, tokenizer and safetensors."""
    licence: str
    """SPDX id where known, otherwise `unknown`."""
    facts: ModelFacts
    manifest_sha256: str
    """Hash of the manifest, which lists the hash of every file."""
    created_at: datetime


class ModelVersion(Value):
    """A tuned model: an adapter here, or a model at an endpoint, with the job that made it."""

    id: str
    project_id: str
    name: str
    """What people call it, for example `Support router v3`."""
    base_model: str
    """Id of the base model; of a hosted one, its name as the server spells it."""
    job_id: str
    dataset_version_id: str
    path: str
    """Folder with the adapter, its tokenizer, recipe and manifest; empty for a hosted model."""
    method: str
    manifest_sha256: str
    validation_loss: float | None
    """Loss of the kept checkpoint on the validation split, None when there was none."""
    endpoint: str = ""
    """Name of the endpoint that serves it; empty for a model on this machine."""
    remote_model: str = ""
    """Its name there, for example `ft:gpt-4.1-mini:org:name:abc12345`."""
    created_at: datetime

    @property
    def base_id(self) -> str:
        """Id under which its base model answers: `endpoint:NAME/MODEL` for a hosted one."""
        return f"{PREFIX}{self.endpoint}/{self.base_model}" if self.endpoint else self.base_model

    @property
    def where(self) -> str:
        """Where it lies: its folder on this machine, or its name at its endpoint."""
        return f"{self.remote_model} at {self.endpoint}" if self.endpoint else self.path


class ModelHandle(Value):
    """What a generation worker needs to answer as a model."""

    id: str
    """Id of the base model or of the model version."""
    name: str
    base_path: str
    base_manifest_sha256: str = ""
    """Hash of the manifest as registered, checked when the model is loaded; empty when unknown."""
    adapter_path: str | None = None
    """None for a base model."""
    adapter_manifest_sha256: str = ""


class FetchStatus(StrEnum):
    """Where a fetch stands; one that succeeded or was stopped is no more."""

    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class Fetch(Value):
    """A base model on its way here."""

    id: str
    name: str
    """As it was asked for: a hub id, or the starter model's."""
    status: FetchStatus = FetchStatus.RUNNING
    doing: str = ""
    """The part of the work in progress, for people."""
    share: float | None = None
    """Share of that part that is done, 0 to 1; None while unknown."""
    eta_seconds: float | None = None
    """Remaining time of that part; None while unknown."""
    message: str = ""
    """Why it failed."""
    hint: str = ""
    started_at: datetime
