"""A failure that may pass, and why it came: what is done about it is decided by that."""

from __future__ import annotations

from enum import Enum, auto


class Cause(Enum):
    """Why a try failed."""

    NEVER_REACHED = auto()
    """No connection: the site cannot have heard of it."""
    TURNED_AWAY = auto()
    """The site takes no requests for now (429, 503): it did nothing."""
    BROKE_OFF = auto()
    """The connection ended before the answer was complete."""
    OUT_OF_TIME = auto()
    """The site ran out of time: it may manage when it is asked for less."""
    SERVER_ERROR = auto()
    PAGE = auto()
    """A web page came instead of JSON."""
    BROKEN_JSON = auto()


class TransientError(Exception):
    """A failure that may pass: it is worth another try. It never reaches a user."""

    def __init__(
        self,
        said: str,
        cause: Cause,
        *,
        wait: float | None = None,
        do: str = "run it again when the site is well",
    ) -> None:
        super().__init__(said)
        self.cause = cause
        self.wait = wait
        """Seconds that the site asks to wait."""
        self.do = do
        """The next step, when it does not pass."""
        self.path: str | None = None
        """What was asked for, if it was not the call itself but its token."""

    @property
    def may_have_acted(self) -> bool:
        """Whether the site may have done what the call asks for."""
        return self.path is None and self.cause not in (Cause.NEVER_REACHED, Cause.TURNED_AWAY)
