"""What the deep features of one image cost, and how that divides: on a CPU, and on a GPU if any.

    .venv/bin/python tests/bench/extraction/run.py [ARCHITECTURE]

One job as a study has them, an image with three outlines (ResNet-50, whose weights are drawn at
random: they change no time), in a process of its own; then the same network in one process that
goes on, image after image. `make bench` runs it. Nothing is asserted; where there is a GPU it also
prints how far its features and the CPU's are apart.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

ARCHITECTURE = "resnet50"
REPEATS, SECONDS = 5, 5
STEPS = ("start", "imports", "network", "features")
BESIDE = {"cpu": "network.onnx", "cuda": "weights.safetensors"}


def job(device: str, folder: Path, born: float) -> dict[str, float]:
    """Seconds of each step of this process, which was started at `born`; and images per second in
    one that goes on."""
    marks = [born, time.time()]
    if device == "cpu":
        from radfuse.features.inference import (
            deep_features,
            load_network,
            read_patches,
            read_record,
        )

        marks.append(time.time())
        spec = read_record(folder / "backbone.json")["input"]
        network = load_network(folder / BESIDE[device], threads=1)

        def embed(patches: list) -> np.ndarray:
            return deep_features(network, patches, spec)
    else:
        from radfuse.features.backbone import computing_device, load_saved
        from radfuse.features.exporting import torch_features
        from radfuse.features.inference import read_patches, read_record

        marks.append(time.time())
        described = read_record(folder / "backbone.json")
        place = computing_device(device)
        loaded = load_saved(described["architecture"], folder / BESIDE[device]).to(place)

        def embed(patches: list) -> np.ndarray:
            return torch_features(loaded, patches, described["input"], place)

    marks.append(time.time())
    patches = list(read_patches(folder / "patches.npz").values())
    values = embed(patches)
    marks.append(time.time())
    np.save(folder / f"{device}.npy", values)
    begin, images = time.time(), 0
    while time.time() < begin + SECONDS:
        embed(patches)
        images += 1
    steps = dict(zip(STEPS, np.diff(marks).tolist(), strict=True))
    return {**steps, "images_per_second": images / (time.time() - begin)}


def measure(device: str, folder: Path) -> dict[str, float]:
    """Medians of `job` over some processes."""
    command = [sys.executable, __file__, "--job", device, str(folder)]
    runs = []
    for _ in range(REPEATS):
        done = subprocess.run(
            [*command, str(time.time())], check=True, capture_output=True, text=True
        )
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def prepare(folder: Path, architecture: str) -> None:
    """The exported network, and one image's patches for three outlines."""
    import export_backbone

    export_backbone.main(
        backbone={"architecture": architecture, "weights": "random_for_tests", "sha256": None},
        downloaded=None,
        network=str(folder / BESIDE["cpu"]),
        record=str(folder / "backbone.json"),
        weights=str(folder / BESIDE["cuda"]),
        threads=len(os.sched_getaffinity(0)),
    )
    first = export_backbone.specimens()[0]
    np.savez(folder / "patches.npz", reader1=first, repeat=first[:-1], reader2=first[:, :-1])


def devices() -> list[str]:
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def main(architecture: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, architecture)
        print(
            f"| {architecture} | {' | '.join(STEPS)} | a job | images per second of one process |"
        )
        print("|---" * (len(STEPS) + 3) + "|")
        for device in devices():
            found = measure(device, folder)
            steps = " | ".join(f"{found[step]:.2f} s" for step in STEPS)
            total = sum(found[step] for step in STEPS)
            print(f"| {device} | {steps} | {total:.2f} s | {found['images_per_second']:.2g} |")
        if "cuda" in devices():
            cpu, gpu = (np.load(folder / f"{device}.npy") for device in ("cpu", "cuda"))
            apart = np.abs(cpu - gpu).max() / np.abs(cpu).max()
            print(f"\nCPU and GPU differ by {apart:.1e} of the largest activation")
        else:
            print("\nNo GPU here: device: cuda was not measured")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        device, folder, born = sys.argv[2:]
        print(json.dumps(job(device, Path(folder), float(born))))
    else:
        main(*sys.argv[1:] or [ARCHITECTURE])
