"""Loaded first by every Python of an environment under test.

Snakemake puts its own site-packages at the end of a job's path, so a package that the environment
lacks would be found there. Of other environments nothing but Snakemake itself is found here. At the
end of the job the packages that it imported are noted beside the environment.
"""

import atexit
import os
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

SNAKEMAKE = ("snakemake", "snakemake_interface_")


class OnlySnakemake(FileFinder):
    """What is found in a foreign site-packages."""

    def find_spec(self, fullname, target=None):
        return super().find_spec(fullname, target) if fullname.startswith(SNAKEMAKE) else None


def foreign(folder):
    """A path hook for the site-packages of other environments."""
    if os.path.basename(folder) != "site-packages" or folder.startswith(sys.prefix + os.sep):
        raise ImportError
    return OnlySnakemake(folder, (SourceFileLoader, SOURCE_SUFFIXES))


def note():
    own = (
        name.partition(".")[0]
        for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", "")).startswith(sys.prefix + os.sep)
    )
    with open(f"{sys.prefix}.imported", "a", encoding="utf-8") as file:
        file.write("\n".join(sorted(set(own))) + "\n")


sys.path_hooks.insert(0, foreign)
atexit.register(note)
