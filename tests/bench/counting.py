"""Counting a network as a whole process, in time and memory, beside importing torch and building it, and torchinfo."""

import subprocess
import sys
from pathlib import Path

from tests.bench.timing import alternate, process, report

NETWORKS = Path(__file__).parent / "networks.py"
BUILD = f"""
import sys
sys.path.insert(0, {str(NETWORKS.parent)!r})
import torch
with torch.device("meta"):
    import networks
    net = networks.NAME()
"""
TORCHINFO = f"""
import sys
sys.path.insert(0, {str(NETWORKS.parent)!r})
import networks, torchinfo
torchinfo.summary(networks.NAME(), SHAPE, verbose=0)
"""
PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(*words: str) -> float:
    """The most MiB that a process of this interpreter, or one that it starts, holds."""
    said = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, text=True, check=True).stdout
    return int(said) / (2**20 if sys.platform == "darwin" else 2**10)


def measure(name: str, shape: str, build: str, peer: str, against: str) -> None:
    """Time and memory of the alternatives for one network."""
    ours = ("-m", "explain", "params", f"{NETWORKS}:{name}", "--no-check", *(("--input", shape) if shape else ()))
    words = {"import torch": ("-c", "import torch"), f"cnncalc params {shape}".strip(): ours}
    if build:
        words["import torch, build on meta"] = ("-c", build)
    if peer:
        words["torchinfo"] = ("-c", peer)
    report(f"{name}: whole processes", alternate({n: process(*w) for n, w in words.items()}, 5), against)
    for what, command in words.items():
        print(f"  {what:<58} {peak(*command):10.0f} MiB")


def main() -> None:
    for name, shape in (("ResNet152", "3x224x224"), ("EfficientNetB7", "3x600x600")):
        peer = TORCHINFO.replace("NAME", name).replace("SHAPE", str((1, *map(int, shape.split("x")))))
        measure(name, shape, BUILD.replace("NAME", name), peer, "import torch, build on meta")
    measure("Stack", "", "", "", "import torch")


if __name__ == "__main__":
    main()
