"""Counting a network as a whole process, beside importing torch and building it, and beside torchinfo."""

from pathlib import Path

from tests.bench.timing import alternate, process, report

NETWORKS = Path(__file__).parents[1] / "networks.py"
BUILD = f"""
import sys
sys.path.insert(0, {str(NETWORKS.parent)!r})
import torch
with torch.device("meta"):
    import networks
    net = networks.ResNet18()
"""
TORCHINFO = f"""
import sys
sys.path.insert(0, {str(NETWORKS.parent)!r})
import networks, torchinfo
torchinfo.summary(networks.ResNet18(), (1, 3, 224, 224))
"""


def main() -> None:
    source = f"{NETWORKS}:ResNet18"
    medians = alternate(
        {
            "import torch, build on meta": process("-c", BUILD),
            "torchinfo on 3×224×224": process("-c", TORCHINFO),
            "cnncalc params --no-check": process("-m", "explain", "params", source, "--no-check"),
            "cnncalc params --no-check --input 3x224x224": process(
                "-m", "explain", "params", source, "--no-check", "--input", "3x224x224"
            ),
        },
        5,
    )
    report("ResNet-18: whole processes", medians, "import torch, build on meta")
