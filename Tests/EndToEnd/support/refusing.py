"""Runs a command under a seccomp filter that refuses some system calls with EPERM: `refusing.py NAME,… COMMAND…`."""

import ctypes
import errno
import os
import sys

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
PR_SET_NO_NEW_PRIVS = 38


def main(names, command):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    for name in names.split(","):
        number = library.seccomp_syscall_resolve_name(name.encode())
        assert number >= 0 and library.seccomp_rule_add(rules, ctypes.c_uint32(REFUSE), number, 0) == 0, name
    assert ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert library.seccomp_load(rules) == 0
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
