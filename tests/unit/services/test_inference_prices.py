"""Hosted models are priced by bundled data: by address, by name, in tiers, and never by guess."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from studio.core.costing.answer_cost import Named
from studio.services.inference_prices import Quote, quote

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def asked(
    model: str, endpoint: str = "openai", address: str = "", into: float = 1_000, out: float = 200
) -> Quote | None:
    return quote(Named(endpoint, model), address, into, out, AT)


def test_a_known_model_is_priced_with_its_source() -> None:
    found = asked("gpt-6-luna")
    assert found is not None
    assert found.usd == pytest.approx((1_000 * 0.10 + 200 * 0.50) / 1e6)
    assert "genai-prices" in found.basis and "gpt-6-luna" in found.basis


def test_long_prompts_cost_more_by_the_token() -> None:
    short, long = asked("gpt-6-luna", into=100_000), asked("gpt-6-luna", into=400_000)
    assert short is not None and long is not None
    assert long.usd > 4 * short.usd
    assert "more for long prompts" in long.basis


def test_means_that_are_no_whole_number_are_priced_as_they_are() -> None:
    found = asked("gpt-6-luna", into=100.4, out=1.5)
    assert found is not None
    assert found.usd == pytest.approx((100.4 * 0.10 + 1.5 * 0.50) / 1e6)


def test_an_address_decides_whose_price_it_is() -> None:
    assert asked("gpt-6-luna", endpoint="work", address="https://api.openai.com/v1") is not None
    assert asked("gpt-6-luna", endpoint="openai", address="http://10.0.0.7:8000/v1") is None


def test_closed_models_need_no_provider_and_open_ones_do() -> None:
    assert asked("claude-haiku-4-5", endpoint="work") is not None
    assert asked("meta-llama/Llama-3.1-8B-Instruct", endpoint="office") is None
    assert asked("gpt-oss-20b", endpoint="office") is None


def test_what_the_data_lacks_has_no_price() -> None:
    assert asked("gpt-unheard-of") is None


def test_prices_are_loaded_with_the_first_question_and_nothing_is_fetched() -> None:
    code = (
        "import socket, sys\n"
        "import studio.services.costing\n"
        "assert not {'genai_prices', 'numpy', 'numpy_financial'} & set(sys.modules)\n"
        "def refuse(*a, **k): raise AssertionError('the network was asked')\n"
        "socket.socket.connect = refuse\n"
        "from tests.unit.services.test_inference_prices import asked\n"
        "assert asked('gpt-6-luna') is not None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
