"""Worker processes: started when needed, replaced when they die, gone when we go."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from sentiment.engines.worker import Piece, receive, send
from sentiment.errors import SentimentError

RETRIES: Final = 2
"""Times a piece is given to a new worker after one died over it."""
_PROGRAM: Final = (
    "import sys; sys.path.append(sys.argv[1]); from sentiment.engines.worker import main; main()"
)
_LOG: Final = logging.getLogger("sentiment.engines")


class Workers:
    """Worker processes, each spoken to by whichever thread took it: as many as threads ask at once.

    A worker that dies is replaced and its piece done again, twice at most; each death is a warning in the
    log ``sentiment.engines``.

    Args:
        program: Command that starts a worker; None: :mod:`sentiment.engines.worker`.
    """

    def __init__(self, *, program: list[str] | None = None) -> None:
        self._program = program or [sys.executable, "-P", "-c", _PROGRAM, str(Path(__file__).parents[2])]
        self._free: list[subprocess.Popen[bytes]] = []
        self._all: list[subprocess.Popen[bytes]] = []
        self._stopped = False
        self._starting = threading.Lock()
        self.deaths = 0

    def run(self, piece: Piece) -> None:
        """Have a piece done, by a free worker or a new one.

        Raises:
            SentimentError: if workers keep dying over it, or it cannot be done.
        """
        for attempt in range(RETRIES + 1):
            worker = self._take()
            try:
                answer = _ask(worker, piece)
            except (EOFError, OSError, ValueError) as error:
                if self._stopped:
                    raise SentimentError("Stopped.") from None
                if isinstance(error, ValueError):  # not of a pipe that stop() closed
                    raise
                code = worker.wait()
                self.deaths += 1
                again = f"its posts are done again ({attempt + 1} of {RETRIES})" if attempt < RETRIES else ""
                _LOG.warning("A worker process died (exit status %d); %s.", code, again or "giving up")
                continue
            self._free.append(worker)
            if answer is not None:
                raise answer
            return
        raise SentimentError(
            f"Worker processes died {RETRIES + 1} times over the same posts; where memory is short, "
            "use fewer of them (--jobs)."
        )

    def _take(self) -> subprocess.Popen[bytes]:
        try:
            return self._free.pop()  # of two threads that see one free worker, one gets it
        except IndexError:
            return self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # under a lock, so that stop() sees every worker there will ever be
        with self._starting:
            if self._stopped:
                raise SentimentError("Stopped.")
            # a session of its own: Ctrl-C is for whoever asked, the worker ends when its stdin does
            worker = subprocess.Popen(
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ},
                start_new_session=True,
            )
            self._all.append(worker)
        return worker

    def stop(self) -> None:
        """End all workers at once; what they were writing stays unfinished under another name."""
        with self._starting:
            self._stopped = True
        for worker in self._all:
            worker.kill()
        for worker in self._all:
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        continue  # what a dead worker had not yet read


def _ask(worker: subprocess.Popen[bytes], piece: Piece) -> Exception | None:
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    send(worker.stdin, piece)
    answer: Exception | None = receive(worker.stdout)
    return answer
