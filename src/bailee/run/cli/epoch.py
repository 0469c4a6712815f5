"""`bailee epoch`: list, destroy.  What ends never comes back, so it takes two people."""

from typing import TYPE_CHECKING, Annotated

import typer

from bailee import errors
from bailee.clock import rfc3339
from bailee.logs.acts import DestroyEpoch, ListEpochs
from bailee.run.cli import frame, option, spoken
from bailee.text import say
from bailee.vault import epoch as months

if TYPE_CHECKING:
    from bailee.logs.acts import Ending, EpochDestroyed, Month, PartOfMonth

app = spoken.noun("epoch")

_MINUTE_MS = 60_000
_WAITS = {"asked", "needs-another", "waiting", "clock-jumped"}
_LISTED = (
    "month",
    "names",
    "names_until",
    "text",
    "text_until",
    "identifiers",
    "batches",
    "lines",
    "bytes",
)
_STEPS = ("month", "part", "state", "from", "until")

Epoch = Annotated[
    str | None, typer.Option("--epoch", metavar="YYYY-MM", help=say("help.epoch_month"))
]
OfClient = Annotated[
    str | None, typer.Option("--client", metavar="LABEL", help=say("help.epoch_client"))
]
Names = Annotated[bool, typer.Option("--names", help=say("help.epoch_names"))]
Text = Annotated[bool, typer.Option("--text", help=say("help.epoch_text"))]
Due = Annotated[bool, typer.Option("--due", help=say("help.epoch_due"))]
Withdraw = Annotated[bool, typer.Option("--withdraw", help=say("help.epoch_withdraw"))]


@spoken.act(app, "list", "epoch_list")
def list_(*, client: option.Client, purpose: option.Purpose = None) -> int:
    """Show the months of custody, and until when what of each can be read."""
    with frame.opened() as house:
        answer = house.caller.call(ListEpochs(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show([_month(one) for one in answer], columns=_LISTED)
    if any(part.life == "due" for one in answer for part in (one.names, one.text)):
        frame.tell("ending.due")
    for one in answer:
        for name, part in (("names", one.names), ("text", one.text)):
            if part.asked_from_ms is not None and part.asked_until_ms is not None:
                frame.tell(
                    f"ending.asked-{name}",
                    month=months.text_of(one.epoch),
                    start=_from(part.asked_from_ms),
                    end=_until(part.asked_until_ms),
                )
    return 0


def _month(one: "Month") -> frame.Record:
    return {
        "month": months.text_of(one.epoch),
        **_part("names", one.names),
        **_part("text", one.text),
        "identifiers": one.values,
        "batches": one.batches,
        "lines": one.lines,
        "bytes": one.size_bytes,
    }


def _part(name: str, part: "PartOfMonth") -> frame.Record:
    asked = {} if part.asked_from_ms is None else {f"{name}_asked": True}
    until = rfc3339(part.until_ms)[:10] if part.life in ("alive", "due") else None
    return {name: str(part.life), f"{name}_until": until, **asked}


@spoken.act(app, "destroy", "epoch_destroy")
def destroy(
    *,
    client: OfClient = None,
    epoch: Epoch = None,
    names: Names = False,
    text: Text = False,
    due: Due = False,
    withdraw: Withdraw = False,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Ask for the end of a month's keys, agree to it, or take it back."""
    if due == (epoch is not None) or (names and text) or (due and (names or text)):
        raise errors.UsageError("errors_ending.part-needed")
    request = DestroyEpoch(
        client=client,
        epoch=epoch,
        part="names" if names else "text" if text else None,
        withdraw=withdraw,
        purpose=purpose,
        reason=option.value(reason),
    )
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    columns = _STEPS if client is not None else ("client", *_STEPS)
    frame.show([_step(one, answer) for one in answer.endings], columns=columns)
    for one in {(one.epoch, one.part, one.step): one for one in answer.endings}.values():
        _explain(one)
    if any(one.step == "ended" for one in answer.endings):
        frame.tell(answer.erasure.sentence, date=rfc3339(answer.erasure.effective_ms)[:10])
        frame.tell("ending.at-once")
        frame.tell(answer.erasure.residual)
    if not answer.endings:
        frame.tell("ending.nothing-due")
    waits = any(one.step in _WAITS for one in answer.endings)
    return errors.WaitingForSecond.exit_code if waits else 0


def _step(one: "Ending", answer: "EpochDestroyed") -> frame.Record:
    ended = one.step == "ended"
    final = {"final_by": rfc3339(answer.erasure.effective_ms), "class": answer.erasure.wrap_class}
    return {
        "client": str(one.client),
        "month": months.text_of(one.epoch),
        "part": one.part,
        "state": str(one.step),
        "from": None if one.from_ms is None else _from(one.from_ms),
        "until": None if one.until_ms is None else _until(one.until_ms),
        **(final if ended else {}),
    }


def _explain(one: "Ending") -> None:
    facts = {
        "month": months.text_of(one.epoch),
        "start": "" if one.from_ms is None else _from(one.from_ms),
        "end": "" if one.until_ms is None else _until(one.until_ms),
    }
    name = f"ended-{one.part}" if one.step == "ended" else str(one.step)
    frame.tell(f"ending.step-{name}", **facts)


def _from(time_ms: int) -> str:
    """Write a moment to the minute, never before it."""
    return _until(-(-time_ms // _MINUTE_MS) * _MINUTE_MS)


def _until(time_ms: int) -> str:
    """Write a moment to the minute, never after it."""
    return rfc3339(time_ms)[:16] + "Z"
