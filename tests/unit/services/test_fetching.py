"""Base models are fetched in the background: seen from any page, stopped cleanly, said why not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from studio.domain.errors import BackendUnavailable, Conflict, NotFound
from studio.domain.models import BaseModel, Fetch, FetchStatus
from studio.services.fetching import Fetching
from tests.fakes.page_values import base_model

PATIENCE = 20.0


class Hub:
    """Reports what a test wants, then waits until it may end or is stopped."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, float | None]] = [("Downloading", 0.25)]
        self.reported, self.go_on = threading.Event(), threading.Event()
        self.failure: Exception | None = None
        self.fetched: list[str] = []
        self.stopped: list[str] = []

    def pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool],
    ) -> BaseModel:
        for report in self.reports:
            progress(*report)
        self.reported.set()
        while not self.go_on.wait(0.01):
            if cancelled():
                self.stopped.append(name)
                raise Conflict("Stopped.")
        if self.failure is not None:
            raise self.failure
        self.fetched.append(name)
        return base_model(name)


class News:
    """Counts what was told, and waits for what a test expects."""

    def __init__(self) -> None:
        self._told = threading.Condition()

    def note(self) -> None:
        with self._told:
            self._told.notify_all()

    def until(self, expected: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(expected, PATIENCE)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def fetching(hub: Hub, news: News) -> Fetching:
    return Fetching(hub.pull, news.note)


def only(fetching: Fetching) -> Fetch:
    (found,) = fetching.all()
    return found


def test_a_fetch_tells_what_it_does_and_is_gone_when_the_model_is_here(
    fetching: Fetching, hub: Hub, news: News
) -> None:
    started = fetching.start("acme/Tiny")
    assert hub.reported.wait(PATIENCE)
    news.until(lambda: only(fetching).share == 0.25)
    assert only(fetching).doing == "Downloading"
    assert only(fetching).id == started.id
    hub.go_on.set()
    news.until(lambda: fetching.all() == [])
    assert hub.fetched == ["acme/Tiny"]


def test_the_remaining_time_is_told_once_it_is_more_than_a_guess(
    fetching: Fetching, hub: Hub, news: News
) -> None:
    hub.reports = [("Downloading", 0.0), ("Downloading", 0.02)]
    fetching.start("acme/Tiny")
    assert hub.reported.wait(PATIENCE)
    assert only(fetching).eta_seconds is None
    hub.go_on.set()
    news.until(lambda: fetching.all() == [])
    hub.reports.append(("Downloading", 0.5))
    hub.go_on.clear()
    hub.reported.clear()
    fetching.start("acme/Tiny")
    assert hub.reported.wait(PATIENCE)
    eta = only(fetching).eta_seconds
    assert eta is not None
    assert eta >= 0
    fetching.close()


def test_asking_twice_fetches_once(fetching: Fetching, hub: Hub) -> None:
    assert fetching.start("acme/Tiny").id == fetching.start("Acme/tiny").id
    assert len(fetching.all()) == 1
    fetching.close()


def test_a_stopped_fetch_is_gone_without_a_word(fetching: Fetching, hub: Hub, news: News) -> None:
    fetch = fetching.start("acme/Tiny")
    fetching.cancel(fetch.id)
    news.until(lambda: fetching.all() == [])
    assert (hub.stopped, hub.fetched) == (["acme/Tiny"], [])
    with pytest.raises(NotFound, match="ended already"):
        fetching.cancel(fetch.id)


def test_a_failed_fetch_says_why_until_it_was_read(
    fetching: Fetching, hub: Hub, news: News
) -> None:
    hub.failure = BackendUnavailable("The hub is away.", hint="Try later.")
    hub.go_on.set()
    fetch = fetching.start("acme/Tiny")
    news.until(lambda: only(fetching).status is FetchStatus.FAILED)
    assert (only(fetching).message, only(fetching).hint) == ("The hub is away.", "Try later.")
    fetching.cancel(fetch.id)
    assert fetching.all() == []


def test_trying_again_replaces_the_one_that_failed(
    fetching: Fetching, hub: Hub, news: News
) -> None:
    hub.failure = BackendUnavailable("The hub is away.")
    hub.go_on.set()
    fetching.start("acme/Tiny")
    news.until(lambda: only(fetching).status is FetchStatus.FAILED)
    hub.failure = None
    fetching.start("acme/Tiny")
    news.until(lambda: fetching.all() == [])
    assert hub.fetched == ["acme/Tiny"]


def test_a_defect_does_not_look_like_a_fetch_that_goes_on(
    fetching: Fetching, hub: Hub, news: News, caplog: pytest.LogCaptureFixture
) -> None:
    hub.failure = ZeroDivisionError("secret detail")
    hub.go_on.set()
    fetching.start("acme/Tiny")
    news.until(lambda: only(fetching).status is FetchStatus.FAILED)
    assert "unforeseen" in only(fetching).message
    assert "secret detail" not in only(fetching).message
    assert "secret detail" in caplog.text


def test_closing_stops_every_fetch(fetching: Fetching, hub: Hub) -> None:
    fetching.start("acme/One")
    fetching.start("acme/Two")
    fetching.close()
    assert sorted(hub.stopped) == ["acme/One", "acme/Two"]
    assert fetching.all() == []
