"""What watch calls with unfinished events: decide, queue, deliver, and tell what became of each."""

from __future__ import annotations

import logging
import os
import queue
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sentiment.alerts.channels import Part
from sentiment.alerts.dead import NAME, read_letters, take_out
from sentiment.alerts.decide import TELL, WAIT, Decision, Told, decide, phase_of, severity_of
from sentiment.alerts.deliver import REPEAT, Clock, Courier
from sentiment.alerts.message import write_message
from sentiment.alerts.outbox import Outbox, only_sender
from sentiment.alerts.post import Outcome
from sentiment.alerts.reach import Reached, reach
from sentiment.alerts.settings import AlertSettings, alert_settings
from sentiment.alerts.split import number_parts
from sentiment.errors import ConfigError, unknown
from sentiment.events import Delivery, Event, Pending

BUSY: Final = timedelta(seconds=5)
FINAL: Final = frozenset({"sent", "skipped", "dead"})
LOG: Final = logging.getLogger("sentiment.alerts")


class Sender:
    """Alerts of one folder. Call it with unfinished events; it yields what becomes of each on each channel.

    Args:
        settings: When to tell, and whom.
        channels: The channels, from :func:`sentiment.alerts.reach.reach`.
        folder: Where the outbox and the dead letters lie.
        lang: ``zh`` or ``en``.
        clock: Tells the time, with a zone.
        seed: Of the jitter between attempts; None: drawn.

    Raises:
        InputError: if the outbox cannot be opened.
    """

    def __init__(
        self,
        settings: AlertSettings,
        channels: Sequence[Reached],
        folder: Path,
        *,
        lang: str = "zh",
        clock: Clock = lambda: datetime.now(UTC),
        seed: int | None = None,
    ) -> None:
        self._settings, self._channels, self._lang, self._clock = settings, tuple(channels), lang, clock
        self._path, self.dead_letters = folder / "alerts.sqlite", folder / NAME
        self._lock = folder / "alerts.lock"
        self._dice = {one.settings.name: random.Random(seed) for one in self._channels}
        self._outbox = Outbox(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Messages that are still to be delivered."""
        outbox = Outbox(self._path)
        try:
            return outbox.pending()
        finally:
            outbox.close()

    def close(self) -> None:
        """Let the outbox go."""
        self._outbox.close()

    def __call__(self, pending: Sequence[Pending]) -> Iterator[Delivery]:
        """Tell events; yields each delivery as soon as its channel has answered.

        Args:
            pending: All unfinished events, in order of the journal.
        """
        if not self._channels:
            for one in pending:
                yield Delivery(one.event.id, "", "skipped", self._clock(), "no channel is configured")
            return
        with only_sender(self._lock) as mine:
            if not mine:
                yield from self._leave(pending)
                return
            outbox = Outbox(self._path)
            try:
                outbox.recover()
                outbox.forget(self._clock())
                for channel in self._channels:
                    yield from self._plan(channel, pending, outbox)
            finally:
                outbox.close()
            yield from self._deliver()

    def resend(self, *, channel: str | None = None) -> int:
        """Queue the dead letters again, all or one channel's; return how many.

        Raises:
            ConfigError: if the channel is not configured.
        """
        names = {one.settings.name for one in self._channels}
        if channel is not None and channel not in names:
            raise ConfigError(unknown("channel", channel, names))
        wanted = names if channel is None else {channel}
        letters = [one for one in read_letters(self.dead_letters) if one["channel"] in wanted]
        for letter in letters:
            self._outbox.revive(letter, self._clock())
        take_out(self.dead_letters, lambda letter: letter["channel"] in wanted)
        return len(letters)

    def drain(self, seconds: float) -> list[Delivery]:
        """Deliver what is queued, waiting between attempts, for at most so long; return what became of it."""
        deadline = time.monotonic() + seconds
        last: dict[tuple[str, str], Delivery] = {}
        while True:
            last |= {(one.event_id, one.channel): one for one in self(())}
            left = deadline - time.monotonic()
            if left <= 0 or not self.pending:
                return list(last.values())
            time.sleep(min(0.5, left))

    def _leave(self, pending: Sequence[Pending]) -> Iterator[Delivery]:
        now = self._clock()
        for one in pending:
            for channel in self._open(one):
                yield Delivery(one.event.id, channel, "failed", now, "another process is sending", now + BUSY)

    def _open(self, one: Pending) -> list[str]:
        done = {delivery.channel for delivery in one.deliveries if delivery.state in FINAL}
        return [channel.settings.name for channel in self._channels if channel.settings.name not in done]

    def _plan(self, channel: Reached, pending: Sequence[Pending], outbox: Outbox) -> Iterator[Delivery]:
        """Decide about the newest event of each incident on a channel; yield what is not sent now."""
        name, now = channel.settings.name, self._clock()
        groups: dict[str, list[Event]] = {}
        for one in pending:
            if name not in self._open(one):
                continue
            state = outbox.state(one.event.id, name)
            if state is None:
                groups.setdefault(one.event.dedup_key, []).append(one.event)
            elif state[0] != "queued":
                yield Delivery(one.event.id, name, state[0], now, state[1])
        for key, events in groups.items():
            yield from self._group(channel, key, events, outbox, now)

    def _group(
        self, channel: Reached, key: str, events: Sequence[Event], outbox: Outbox, now: datetime
    ) -> Iterator[Delivery]:
        """Tell the newest event of an incident, for all that nobody was told of yet."""
        name, newest = channel.settings.name, events[-1]
        told = outbox.told(key, name)
        found = decide(newest, told, channel.settings, self._settings, now)
        for event in events[:-1]:
            yield Delivery(event.id, name, "skipped", now, "superseded")
        if found.what == TELL:
            self._queue(channel, newest, found, told, outbox, now)
        elif found.what == WAIT:
            yield Delivery(newest.id, name, "failed", now, found.reason, found.until)
        else:
            yield Delivery(newest.id, name, "skipped", now, found.reason)

    def _queue(
        self,
        channel: Reached,
        event: Event,
        found: Decision,
        told: Told | None,
        outbox: Outbox,
        now: datetime,
    ) -> None:
        message = write_message(
            event,
            found.action,
            told=told,
            settings=self._settings,
            lang=self._lang,
            markdown=channel.markdown,
        )
        parts = number_parts(message.text, channel.room, cost=channel.cost, reserve=REPEAT)
        over = found.action in ("resolve", "over", "withdrawn", "data_back")
        severity = severity_of(event, self._settings)
        outbox.put(
            event.id,
            channel.settings.name,
            key=event.dedup_key,
            action=found.action,
            title=message.title,
            parts=parts,
            told=Told(now, severity, phase_of(event.incident), open=not over),
        )

    def _deliver(self) -> Iterator[Delivery]:
        """Run the channels beside each other, so that a slow one keeps none of the others waiting."""
        answers: queue.Queue[Delivery | None] = queue.Queue()
        stop = threading.Event()
        threads = [
            threading.Thread(
                target=self._run, args=(channel, answers, stop), name=f"alerts-{channel.settings.name}"
            )
            for channel in self._channels
        ]
        for thread in threads:
            thread.start()
        try:
            left = len(threads)
            while left:
                answer = answers.get()
                if answer is None:
                    left -= 1
                else:
                    yield answer
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _run(self, channel: Reached, answers: queue.Queue[Delivery | None], stop: threading.Event) -> None:
        try:
            outbox = Outbox(self._path)
            try:
                give_up = timedelta(minutes=self._settings.give_up_minutes)
                dice = self._dice[channel.settings.name]
                courier = Courier(channel, outbox, self.dead_letters, give_up, self._clock, dice)
                for delivery in courier.run(stopped=stop.is_set):
                    answers.put(delivery)
            finally:
                outbox.close()
        except Exception:  # one channel's fault may not end the others
            LOG.exception("Channel %s could not be served.", channel.settings.name)
        finally:
            answers.put(None)


def sender(
    table: Mapping[str, Any],
    *,
    folder: str | Path,
    lang: str = "zh",
    env: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Sender:
    """Build the sender from the ``[alerts]`` table of a watch configuration.

    Args:
        table: The table as TOML gives it; an empty one has no channels.
        folder: Folder of the store: outbox and dead letters lie there.
        lang: Language where the table names none.
        env: Environment variables; None: those of this process.
        clock: Tells the time; None: the clock of this machine.

    Raises:
        ConfigError: if a setting is unknown or wrong, or a variable is not set.
        InputError: if the outbox cannot be opened.
    """
    settings = alert_settings({"lang": lang, **table})
    channels = reach(settings, os.environ if env is None else env)
    return Sender(
        settings, channels, Path(folder), lang=settings.lang, clock=clock or (lambda: datetime.now(UTC))
    )


def send_test(channel: Reached, *, settings: AlertSettings, lang: str, now: datetime) -> Outcome:
    """Send one message that says it is a test, with one attempt and without the outbox."""
    event = Event(f"test/{now:%Y%m%dT%H%M%S}", "test", "test", now, None, 0, {})
    message = write_message(event, "test", told=None, settings=settings, lang=lang, markdown=channel.markdown)
    about = {"event_id": event.id, "key": event.dedup_key, "action": "test", "part": 1}
    return channel.attempt(Part(event.id, message.title, message.text, about))
