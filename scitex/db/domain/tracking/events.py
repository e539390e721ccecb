"""What a run says about itself, in an order that does not matter twice."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar

import attrs


@attrs.frozen
class Started:
    """
    A run began, or was taken up again.

    Attributes
    ----------
    run, name : str
    config, tags : str
        As JSON.
    parent : str or None
    began : str
        By the clock on the wall, ISO 8601.
    moment : int
        Microseconds since 1970, UTC.
    host, process : str
    origin, facts : str or None
        What it was started by: the name of these facts, and the facts as JSON.
    resumed : bool
    """

    kind: ClassVar[str] = "started"
    run: str
    name: str | None
    config: str
    tags: str
    parent: str | None
    began: str
    moment: int
    host: str
    process: str
    origin: str | None = None
    facts: str | None = None
    resumed: bool = False


Point = tuple[str, str, int, int, float | None, str | None, int]
# of a run: its id, the metric, the number of the point, step, value, marker, microseconds


@attrs.frozen
class Measured:
    """
    Metrics of runs, in the order in which they were logged.

    Attributes
    ----------
    writer : str
        Who logged them; with the run and a point's number it makes the point known again.
    points : list of tuple
    """

    kind: ClassVar[str] = "measured"
    writer: str
    points: list[Point]


@attrs.frozen
class Tagged:
    """Tags of a run: JSON of those that are set, None for those that go."""

    kind: ClassVar[str] = "tagged"
    run: str
    tags: str


@attrs.frozen
class Filed:
    """
    Something a run keeps whole.

    Attributes
    ----------
    run, name : str
    what : {"file", "array"}
    sha256 : str
    moment : int
    data : bytes
    """

    kind: ClassVar[str] = "filed"
    run: str
    name: str
    what: str
    sha256: str
    moment: int
    data: bytes = attrs.field(repr=False)


@attrs.frozen
class Ended:
    """
    A run is over.

    Attributes
    ----------
    run, status : str
    ended : str
        By the clock on the wall, ISO 8601.
    moment : int
    """

    kind: ClassVar[str] = "ended"
    run: str
    status: str
    ended: str
    moment: int


@attrs.frozen
class Over:
    """
    A whole run that is over.

    Attributes
    ----------
    run, name : str
    config, metrics : str
        As JSON.
    began : str or None
    ended : str
        By the clock on the wall, ISO 8601.
    moment : int
    host, process : str
    origin, facts : str or None
        As of `Started`.
    """

    kind: ClassVar[str] = "over"
    run: str
    name: str | None
    config: str
    metrics: str
    began: str | None
    ended: str
    moment: int
    host: str
    process: str
    origin: str | None = None
    facts: str | None = None


Event = Started | Measured | Tagged | Filed | Ended | Over
_KINDS: dict[str, Any] = {
    each.kind: each for each in (Started, Measured, Tagged, Filed, Ended, Over)
}


def line(event: Event) -> str:
    """
    Spell an event as one line of JSON.

    Examples
    --------
    >>> line(Tagged("a", "{}"))
    '{"kind": "tagged", "run": "a", "tags": "{}"}'
    """
    told = attrs.asdict(event, recurse=False)
    if isinstance(event, Filed):
        told["data"] = base64.b64encode(event.data).decode()
    return json.dumps({"kind": event.kind, **told}, allow_nan=True)


def read(text: str) -> Event:
    """
    Read what `line` wrote.

    Raises
    ------
    ValueError
        If it is anything else, such as a line that was not written to its end.

    Examples
    --------
    >>> read(line(Tagged("a", "{}")))
    Tagged(run='a', tags='{}')
    """
    told = json.loads(text)
    if not isinstance(told, dict) or told.get("kind") not in _KINDS:
        raise ValueError(f"no event: {text[:80]}")
    made = _KINDS[told.pop("kind")]
    if made is Filed:
        told["data"] = base64.b64decode(told["data"])
    if made is Measured:
        told["points"] = list(map(tuple, told["points"]))
    try:
        found: Event = made(**told)
    except TypeError as error:
        raise ValueError(f"no event: {text[:80]}") from error
    return found
