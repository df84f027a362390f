"""Where the studio listens: only this machine without a password, and the next free port."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from studio.domain.errors import BackendUnavailable, InvalidInput

TRIED = 50
"""Ports tried after the wanted one."""


def check(host: str, password: str) -> None:
    """Refuses to listen beyond this machine without a password.

    Raises:
        InvalidInput: when others could reach a studio that asks for nothing.
    """
    if is_local(host):
        return
    if not password:
        raise InvalidInput(
            f"Listening on {host} would open the studio to other machines without a password.",
            hint="Set LADDER_PASSWORD, or listen on 127.0.0.1.",
        )
    if len(password) < 8:
        raise InvalidInput(
            "The password in LADDER_PASSWORD has fewer than 8 characters.",
            hint="Choose a longer one.",
        )


def is_local(host: str) -> bool:
    """True for an address that only this machine can reach."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(host: str, wanted: int) -> socket.socket:
    """Returns a socket bound to the wanted port or the next free one.

    Raises:
        BackendUnavailable: when no port can be had.
        InvalidInput: when the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = [0] if wanted == 0 else [*range(wanted, min(wanted + TRIED, 65536)), 0]
    for port in ports:
        made = socket.socket(family, socket.SOCK_STREAM)
        # On Windows this option would let two studios share a port.
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, port))
        except OSError as error:
            made.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise InvalidInput(
                f"The studio cannot listen on {host}: {error.strerror}.",
                hint="Use 127.0.0.1, or an address of this machine.",
            ) from error
        return made
    raise BackendUnavailable(f"No port is free on {host}.", hint="Choose another one with --port.")


def names(host: str) -> set[str]:
    """Returns the names under which a studio that others can reach may be called."""
    own = {host, socket.gethostname(), socket.getfqdn()}
    return own | set(filter(None, os.environ.get("LADDER_HOSTS", "").split(",")))
