"""The server's words and tables become the studio's, and what is no number is left out."""

from __future__ import annotations

import base64
from typing import get_args

import pytest
from openai.types.fine_tuning import FineTuningJob

from backends.openai_api import measures
from studio.domain.training import METRICS

TABLE = b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,2.5,0.5,,\n"


def test_every_status_of_the_wire_has_a_word_of_ours() -> None:
    known = get_args(FineTuningJob.model_fields["status"].annotation)
    assert set(known) | {"paused"} == set(measures.STATUS)
    assert set(known) >= measures.TERMINAL


def test_only_known_names_come_out() -> None:
    assert {ours for _, ours in measures.NAMES} <= set(METRICS)


@pytest.mark.parametrize("value", [None, True, "n/a", float("nan"), float("inf"), [1]])
def test_what_is_no_finite_number_is_left_out(value: object) -> None:
    assert measures.numbers({"step": 1, "train_loss": value}) == {"step": 1}


def test_the_whole_validation_split_counts_before_a_batch_of_it() -> None:
    assert measures.numbers({"valid_loss": 2.0, "full_valid_loss": 1.0})["validation_loss"] == 1.0


@pytest.mark.parametrize("data", [None, [], "step"])
def test_data_of_another_shape_holds_nothing(data: object) -> None:
    assert measures.numbers(data) == {}


@pytest.mark.parametrize("given", [TABLE, base64.b64encode(TABLE), base64.b64encode(TABLE) + b"\n"])
def test_a_table_is_read_plain_or_in_base64(given: bytes) -> None:
    assert measures.table(given) == TABLE
    assert list(measures.rows(measures.table(given))) == [
        {"step": 1, "loss": 2.5, "token_accuracy": 0.5}
    ]


@pytest.mark.parametrize("given", [b"", b"<html>", base64.b64encode(b"other"), b"\xff\xfe"])
def test_what_is_no_table_stays_as_it_is(given: bytes) -> None:
    assert measures.table(given) == given
    assert list(measures.rows(given)) == []
