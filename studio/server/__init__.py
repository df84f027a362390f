"""The server: who may talk to the studio, how much they may send, where it listens."""

from studio.server.serving import serve

__all__ = ["serve"]
