"""Becomes a container's program, which ends when the rehearsal does: `run.py <parent> <program> <argument>...`.

Started without the site's packages: it has to be quick.
"""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 65535
_LINUX = sys.platform == "linux"

if __name__ == "__main__":
    parent, program, *arguments = sys.argv[1:]
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # A shell's 1024 are too few connections; Fargate has 65535.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_OPEN_FILES, most), most))
    # The parent may have ended before the line above.
    if os.getppid() == int(parent):
        os.execvp(program, [program, *arguments])
