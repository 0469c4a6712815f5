"""`bailee log erase`: one value, under all its kinds and spellings; final at the next turn."""

from typing import TYPE_CHECKING

from bailee import errors
from bailee.clock import rfc3339
from bailee.logs.acts import EraseLog
from bailee.run.cli import frame, log, option, spoken
from bailee.vault import epoch as months

if TYPE_CHECKING:
    from bailee.logs.acts import LogErased


@spoken.act(log.app, "erase", "log_erase")
def erase(
    *,
    client: option.Client,
    about: option.About,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Erase one value from a client's logs."""
    if about == "-" == reason:
        raise errors.UsageError("errors_about.stdin-twice")
    request = EraseLog(
        client=client,
        about=option.about(about),
        purpose=purpose,
        reason=option.value(reason),
    )
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(_record(answer))
    _explain(answer)
    return 0


def _record(erased: "LogErased") -> frame.Record:
    return {
        "state": f"erasure-{erased.erasure.stage}" if erased.kinds else "nothing-held",
        "kinds": erased.kinds,
        "months": [months.text_of(month) for month in erased.months],
        "final_by": rfc3339(erased.erasure.effective_ms),
        "class": erased.erasure.wrap_class,
    }


def _explain(erased: "LogErased") -> None:
    date = rfc3339(erased.erasure.effective_ms)[:10]
    if erased.kinds:
        frame.tell(erased.erasure.sentence, date=date)
        frame.tell("ending.at-once")
        frame.tell(erased.erasure.residual)
        frame.tell("ending.erased-where-recognised")
    else:
        frame.tell("ending.nothing-held", date=date)
