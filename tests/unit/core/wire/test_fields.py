"""What is not read of a request is ignored, refused or unknown, and each is said."""

import pytest

from studio.core.wire.fields import HARMLESS, REFUSED, WITHOUT_EFFECT, Fields, read
from studio.domain.errors import InvalidInput


class One(Fields):
    """A request with one number."""

    number: int = 0


def test_null_and_harmless_fields_change_nothing() -> None:
    given = dict.fromkeys(HARMLESS, "anything") | {"number": None, "unheard_of": None}
    assert read(given, One) == One()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_nobody_here_can_do_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(InvalidInput, match="not supported") as raised:
        read({name: ["something"]}, One)
    assert REFUSED[name] in raised.value.message
    assert (raised.value.param, raised.value.code) == (name, "unsupported_parameter")


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in WITHOUT_EFFECT.items() for value in values],
)
def test_asking_for_nothing_is_no_reason_to_refuse(name: str, value: object) -> None:
    assert read({name: value}, One) == One()


def test_true_is_no_number() -> None:
    with pytest.raises(InvalidInput):
        read({"best_of": True}, One)
    with pytest.raises(InvalidInput):
        read({"number": True}, One)


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(InvalidInput, match="Unknown parameter: 'numbre'") as raised:
        read({"numbre": 1}, One)
    assert raised.value.code == "unknown_parameter"
