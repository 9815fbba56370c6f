"""What code in the decoder would try: Python programs to run there.

Each sets `result` if it succeeds. `{secret}` is a file that the decoder must not read,
`{port}` the port of a listener on loopback, like that of the runtime API.
"""

from __future__ import annotations

NETWORK = {
    "ask the runtime API for the next invocation": """
import urllib.request
address = "http://127.0.0.1:{port}/2018-06-01/runtime/invocation/next"
result = urllib.request.urlopen(address, timeout=60).read()
""",
    "open a datagram socket": """
import socket
result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
""",
    "open a local socket": """
import socket
result = socket.socketpair()
""",
    "reach sockets by io_uring": """
import ctypes
ring = ctypes.create_string_buffer(256)
result = ctypes.CDLL(None, use_errno=True).syscall(425, 1, ring)
if result < 0: raise OSError(ctypes.get_errno())
""",
}

PROCESSES = {
    "run a program": """
import os
child = os.posix_spawn("/bin/true", ["true"], {{}})
result = os.waitpid(child, 0)
""",
    "fork": """
import os
child = os.fork()
if not child: os._exit(0)
result = os.waitpid(child, 0)
""",
    "signal the function": """
import os
os.kill(os.getppid(), 0)
result = True
""",
    "lower the function's limits": """
import os, resource
result = resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
""",
    "trace the function": """
import ctypes, os
libc, function = ctypes.CDLL(None, use_errno=True), os.getppid()
if libc.ptrace(0x4206, function, 0, 0): raise OSError(ctypes.get_errno())
libc.ptrace(17, function, 0, 0)
result = True
""",
    "have its pipe send the function a signal": """
import fcntl, os, signal
end = os.pipe()[0]
fcntl.fcntl(end, fcntl.F_SETOWN, os.getppid())
fcntl.fcntl(end, 10, signal.SIGKILL)  # F_SETSIG
result = True
""",
    "choose the function's processor": """
import os
os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))
result = True
""",
    "read the function's memory": """
import ctypes, os
class Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
buffer = ctypes.create_string_buffer(8)
here = Vector(ctypes.addressof(buffer), 8)
maps = open(f"/proc/{{os.getppid()}}/maps").readline()
there = Vector(int(maps.split("-")[0], 16), 8)
libc = ctypes.CDLL(None, use_errno=True)
result = libc.process_vm_readv(
    os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
if result < 0: raise OSError(ctypes.get_errno())
""",
    "read the function's environment": """
import os
result = open(f"/proc/{{os.getppid()}}/environ", "rb").read()
""",
    "use the other table of system calls": """
import ctypes
result = ctypes.CDLL(None, use_errno=True).syscall(0x40000000 + 39)
if result < 0: raise OSError(ctypes.get_errno())
""",
}

FILES = {
    "read a file of another process": """
result = open("{secret}").read()
""",
    "list other decoders' folders": """
import os
result = os.listdir("/tmp")
""",
    "write outside its folder": """
import os
name = f"/tmp/not-mine-{{os.getpid()}}"
open(name, "w").close()
os.remove(name)
result = name
""",
    "write a file of 256 MB": """
import os
name = os.path.join(os.environ["TMPDIR"], "large")
with open(name, "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 256 * 1024 * 1024)
os.remove(name)
result = name
""",
    "leave shared memory behind": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
result = libc.shmget(0, 4096, 0o1600)
if result < 0: raise OSError(ctypes.get_errno())
libc.shmctl(result, 0, None)
""",
    "use more memory than allowed": """
import mmap
result = len(mmap.mmap(-1, 4 * 1024 ** 3))
""",
}

ATTEMPTS = {**NETWORK, **PROCESSES, **FILES}

ONLY_X86 = ("use the other table of system calls",)
"""Other processors have no such table; most kernels have none on x86_64 either."""
