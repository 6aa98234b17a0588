"""One channel's queue, sent in order: pace, retries, backoff, and the dead letters in the end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from sentiment.alerts.channels import RATE, Part
from sentiment.alerts.dead import add_letter
from sentiment.alerts.outbox import Outbox, Queued
from sentiment.alerts.post import Outcome
from sentiment.alerts.settings import ChannelSettings
from sentiment.events import Delivery

FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 300.0
FEWEST_ATTEMPTS: Final = 3
"""A message that waited long because nobody was running gets so many attempts all the same."""
REPEAT: Final = "（重发，可能已收到 / sent again, perhaps received）\n"
"""Before a part of which nobody knows whether it arrived."""

Clock = Callable[[], datetime]


class Sending(Protocol):
    """A channel that can make an attempt."""

    @property
    def settings(self) -> ChannelSettings:
        """What it was made from."""

    def attempt(self, part: Part) -> Outcome:
        """Send a part and say what became of it."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers the queue of one channel.

    Attributes:
        channel: Where to.
        outbox: The queue; this courier's own connection.
        dead: File of the dead letters.
        give_up: How long a message is tried.
        clock: Tells the time.
        dice: Draws the jitter.
    """

    channel: Sending
    outbox: Outbox
    dead: Path
    give_up: timedelta
    clock: Clock
    dice: random.Random

    def run(self, *, stopped: Callable[[], bool] = lambda: False) -> Iterator[Delivery]:
        """Send what is due, in order; yield what became of each message, then of those that must wait."""
        while not stopped():
            part = self.outbox.head(self.channel.settings.name)
            if part is None:
                return
            due = max(part.due, self._free())
            if due > self.clock():
                yield from self._waiting(due)
                return
            self.outbox.begin(part)
            outcome = self.channel.attempt(self._part(part))
            delivery = self._settle(part, outcome)
            if delivery:
                yield delivery

    def _part(self, part: Queued) -> Part:
        about = {"event_id": part.event_id, "key": part.key, "action": part.action, "part": part.n}
        text = REPEAT + part.text if part.repeat else part.text
        return Part(f"{part.event_id}#{part.n}", part.title, text, about)

    def _settle(self, part: Queued, outcome: Outcome) -> Delivery | None:
        now = self.clock()
        if outcome.ok:
            complete = self.outbox.done(part, now)
            return self._tell(part.event_id, "sent", now) if complete else None
        tired = part.attempts + 1 >= FEWEST_ATTEMPTS and now - part.created >= self.give_up
        if tired or not outcome.again:
            return self._bury(part, outcome, now)
        due = now + timedelta(seconds=self._wait(part.attempts, outcome.wait))
        self.outbox.later(part, due, outcome.sentence, unsure=outcome.unsure)
        return None

    def _wait(self, attempts: int, asked: float | None) -> float:
        """Return seconds until the next attempt: doubled each time, jittered, never less than asked."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts, 20))
        return max(self.dice.uniform(longest / 2, longest), asked or 0.0)

    def _bury(self, part: Queued, outcome: Outcome, now: datetime) -> Delivery:
        letter = self.outbox.letter(part.message)
        more = {"schema": 1, "at": now.isoformat(), "error": outcome.sentence}
        add_letter(self.dead, {**more, **letter})
        self.outbox.bury(part.message, outcome.sentence)
        return self._tell(part.event_id, "dead", now, outcome.sentence)

    def _free(self) -> datetime:
        """Return when the robot takes another message: makers count the messages of a minute."""
        rate = RATE.get(self.channel.settings.kind)
        now = self.clock()
        if rate is None:
            return now
        minute = timedelta(seconds=60)
        sent = self.outbox.sent_since(self.channel.settings.name, now - minute)
        return now if len(sent) < rate else sent[-rate] + minute

    def _waiting(self, due: datetime) -> Iterator[Delivery]:
        now = self.clock()
        for event_id in self.outbox.open_events(self.channel.settings.name):
            state = self.outbox.state(event_id, self.channel.settings.name)
            yield self._tell(event_id, "failed", now, state[1] if state and state[1] else "in the queue", due)

    def _tell(
        self, event_id: str, state: str, at: datetime, detail: str = "", retry_at: datetime | None = None
    ) -> Delivery:
        return Delivery(event_id, self.channel.settings.name, state, at, detail, retry_at)
