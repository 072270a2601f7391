"""Runs a command under the system call filter of a systemd unit: `sandbox.py FILTER.json COMMAND…`.

The filter is what systemd makes of SystemCallFilter=, RestrictAddressFamilies=, RestrictNamespaces= and
MemoryDenyWriteExecute= (systemd.exec(5)), put together by libseccomp as systemd does."""

import ctypes
import errno
import json
import os
import sys

ALLOW = 0x7FFF0000
EQUAL, MASKED = 4, 7
PR_SET_NO_NEW_PRIVS = 38
NAMESPACES = 0x7E020080
WRITE, EXECUTE = 2, 4


def refuse(number):
    return 0x00050000 | number


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


class Filter:
    def __init__(self):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.seccomp_init(refuse(errno.EPERM)))

    def rule(self, action, name, *comparisons):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return
        array = (Comparison * len(comparisons))(*comparisons)
        result = self.library.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), array)
        assert result == 0, f"{name}: {os.strerror(-result)}"

    def load(self):
        result = self.library.seccomp_load(self.context)
        assert result == 0, os.strerror(-result)


def main(path, command):
    wanted = json.load(open(path))
    rules = Filter()
    restricted = {"clone", "clone3", "unshare", "setns", "socket", "mmap", "mprotect", "pkey_mprotect"}
    for name in wanted["calls"]:
        if name not in restricted:
            rules.rule(ALLOW, name)
    for family in wanted["families"]:
        rules.rule(ALLOW, "socket", Comparison(0, EQUAL, family, 0))
    # No namespaces; clone3 fails as unknown, because a filter cannot inspect its arguments.
    rules.rule(ALLOW, "clone", Comparison(0, MASKED, NAMESPACES, 0))
    rules.rule(ALLOW, "unshare", Comparison(0, MASKED, NAMESPACES, 0))
    rules.rule(refuse(errno.ENOSYS), "clone3")
    # No memory that is both writable and executable, and none that becomes executable.
    for bits in (0, WRITE, EXECUTE):
        rules.rule(ALLOW, "mmap", Comparison(2, MASKED, WRITE | EXECUTE, bits))
    for name in ("mprotect", "pkey_mprotect"):
        rules.rule(ALLOW, name, Comparison(2, MASKED, EXECUTE, 0))
    assert ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    rules.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
