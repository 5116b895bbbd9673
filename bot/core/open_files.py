"""How many of the files that this process may have open its connections may take."""

import sys

_SHARE = 4
"""Most of the files that a process may open are left to the bot."""


def connections_within(files: int, wanted: int) -> int:
    """Returns how many connections a port may have in a process that may have so many files
    open: at most as many as are wanted."""
    return max(1, min(wanted, files // _SHARE))


def open_files_limit() -> int:
    """Returns how many files this process may have open."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource  # not there on Windows

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit
