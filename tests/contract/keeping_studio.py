"""A studio without a face: `python -m tests.contract.keeping_studio DATA_DIR` follows its runs.

It takes the data folder, follows runs and prints `ready`; it ends when its input does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from studio.bootstrap import build_services
from studio.settings import Settings


def main() -> None:
    """Follows runs until the input ends."""
    services = build_services(Settings(data_dir=Path(sys.argv[1])))
    services.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    services.close()


if __name__ == "__main__":
    main()
