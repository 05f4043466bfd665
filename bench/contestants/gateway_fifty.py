"""The gateway with a contract of 50 models, of which one is asked."""

import os
from pathlib import Path

from chalicelib.contract import model

model.CONTRACT_FILE = Path(os.environ["BENCH_CONTRACT"])

from app import app  # noqa: E402 - it reads the contract as it is imported

handler = app
