"""Places: where fine-tunes can be done: this machine, and every endpoint that offers training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from studio.domain.endpoints import PREFIX, Endpoint
from studio.domain.interfaces import TrainingBackend
from studio.domain.remote_training import RemoteTraining


class TrainingPlaces(Mapping[str, TrainingBackend]):
    """Name → backend: `local`, and `endpoint:NAME` for endpoints, made when first asked for.

    An endpoint whose training models were removed still answers for the runs it has; only the
    list of names leaves it out.
    """

    def __init__(
        self,
        local: TrainingBackend,
        endpoints: Callable[[], list[Endpoint]],
        hosted: Callable[[str], RemoteTraining],
    ) -> None:
        """`hosted` makes the backend of that name."""
        self._local, self._endpoints, self._hosted = local, endpoints, hosted
        self._made: dict[str, RemoteTraining] = {}

    def __getitem__(self, name: str) -> TrainingBackend:
        """Returns the backend of that name, or raises KeyError."""
        if name == self._local.name:
            return self._local
        if name not in self._made:
            if name not in {PREFIX + endpoint.name for endpoint in self._endpoints()}:
                raise KeyError(name)
            self._made[name] = self._hosted(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Yields the names that can be chosen in a form."""
        yield self._local.name
        for endpoint in self._endpoints():
            if endpoint.trains:
                yield PREFIX + endpoint.name

    def __len__(self) -> int:
        """Returns how many can be chosen."""
        return sum(1 for _ in self)

    def close(self) -> None:
        """Stops following runs elsewhere, before the database they need is closed."""
        for backend in self._made.values():
            backend.close()
