"""A disk that takes five milliseconds longer for every fsync, for the programs that one starts.

With a C compiler at hand it is a library put in front of the C library's fsync and fdatasync, so
that SQLite itself waits, and whatever else is measured beside it. Without one there is none. Where
`SLOW_DISK_TELLS` is set it writes SYNCED and a line's end to standard error after each of them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

MILLISECONDS = 5
SYNCED = "synced"
_SOURCE = f"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int later(const char *name, int file) {{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    usleep({MILLISECONDS * 1000});
    int failed = real(file);
    if (!failed && getenv("SLOW_DISK_TELLS")) dprintf(2, "{SYNCED}\\n");
    return failed;
}}
int fsync(int file) {{ return later("fsync", file); }}
int fdatasync(int file) {{ return later("fdatasync", file); }}
"""


def environment(folder: Path) -> dict[str, str] | None:
    """What a program needs in its environment to have that disk; None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(_SOURCE, encoding="ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}
