"""Settings: where data lies and where the studio listens; from flags and the environment only."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from studio.domain.values import Value


class Settings(Value):
    """Everything that is decided before the studio starts."""

    data_dir: Path
    """Folder that holds the database, models, runs and logs."""
    host: str = "127.0.0.1"
    """Address to listen on; anything but loopback needs a password (`LADDER_PASSWORD`)."""
    port: int = 8080

    @property
    def database_path(self) -> Path:
        """The DuckDB file."""
        return self.data_dir / "studio.duckdb"

    @property
    def sources_dir(self) -> Path:
        """Untouched copies of imported files."""
        return self.data_dir / "sources"

    @property
    def models_dir(self) -> Path:
        """Base models, one folder each."""
        return self.data_dir / "models"

    @property
    def runs_dir(self) -> Path:
        """Run folders of the local backend."""
        return self.data_dir / "runs"

    @property
    def hosted_dir(self) -> Path:
        """Run folders of fine-tunes at endpoints."""
        return self.data_dir / "hosted"

    @property
    def retrieval_dir(self) -> Path:
        """Keyword indexes of document collections; they can be made again."""
        return self.data_dir / "retrieval"

    @property
    def wire_dir(self) -> Path:
        """Files that clients of the OpenAI wire keep here."""
        return self.data_dir / "wire"

    @property
    def logs_dir(self) -> Path:
        """Logs of the studio and its workers."""
        return self.data_dir / "logs"


def from_environment(data_dir: Path | None = None, **given: object) -> Settings:
    """Returns settings from flags first, then `LADDER_DATA_DIR`, then the system's own place."""
    named = data_dir or os.environ.get("LADDER_DATA_DIR")
    folder = Path(named or platformdirs.user_data_dir("ladder-studio")).expanduser().resolve()
    flags = {name: value for name, value in given.items() if value is not None}
    return Settings.model_validate({"data_dir": folder, **flags})
