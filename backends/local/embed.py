"""Start of the embedding worker: `python -m backends.local.embed`, JSON lines in and out."""

from __future__ import annotations

import os

from backends.local import process


def main() -> None:
    """Ties the worker to the studio, takes stdout for itself and embeds until the studio ends."""
    process.die_with_parent()
    vectors = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    # A library that prints would otherwise speak in the worker's name.
    os.dup2(2, 1)
    # Only now: what follows takes seconds to import, in which the studio may already be gone.
    import torch

    from backends.local.embedding.worker import Worker

    torch.set_grad_enabled(False)
    requests = os.fdopen(0, encoding="utf-8")
    Worker(requests, vectors).work()


if __name__ == "__main__":
    main()
