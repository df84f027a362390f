"""Tied worker: runs another Python module, such as pip, in a process that ends with the studio."""

from __future__ import annotations

import runpy
import sys

from backends.local import process


def main() -> None:
    """Runs the module named by the first argument with the other arguments."""
    process.die_with_parent()
    process.exit_at_end_of_input()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
