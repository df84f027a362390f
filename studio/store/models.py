"""Models: base models that can be tuned and the versions that tuning made."""

from __future__ import annotations

from studio.domain.models import BaseModel, ModelVersion
from studio.store import rows
from studio.store.database import Database


class ModelStore:
    """Keeps base models and model versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_base(self, model: BaseModel) -> None:
        """Adds a base model, or replaces the one with the same id."""
        with self._database.write() as cursor:
            cursor.execute("DELETE FROM base_models WHERE id = ?", [model.id])
            rows.add(cursor, "base_models", model, "base model")

    def base(self, id: str) -> BaseModel:
        """Returns a base model or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, BaseModel, "base_models", id, "base model")

    def bases(self) -> list[BaseModel]:
        """Returns all base models, by name."""
        with self._database.read() as cursor:
            sql = rows.select(BaseModel, "base_models", "ORDER BY name, id")
            return rows.values(cursor.execute(sql), BaseModel)

    def remove_base(self, id: str) -> None:
        """Forgets a base model; its files stay. NotFound when it is not there."""
        with self._database.write() as cursor:
            rows.get(cursor, BaseModel, "base_models", id, "base model")
            cursor.execute("DELETE FROM base_models WHERE id = ?", [id])

    def add_version(self, version: ModelVersion) -> None:
        """Adds a model version."""
        with self._database.write() as cursor:
            rows.add(cursor, "model_versions", version, "model version")

    def remove_version(self, id: str) -> None:
        """Forgets a model version; its files stay. NotFound when it is not there."""
        with self._database.write() as cursor:
            rows.get(cursor, ModelVersion, "model_versions", id, "model version")
            cursor.execute("DELETE FROM model_versions WHERE id = ?", [id])

    def version(self, id: str) -> ModelVersion:
        """Returns a model version or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, ModelVersion, "model_versions", id, "model version")

    def versions(self, project_id: str | None = None) -> list[ModelVersion]:
        """Returns the versions of one project, or of all, newest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
            sql = rows.select(ModelVersion, "model_versions", where)
            return rows.values(cursor.execute(sql, [project_id]), ModelVersion)
