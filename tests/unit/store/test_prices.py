"""Own prices are kept beside the shipped ones, digit for digit."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.costing import PriceOverride
from studio.domain.errors import StorageFailed
from studio.domain.values import now
from studio.store.database import Database
from studio.store.prices import PriceStore

FILE = Path(__file__).parents[3] / "assets" / "prices.json"


def override(id: str, usd: str) -> PriceOverride:
    return PriceOverride(id=id, usd=Decimal(usd), at=now())


def test_overrides_are_kept_replaced_and_taken_back(database: Database) -> None:
    store = PriceStore(database, FILE)
    assert store.overrides() == {}
    store.override(override("a", "0.10000000000000000001"))
    newer = override("a", "0.2")
    other = override("b", "3")
    store.override(newer)
    store.override(other)
    assert store.overrides() == {"a": newer, "b": other}
    store.reset("a")
    store.reset("a")
    assert store.overrides() == {"b": other}


def test_no_digit_of_a_price_is_lost(database: Database) -> None:
    store = PriceStore(database, FILE)
    store.override(override("a", "0.10000000000000000001"))
    assert str(store.overrides()["a"].usd) == "0.10000000000000000001"


def test_shipped_prices_are_read_from_their_file(database: Database) -> None:
    assert PriceStore(database, FILE).shipped()[0].kind == "gpu_on_demand"


@pytest.mark.parametrize("content", [None, "{", "{}", '{"prices": [{"id": "x"}]}'])
def test_a_damaged_price_file_is_told(
    database: Database, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "prices.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(StorageFailed, match=r"prices\.json") as caught:
        PriceStore(database, file).shipped()
    assert "Install" in caught.value.hint
