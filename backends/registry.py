"""Registry: names of backends and workers, each imported only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from studio.domain.endpoints import Connection
from studio.domain.errors import BackendUnavailable
from studio.domain.interfaces import (
    DocumentReader,
    EndpointGenerator,
    Instruments,
    ModelLibrary,
    RowReader,
    TextEmbedder,
    TextGenerator,
    TrainingBackend,
    Typesetter,
)
from studio.domain.moderation import Moderator
from studio.domain.monitoring import Messenger, Telemetry
from studio.domain.remote_training import RemoteTraining

TRAINING = {"local": "backends.local.backend:LocalBackend"}
"""Name → where its class lies."""


def training_backend(name: str, runs_dir: Path) -> TrainingBackend:
    """Returns the training backend of that name.

    Raises:
        BackendUnavailable: when there is none of that name.
    """
    if name not in TRAINING:
        raise BackendUnavailable(
            f"There is no training backend {name!r}.", hint=f"Choose one of {', '.join(TRAINING)}."
        )
    return cast(TrainingBackend, _class(TRAINING[name])(runs_dir))


def hosted_training(
    name: str, runs_dir: Path, connection: Callable[[str], Connection]
) -> RemoteTraining:
    """Returns the training backend `endpoint:NAME`; `connection` finds its address and key."""
    made = _class("backends.openai_api.training:HostedTraining")
    # Rank files are this machine's business; the backend for endpoints is handed what counts.
    return cast(RemoteTraining, made(name, runs_dir, connection, instruments(runs_dir).encoded))


def text_generator(logs_dir: Path) -> TextGenerator:
    """Returns the generator that answers with models on this machine."""
    made = _class("backends.local.generator:WorkerGenerator")(logs_dir / "generate.log")
    return cast(TextGenerator, made)


def text_embedder(models_dir: Path, logs_dir: Path) -> TextEmbedder:
    """Returns what makes vectors of texts on this machine."""
    made = _class("backends.local.embedder:WorkerEmbedder")(models_dir, logs_dir / "embed.log")
    return cast(TextEmbedder, made)


def model_library(models_dir: Path, hub_token: Callable[[], str | None]) -> ModelLibrary:
    """Returns the library of base models on this machine; the hub is asked with that token."""
    made = _class("backends.local.library:LocalLibrary")(models_dir, hub_token=hub_token)
    return cast(ModelLibrary, made)


def row_reader() -> RowReader:
    """Returns the reader of files nobody vouches for."""
    return cast(RowReader, _class("backends.reader.backend:FileReader")())


def document_reader() -> DocumentReader:
    """Returns the reader of documents nobody vouches for."""
    return cast(DocumentReader, _class("backends.reader.backend:DocumentFileReader")())


def endpoint_generator(connection: Callable[[str], Connection]) -> EndpointGenerator:
    """Returns what answers with models behind endpoints; `connection` finds address and key."""
    made = _class("backends.openai_api.backend:EndpointGenerator")(connection)
    return cast(EndpointGenerator, made)


def moderator(connection: Callable[[str], Connection]) -> Moderator:
    """Returns what has texts looked over by endpoints; `connection` finds address and key."""
    return cast(Moderator, _class("backends.openai_api.moderation:EndpointModerator")(connection))


def messenger() -> Messenger:
    """Returns what carries alerts to web addresses and mail servers."""
    return cast(Messenger, _class("backends.messenger.backend:NetworkMessenger")())


def telemetry() -> Telemetry:
    """Returns what sends numbers to an OpenTelemetry collector.

    Raises:
        BackendUnavailable: when the extra that it needs is not installed.
    """
    try:
        made = _class("backends.otel.backend:OtelTelemetry")
    except ImportError as error:
        raise BackendUnavailable(
            f"OpenTelemetry is not installed ({error}).",
            hint="Install the extra `otel` of ladder-studio.",
        ) from error
    return cast(Telemetry, made())


def typesetter() -> Typesetter:
    """Returns what makes PDFs on this machine."""
    return cast(Typesetter, _class("backends.typesetter.backend:TypstTypesetter")())


def instruments(runs_dir: Path) -> Instruments:
    """Returns what counts tokens and tries speeds on this machine."""
    return cast(Instruments, _class("backends.local.instruments:LocalInstruments")(runs_dir))


def _class(place: str) -> type:
    module, name = place.split(":")
    return cast(type, getattr(import_module(module), name))
