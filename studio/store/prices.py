"""Prices: the table that is shipped with the studio, and what people put in for a price."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from studio.domain.costing import Price, PriceOverride
from studio.domain.errors import StorageFailed
from studio.store import rows
from studio.store.database import Database


class PriceStore:
    """Reads the shipped prices and keeps the overrides beside them."""

    def __init__(self, database: Database, shipped: Path) -> None:
        """`shipped` is the studio's own price file."""
        self._database = database
        self._file = shipped

    def shipped(self) -> list[Price]:
        """Returns the prices as they were shipped, in the file's order.

        Raises:
            StorageFailed: when the file is missing or damaged.
        """
        return list(self._shipped)

    def overrides(self) -> dict[str, PriceOverride]:
        """Returns price id → what a person put in."""
        with self._database.read() as cursor:
            sql = rows.select(PriceOverride, "price_overrides", "ORDER BY id")
            found = rows.values(cursor.execute(sql), PriceOverride)
        return {override.id: override for override in found}

    def override(self, override: PriceOverride) -> None:
        """Keeps a person's own figure in place of an earlier one."""
        marks = ", ".join("?" for _ in PriceOverride.model_fields)
        with self._database.write() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO price_overrides ({rows.names(PriceOverride)})"
                f" VALUES ({marks})",
                rows.cells(override),
            )

    def reset(self, price_id: str) -> None:
        """Takes a person's figure back; without one nothing changes."""
        with self._database.write() as cursor:
            cursor.execute("DELETE FROM price_overrides WHERE id = ?", [price_id])

    @cached_property
    def _shipped(self) -> tuple[Price, ...]:
        try:
            listed = json.loads(self._file.read_text(encoding="utf-8"))["prices"]
            return tuple(TypeAdapter(list[Price]).validate_python(listed))
        except (OSError, ValueError, KeyError, ValidationError) as error:
            raise StorageFailed(
                f"The price file {self._file.name} cannot be read: {error}",
                hint="Install Ladder Studio again.",
            ) from error
