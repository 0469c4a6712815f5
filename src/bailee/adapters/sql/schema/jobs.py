"""Jobs: what a home does by itself, one row for each kind and client."""

from bailee.adapters.sql.table import Undigested, blob, clear, integer, table, text

job = table(
    "job",
    text("kind", clear("which kind of job, a word of a closed list"), key=True),
    blob("client", clear("random id; the provider's where it is of the home as a whole"), key=True),
    integer("due_ms", clear("when it is due, in time as jobs have it")),
    blob("lease", clear("random, of who does it now"), null=True),
    integer("lease_until_ms", clear("until when they have it, in shown time")),
    integer("attempts", clear("a count of failures since it was last done")),
    text("error", clear("a slug of a closed list"), null=True),
    text("waits", clear("for whom it waits: words of a closed list, random ids of custodians")),
    integer("since_ms", clear("since when it fails or waits"), null=True),
    integer("done_ms", clear("when it was last done"), null=True),
    set=Undigested(
        "it confers nothing: one that is gone is due at once, one beyond its period too, and how "
        "old a backup or a turn is says the backup or the turn itself"
    ),
)
