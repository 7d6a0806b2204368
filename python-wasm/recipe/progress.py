"""How far a build is: which step of how many runs, what it does, and for how long."""

import contextlib
import threading
import time

#: A step that says nothing for so many seconds is told to be still at work.
HEARTBEAT = 30


class Progress:
    """Numbers the steps of one build as they run."""

    def __init__(self, total, tell=lambda line: print(line, flush=True), clock=time.monotonic):
        self.total = total
        self.begun = 0
        self.tell = tell
        self.clock = clock

    @contextlib.contextmanager
    def step(self, name, about, seconds):
        """Tells a step's begin, its going on, and its end; `seconds` is what it takes on two idle cores."""
        self.begun += 1
        label = f"step {self.begun} of {self.total}: {name}"
        self.tell(f"{label}: {about} (about {spelled(seconds)})")
        begin, over = self.clock(), threading.Event()

        def beat():
            while not over.wait(HEARTBEAT):
                self.tell(f"{label}: for {spelled(self.clock() - begin)} by now")

        watch = threading.Thread(target=beat, daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()
        self.tell(f"{label}: done in {spelled(self.clock() - begin)}")


def spelled(seconds):
    """A duration, as exact as one wants to know it."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
