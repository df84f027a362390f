"""Connect: a running studio when there is one, the services in this process when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from studio.domain.errors import DataFolderInUse

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.settings import Settings


@contextmanager
def open_services(settings: Settings, *, working: bool = False) -> Iterator[Services]:
    """Lends the services for one command.

    `working` says that jobs and evaluations must move on meanwhile; a studio that runs does that
    by itself.
    """
    from studio import bootstrap

    holder = bootstrap.holder(settings.data_dir)
    if holder is None:
        services = bootstrap.build_services(settings)
        try:
            if working:
                services.start()
            else:
                services.monitor.poll_once()
            yield services
        finally:
            services.close()
    elif holder.port is None:
        raise DataFolderInUse(
            f"Another studio command (process {holder.pid}) is at work in {settings.data_dir}.",
            hint="Wait for it to end, or choose another --data-dir.",
        )
    else:
        with _remote(holder.port, holder.token) as services:
            yield services


def is_served(settings: Settings) -> bool:
    """Tells whether a studio is open on the data folder now."""
    from studio import bootstrap

    holder = bootstrap.holder(settings.data_dir)
    return holder is not None and holder.port is not None


@contextmanager
def _remote(port: int, token: str) -> Iterator[Services]:
    import httpx

    from studio.cli.remote import WAIT, RemoteServices
    from studio.services.container import Services

    # Proxies of the environment are for the outside world, not for this machine.
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=WAIT,
        trust_env=False,
    ) as client:
        yield cast(Services, RemoteServices(client, Services))
