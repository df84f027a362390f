"""What several kinds of tests share: the starter model, fetched once for all test runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import platformdirs
import pytest

from studio.domain.models import BaseModel

# Read when torch is loaded: as in the workers, its threads sleep while they wait.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(scope="session")
def starter_model() -> BaseModel:
    """The starter model, kept in the user's cache or in LADDER_TEST_MODELS between runs."""
    # A test that needs no model must not pay for the library's imports.
    from backends.local import starter
    from backends.local.library import LocalLibrary

    return LocalLibrary(_kept_models()).pull(starter.ID, lambda what, share: None)


@pytest.fixture(scope="session")
def embedding_models() -> Path:
    """The folder that holds the embedding model, fetched once as the starter model is."""
    from backends.local import minilm
    from backends.local.hub import Hub

    folder = _kept_models()
    minilm.fetch(folder, lambda what, share: None, Hub())
    return folder


def _kept_models() -> Path:
    kept = os.environ.get("LADDER_TEST_MODELS") or platformdirs.user_cache_dir(
        "ladder-studio-tests"
    )
    folder = Path(kept)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], BaseModel]:
    """Tiny models with random weights by family; see `tests.tiny_model`."""

    @cache
    def of(family: str) -> BaseModel:
        from tests import tiny_model

        return tiny_model.make(tmp_path_factory.mktemp(family), family)

    return of
