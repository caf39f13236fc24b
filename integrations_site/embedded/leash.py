"""Runs one program and ends it when the process that wanted it is gone. Run as a script: ``leash.py GRACE PROGRAM…``.

Standard input is the read end of a pipe whose write end only the supervisor holds. The pipe closes when the
supervisor ends, even by a kill -9, and the leash then ends the program. Unlike Linux's parent-death signal
this works on every Unix, and it reaches the program's own children too. The leash leads a process group of
its own, in which the program runs.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

_supervisor_is_gone = threading.Event()


def main(grace: float, command: list[str]) -> int:
    """Run the command; answer with its exit code, or with 128 and the signal that killed it.

    SIGTERM goes to the program alone, which knows how to end its own children.
    """
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the supervisor's command
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        return 127

    def pass_on(number: int, frame: FrameType | None) -> None:
        program.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    threading.Thread(target=_end_with_supervisor, args=(program, grace), daemon=True).start()
    code = program.wait()
    if _supervisor_is_gone.is_set():
        _kill_group()
    return code if code >= 0 else 128 - code


def _end_with_supervisor(program: subprocess.Popen[bytes], grace: float) -> None:
    # Not through sys.stdin, whose lock a waiting thread would keep from the interpreter at its end.
    os.read(0, 1)
    _supervisor_is_gone.set()
    program.terminate()
    time.sleep(grace)
    _kill_group()


def _kill_group() -> None:
    """Kill whatever is left of the group, this process included."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
