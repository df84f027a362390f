"""Requests go where their model is; the client for endpoints is loaded when first needed."""

from __future__ import annotations

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.models import ModelHandle
from studio.services.answering import RoutedGenerator
from tests.fakes.generator import FakeGenerator

ASKED = (Message(role="user", content="?"),)
HERE = ModelHandle(id="base", name="base", base_path="/models/base")
THERE = ModelHandle(id="endpoint:office/loud", name="loud", base_path="")


def test_each_model_is_asked_where_it_is() -> None:
    made: list[FakeGenerator] = []

    def remote() -> FakeGenerator:
        made.append(FakeGenerator(lambda model, conversation: "from there"))
        return made[-1]

    routed = RoutedGenerator(FakeGenerator(lambda model, conversation: "from here"), remote)
    assert routed.generate(HERE, [ASKED], Decoding())[0].text == "from here"
    assert made == []
    assert routed.generate(THERE, [ASKED], Decoding())[0].text == "from there"
    *_, last = routed.stream(THERE, ASKED, Decoding())
    assert getattr(last, "text", "") == "from there"
    assert len(made) == 1
    routed.close()
