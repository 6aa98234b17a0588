"""Events from the journal to people, in a thread of its own, so that a slow server delays no detection.

The store says what is still to be told; this thread may die at any point. What was answered but not yet
written down when the process died is handed to the sender again, under the same event id.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sentiment.events import Delivery, Event, Pending, Send
from sentiment.store import Writer
from sentiment.store.incidents import now

AGAIN_SECONDS: Final = 60.0
"""Seconds until a sender that raised is asked again."""
Say = Callable[..., None]


def tell(
    store: Writer, send: Send, *, at: datetime | None = None, say: Say = lambda *_, **__: None
) -> float | None:
    """Hand the unfinished events to the sender once.

    Args:
        store: The store.
        send: Tries the channels, see :data:`sentiment.events.Send`.
        at: Now.
        say: Told of every delivery.

    Returns:
        Seconds until the next try is due; None where everything is finished.
    """
    at = at or now()
    pending = store.pending()
    if not any(_is_due(one, at) for one in pending):
        return _wait(pending, at)
    latest = {one.event.id: {known.channel: known for known in one.deliveries} for one in pending}
    for delivery in send(pending):
        store.record(delivery)
        latest.setdefault(delivery.event_id, {})[delivery.channel] = delivery
        say("delivery", **delivery.to_dict())
    finished = [one.event for one in pending if _is_finished(latest[one.event.id].values())]
    store.finish(finished)
    return _wait(store.pending(), at)


def send_nowhere(pending: Sequence[Pending]) -> Iterator[Delivery]:
    """Stand in for alerts where none are set up: the journal says that nobody was to be told."""
    for one in pending:
        yield Delivery(one.event.id, "", "skipped", now(), "no channel is set up")


class Teller(threading.Thread):
    """Tells events as they come until it is stopped.

    Args:
        store: The store.
        send: Tries the channels.
        say: Told of deliveries and failures.
    """

    def __init__(self, store: Writer, send: Send, say: Say) -> None:
        super().__init__(name="sentiment-teller", daemon=True)
        self._store, self._send, self._say = store, send, say
        self._news = threading.Event()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Tell what there is, then wait for news or for the next try."""
        while not self._stopped.is_set():
            try:
                wait = tell(self._store, self._send, say=self._say)
            except Exception as error:
                self._say("alerts failed", level="error", error=f"{type(error).__name__}: {error}")
                wait = AGAIN_SECONDS
            self._news.wait(wait)
            self._news.clear()

    def nudge(self) -> None:
        """Say that there is news."""
        self._news.set()

    def stop(self, *, patience: float) -> None:
        """Let the message being sent be sent, at most for so many seconds."""
        self._stopped.set()
        self._news.set()
        self.join(patience)


def _is_due(one: Pending, at: datetime) -> bool:
    failed = [known for known in one.deliveries if known.state == "failed"]
    return (
        not one.deliveries
        or not failed
        or any(known.retry_at is None or known.retry_at <= at for known in failed)
    )


def _is_finished(known: Iterable[Delivery]) -> bool:
    states = [one.state for one in known]
    return bool(states) and "failed" not in states


def _wait(pending: Sequence[Pending], at: datetime) -> float | None:
    """Return the seconds until a try is due; None where there is nothing to try."""
    tries = [known.retry_at for one in pending for known in one.deliveries if known.retry_at is not None]
    if not pending:
        return None
    return max(1.0, min(((one - at).total_seconds() for one in tries), default=AGAIN_SECONDS))


def no_data_event(since: datetime, at: datetime, last_post: str | None, *, over: bool) -> Event:
    """Return the event that posts stopped coming, or that they come again."""
    key = f"no_data-{since:%Y%m%dT%H%M}"
    facts: dict[str, Any] = {
        "since": since.isoformat(),
        "minutes": round((at - since).total_seconds() / 60),
        "last_post": last_post,
    }
    kind, note = ("resolve", "data_back") if over else ("no_data", "")
    return Event(f"{key}/{kind}", kind, key, at, None, 0, facts, note)
