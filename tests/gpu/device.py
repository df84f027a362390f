"""The GPU these tests run on, and the only reason for which they are skipped."""

from __future__ import annotations

import pytest
import torch

DEVICE = torch.device("cuda")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
