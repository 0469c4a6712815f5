"""Wording: what a notice says, in the language of its address; its subject says the cause alone."""

from bailee.clock import rfc3339
from bailee.notices.model import Message, NoticeRow, NoticeText
from bailee.text import LANGUAGES, Speaker


def message_of(row: NoticeRow, note: NoticeText) -> Message:
    """Make the message of a notice."""
    say = Speaker(note.language if note.language in LANGUAGES else LANGUAGES[0])
    facts = dict(note.facts)
    error = facts.get("error")
    if error is not None and say.knows(error):
        # The slug for machines, the remedy for people.  Not the sentence: its blanks are facts of
        # the moment, which no row keeps; a remedy has them too at times, and is left out then.
        remedy = f"{error}_remedy"
        facts["remedy"] = _plain(say, remedy)
    body = say(f"notices.{row.cause}-body", **{"remedy": "", **facts})
    return Message(
        id=row.id,
        cause=row.cause,
        to=note.to,
        made_ms=row.made_ms,
        # No fact in it: subjects are shown on locked screens, and stand in logs of mail servers.
        subject=say(f"notices.{row.cause}-subject"),
        body="\n\n".join((body, say("notices.foot", made=rfc3339(row.made_ms)))) + "\n",
        facts=note.facts,
    )


def _plain(say: Speaker, message: str) -> str:
    try:
        return say(message)
    except KeyError:  # it has blanks
        return ""
