"""A filter of system calls as systemd sets one up for a service, for a process of a test.

As a program, `python system_call_filter.py 'LINE' … -- PROGRAM ARGUMENT …`: each LINE is the value
of a SystemCallFilter= of a unit, and PROGRAM takes the place of this process, under the filter.
What the filter forbids fails with EPERM, as with SystemCallErrorNumber=EPERM.
"""

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Iterable
from struct import pack

from system_calls import NUMBERS, SETS

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_… of linux/audit.h."""
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_PLACE_OF_NUMBER, _PLACE_OF_ARCHITECTURE = 0, 4

IS_KNOWN = sys.platform == "linux" and platform.machine() in _ARCHITECTURES
"""Whether filters can be made for this machine."""


def allowed(lines: Iterable[str]) -> set[str]:
    """Returns the names of the calls that the lines of a unit allow; the first line begins with
    none.
    """
    names: set[str] = set()
    for line in lines:
        is_denied = line.startswith("~")
        for word in line.removeprefix("~").split():
            members = SETS[word] if word.startswith("@") else {word}
            names = names - members if is_denied else names | members
    return names


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _instructions(names: Iterable[str]) -> bytes:
    machine = platform.machine()
    known = NUMBERS[machine]
    numbers = sorted(known[name] for name in names if name in known)
    program = [
        (_LOAD_WORD, 0, 0, _PLACE_OF_ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _FAIL),
        (_LOAD_WORD, 0, 0, _PLACE_OF_NUMBER),
    ]
    for number in numbers:
        program += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    program.append((_RETURN, 0, 0, _FAIL))
    return b"".join(pack("=HBBI", *instruction) for instruction in program)


def install(lines: Iterable[str]) -> None:
    """Puts this process and all that it starts under a filter, for good. Raises OSError."""
    content = _instructions(allowed(lines))
    buffer = ctypes.create_string_buffer(content, len(content))
    program = _Program(len(content) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    for arguments in (
        (_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero),
        (_SET_SECCOMP, ctypes.c_ulong(_FILTER_MODE), ctypes.byref(program), zero, zero),
    ):
        if prctl(*arguments):
            raise OSError(ctypes.get_errno(), "the filter is not taken")


def main(arguments: list[str]) -> None:
    end = arguments.index("--")
    install(arguments[:end])
    os.execvp(arguments[end + 1], arguments[end + 1 :])  # noqa: S606 - what the test asks for


if __name__ == "__main__":
    main(sys.argv[1:])
