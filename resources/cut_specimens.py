"""Cut the patches on which an exported network is checked: two lesions of the demo, by its rules.

`python resources/cut_specimens.py` rewrites workflow/resources/specimens.npz.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SPECIMENS = ROOT / "workflow" / "resources" / "specimens.npz"
PATCHES = {
    "CT_AP": "results/roi/P001/CT/AP/patches.npz",
    "MRI_T2WI": "results/roi/P002/MRI/T2WI/patches.npz",
}


def main() -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *PATCHES.values()]
    subprocess.run(command, cwd=ROOT, check=True)
    cut = {name: np.load(ROOT / path)["reader1"] for name, path in PATCHES.items()}
    np.savez_compressed(SPECIMENS, **cut)


if __name__ == "__main__":
    main()
