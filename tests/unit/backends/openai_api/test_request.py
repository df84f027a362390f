"""A spec in the words of the wire, as each kind of server understands them."""

from __future__ import annotations

from typing import Any

import pytest

from backends.openai_api import request
from studio.domain.endpoints import Dialect
from studio.domain.training import Hyperparameters, Objective
from tests.unit.backends.openai_api.errands import spec


def asked(dialect: Dialect = Dialect.OPENAI, **changes: Any) -> dict[str, Any]:
    return request.created(
        spec(**changes),
        dialect,
        model="base-mini",
        job_id="job_1",
        train_file="file-1",
        validation_file="",
    )


def test_a_supervised_job_in_full() -> None:
    given = Hyperparameters(epochs=2.6, learning_rate=1e-4, batch_size=8, seed=3)
    assert asked(hyperparameters=given) == {
        "model": "base-mini",
        "training_file": "file-1",
        "method": {
            "type": "supervised",
            "supervised": {
                "hyperparameters": {
                    "n_epochs": 3,
                    "batch_size": 8,
                    "learning_rate_multiplier": 0.5,
                }
            },
        },
        "seed": 3,
        "suffix": "colours",
        "metadata": {"ladder_studio_job": "job_1"},
    }


def test_what_the_server_may_choose_is_auto() -> None:
    made = asked(automatic=("epochs", "learning_rate", "beta"), objective=Objective.DPO)
    assert made["method"]["dpo"]["hyperparameters"] == {
        "n_epochs": "auto",
        "batch_size": 16,
        "learning_rate_multiplier": "auto",
        "beta": "auto",
    }


def test_one_kind_of_server_means_the_rate_itself() -> None:
    settings = asked(Dialect.NEBIUS)["method"]["supervised"]["hyperparameters"]
    assert settings["learning_rate_multiplier"] == 2e-4


def test_another_studio_gets_everything_in_a_place_of_its_own() -> None:
    made = asked(Dialect.LADDER)
    assert made["method"] == {"type": "supervised", "supervised": {"hyperparameters": {}}}
    sent = made["extra_body"]["ladder"]["hyperparameters"]
    assert sent == Hyperparameters().model_dump()


def test_values_stay_within_what_the_wire_allows() -> None:
    given = Hyperparameters(epochs=0.2, batch_size=1024)
    settings = asked(hyperparameters=given)["method"]["supervised"]["hyperparameters"]
    assert (settings["n_epochs"], settings["batch_size"]) == (1, 256)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("Prüf-Bot v2!", "pruf-bot-v2"),
        ("  ", ""),
        ("日本", ""),
        ("x" * 80, "x" * 64),
    ],
)
def test_a_suffix_is_plain(name: str, suffix: str) -> None:
    assert request.suffix(name) == suffix
