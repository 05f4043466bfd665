"""The gateway with the contract of the shop."""

import os
from pathlib import Path

from chalicelib.contract import model

model.CONTRACT_FILE = Path(os.environ["BENCH_CONTRACT"])

from app import app  # noqa: E402 - it reads the contract as it is imported

handler = app
