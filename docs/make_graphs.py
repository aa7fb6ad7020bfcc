"""Draw the graphs in ``docs/images``: what ``psi graph --svg`` draws of an experiment that comes with psi.

python docs/make_graphs.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from psi.application.cli import main

IMAGES = Path(__file__).resolve().parent / "images"

if __name__ == "__main__":
    sys.exit(main(["graph", "appetitive_gonogo", "--rig", "simulated", "--svg", str(IMAGES / "chain.svg")]))
