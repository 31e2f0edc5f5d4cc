"""Whether this Python can install requirements.lock: `make setup` asks before it begins.

Whatever Python there is runs it: nothing here is newer than Python 3.6.
"""

import os
import platform
import shutil
import sys
import sysconfig

OLDEST = (3, 11)
COMPILED_FROM = (3, 14)  # the Python that immutables and pyjpegls have no wheels for yet
OTHER = "or name another Python: make setup PYTHON=python3.13"


def problems(version, system, machine, compiler, headers):
    """What is in the way, each with the way out.

    `version` of Python, `system` and `machine` as `platform` names them; `compiler`: whether one
    for C and one for C++ are there; `headers`: whether Python's are.
    """
    name = ".".join(map(str, version[:2]))
    if version[:2] < OLDEST:
        return [f"radfuse needs Python 3.11 or newer, and this is {name}: install one, {OTHER}"]
    found = []
    if system == "Darwin" and machine == "x86_64":
        found.append(
            "PyTorch has no packages for Macs with an Intel processor any more: take one with an "
            "Apple processor, or Linux."
        )
    if version[:2] >= COMPILED_FROM and not (compiler and headers):
        lacks = "Python's headers are" if compiler else "a C++ compiler is"
        found.append(
            f"For Python {name} two packages are compiled (immutables, pyjpegls), and {lacks} not "
            "here. Debian, Ubuntu: apt install build-essential python3-dev; macOS: xcode-select "
            f"--install; {OTHER}"
        )
    return found


if __name__ == "__main__":
    compilers = [sysconfig.get_config_var(each) or "c++" for each in ("CC", "CXX")]
    told = problems(
        tuple(sys.version_info),
        platform.system(),
        platform.machine(),
        all(shutil.which(command.split()[0]) for command in compilers),
        os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    )
    sys.exit("\n".join(told) or 0)
