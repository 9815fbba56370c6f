"""A system call filter: no sockets, programs, other processes or their memory.

It lists what is forbidden: a list of what is allowed would break with new versions of
the libraries. Numbers are the kernel's, per processor:
https://man7.org/linux/man-pages/man2/seccomp.2.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import NamedTuple

# fmt: off
FORBIDDEN: dict[str, tuple[int, int | None]] = {  # name: x86_64's number, arm64's
    # the network, including the runtime API on loopback
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200),
    "connect": (42, 203), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211),
    "sendmmsg": (307, 269), "recvfrom": (45, 207), "recvmsg": (47, 212),
    "recvmmsg": (299, 243),
    # other programs and processes; `clone` is allowed for threads only
    "execve": (59, 221), "execveat": (322, 281),
    "fork": (57, None), "vfork": (58, None),
    # memory, descriptors, signals, priority and session of another process
    "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "kcmp": (312, 272),
    "perf_event_open": (298, 241), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "setpgid": (109, 154), "setsid": (112, 157), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # memory and queues that outlive the process
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "semop": (65, 193),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    # parts of the kernel that no decoder needs and that had vulnerabilities
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51),
    "pivot_root": (155, 41), "mount": (165, 40), "umount2": (166, 39),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "fanotify_init": (300, 262), "acct": (163, 89),
    "quotactl": (179, 60), "swapon": (167, 224), "swapoff": (168, 225),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "syslog": (103, 116), "personality": (135, 92), "memfd_secret": (447, 447),
}
SPECIAL: dict[str, tuple[int, int]] = {  # allowed or not by their arguments
    "clone": (56, 220), "clone3": (435, 435), "kill": (62, 129), "tgkill": (234, 131),
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "fcntl": (72, 25),
    "seccomp": (317, 277),
}
# fmt: on


class _Machine(NamedTuple):
    """A processor architecture that Lambda has."""

    column: int
    audit: int  # AUDIT_ARCH_* in linux/audit.h


_MACHINES = {
    "x86_64": _Machine(0, 0xC000003E),
    "aarch64": _Machine(1, 0xC00000B7),
}

# struct seccomp_data: the number, the machine, the instruction, six arguments.
_NUMBER, _MACHINE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000  # SECCOMP_RET_*
_REFUSE = _FAIL | errno.EPERM
_X32 = 0x40000000  # a second table of system calls on x86_64
_CLONE_THREAD = 0x00010000
# A pipe sends its owner a signal whenever something is written to it.
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15

_SET_MODE_FILTER = 1
# For all threads; and without the slower memory access that older kernels combine with
# a filter, against Spectre: https://docs.kernel.org/admin-guide/hw-vuln/spectre.html
_FLAGS = 1 | 4  # SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_SPEC_ALLOW


def forbid() -> str | None:
    """Install the filter permanently; return why the kernel refused it, or None.

    Needs NO_NEW_PRIVS. Forbidden calls then fail with EPERM.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return "not on this system"
    instructions = program(machine.column, machine.audit, os.getpid())
    code = ctypes.create_string_buffer(b"".join(instructions))
    head = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    seccomp = ctypes.c_long(SPECIAL["seccomp"][machine.column])
    mode, flags = ctypes.c_long(_SET_MODE_FILTER), ctypes.c_long(_FLAGS)
    if libc.syscall(seccomp, mode, flags, ctypes.c_char_p(head)) != 0:
        return os.strerror(ctypes.get_errno())
    return None


def program(column: int, audit: int, pid: int) -> list[bytes]:
    """The filter as BPF instructions.

    https://docs.kernel.org/networking/filter.html

    Args:
        column: Of the tables of numbers: 0 for x86_64, 1 for arm64.
        audit: The kernel's number of the architecture.
        pid: The id of this process, which may signal and limit itself.
    """
    calls = {name: numbers[column] for name, numbers in SPECIAL.items()}
    forbidden = [numbers[column] for numbers in FORBIDDEN.values()]
    return [
        _step(_LOAD, _MACHINE),
        _step(_JUMP_EQUAL, audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_JUMP_AT_LEAST, _X32, 0, 1),
        _step(_RETURN, _REFUSE),
        *(step for number in forbidden if number is not None for step in _no(number)),
        # glibc falls back to clone, whose flags a filter can read.
        _step(_JUMP_EQUAL, calls["clone3"], 0, 1),
        _step(_RETURN, _FAIL | errno.ENOSYS),
        _step(_JUMP_EQUAL, calls["clone"], 0, 4),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_JUMP_BITS, _CLONE_THREAD, 1, 0),
        _step(_RETURN, _REFUSE),
        _step(_RETURN, _ALLOW),
        *_only_for(calls["kill"], pid),
        *_only_for(calls["tgkill"], pid),
        *_only_for(calls["prlimit64"], pid, 0),
        *_only_for(calls["sched_setaffinity"], pid, 0),
        *_not_as(calls["fcntl"], _F_SETOWN, _F_SETSIG, _F_SETOWN_EX),
        _step(_RETURN, _ALLOW),
    ]


def _no(number: int) -> list[bytes]:
    return [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _REFUSE)]


def _only_for(number: int, *allowed: int) -> list[bytes]:
    """Allow a call whose first argument is one of these, refuse it otherwise."""
    return _by_argument(number, _FIRST_ARGUMENT, allowed, _ALLOW, _REFUSE)


def _not_as(number: int, *refused: int) -> list[bytes]:
    """Refuse a call whose second argument is one of these, allow it otherwise."""
    return _by_argument(number, _SECOND_ARGUMENT, refused, _REFUSE, _ALLOW)


def _by_argument(
    number: int, argument: int, values: tuple[int, ...], listed: int, other: int
) -> list[bytes]:
    """Decide on a call by whether the argument at an offset is one of the values."""
    return [
        _step(_JUMP_EQUAL, number, 0, len(values) + 3),
        _step(_LOAD, argument),
        *(
            _step(_JUMP_EQUAL, value, len(values) - index, 0)
            for index, value in enumerate(values)
        ),
        _step(_RETURN, other),
        _step(_RETURN, listed),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
