"""The same session goes the same way; a growing share moves nobody back."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.feedback.routing import is_candidates

shares = st.floats(min_value=0, max_value=1)


@given(session=st.text(), salt=st.text(), first=shares, second=shares)
@settings(max_examples=200, deadline=None)
def test_a_session_that_went_to_the_candidate_still_does_when_the_share_grows(
    session: str, salt: str, first: float, second: float
) -> None:
    session, salt = (text.encode(errors="replace").decode() for text in (session, salt))
    small, large = sorted((first, second))
    assert is_candidates(session, salt, small) <= is_candidates(session, salt, large)
    assert not is_candidates(session, salt, 0)
    assert is_candidates(session, salt, 1)


def test_the_share_is_that_of_the_hash() -> None:
    digest = hashlib.md5(b"user-7salt").digest()
    place = int.from_bytes(digest[8:], "little") / 2**64
    assert is_candidates("user-7", "salt", place + 1e-9)
    assert not is_candidates("user-7", "salt", place - 1e-9)


def test_about_that_share_of_many_sessions_goes() -> None:
    gone = sum(is_candidates(f"session {n}", "salt", 0.25) for n in range(4000))
    assert 900 < gone < 1100
