"""The list of faults and attacks: what happens, what Huitou does about it, and the figure that is asked for.

A test says which row it shows by `@pytest.mark.fault(22)`; the test of its saboteur by `@pytest.mark.fault(22, saboteur=True)`.
"""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = {
    "A": "Authenticity",
    "B": "Shape and size",
    "C": "Exactly once",
    "D": "Order of events, and time",
    "E": "Queues, tries and limits",
    "F": "Money and figures",
    "G": "Messages to people",
    "H": "Personal data, secrets and tenants",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault.

    `asked`: the figure to reach, counts and states only: times are measured by `make bench`. `platforms`: it is shown for every
    platform that it applies to. `paper`: what of it no single machine can show, and why it holds all the same; None where tests
    show the whole of it. `short`: where the figure is not reached, what is, and why.
    """

    number: int
    section: str
    fault: str
    answer: str
    asked: str
    platforms: bool = False
    paper: str | None = None
    short: str | None = None


ROWS: tuple[Row, ...] = (
    Row(
        1,
        "A",
        "Signature wrong, missing, empty, malformed or a megabyte long",
        "401, nothing stored, counted",
        "no 5xx and nothing queued in 10,000 requests a platform",
        platforms=True,
    ),
    Row(
        2,
        "A",
        "One byte of the body, of a signed header or of the query changed; body written anew by a JSON library",
        "401",
        "every flipped byte of every vector refused",
        platforms=True,
    ),
    Row(
        3,
        "A",
        "Signatures compared byte by byte, so that time tells how much was right",
        "compared in constant time, everywhere",
        "no == or != on a secret, signature, token or hash",
    ),
    Row(
        4,
        "A",
        "Secret empty or not there, verifier unknown, account switched off",
        "refused; start-up says so",
        "0 accepted",
        platforms=True,
    ),
    Row(5, "A", "A captured request sent again within the tolerance", "2xx, a duplicate", "1,000 again: 1 order write"),
    Row(
        6,
        "A",
        "Signed time too old, in the future, no integer, milliseconds, NaN, inf",
        "401 where the platform signs a time",
        "a second beyond the tolerance refused on both sides, a second within it accepted",
        platforms=True,
    ),
    Row(
        7,
        "A",
        "Only the body is signed: sent again under fresh ids and time headers",
        "a duplicate by what it says",
        "100 again with random ids: 1 write, 0 messages",
    ),
    Row(
        8,
        "A",
        "A stored event replayed by an operator long after",
        "passes inside by the hash of its bytes, not over HTTP",
        "an event of 400 days ago passes; over HTTP it is refused",
    ),
    Row(
        9, "A", "Two secrets during a rotation", "either verifies, an expired one does not", "0 refused during it, all after expiry"
    ),
    Row(
        10,
        "A",
        "Right signature, another shop's or merchant's path",
        "401 or 404; the tenant is what is signed",
        "0 writes across tenants in the full matrix",
        platforms=True,
    ),
    Row(
        11,
        "A",
        "Handshakes and subscription confirmations forged",
        "answered only when signed; addresses pinned",
        "8 hostile addresses refused, 0 calls out",
    ),
    Row(12, "A", "Encrypted bodies with broken padding or a broken signature", "one answer for both", "same status, same body"),
    Row(
        13,
        "A",
        "Server-side request forgery by media, callback, certificate or API addresses",
        "resolved once, connected to that address, nothing private, no redirects",
        "0 connections over the whole list, rebinding included",
    ),
    Row(
        14,
        "B",
        "XML, forms, text, charsets, multipart, BOM, gzip, base64 on and off",
        "what the platform sends is accepted",
        "no 415 for a listed type",
        platforms=True,
    ),
    Row(
        15,
        "B",
        "Too large, 100,000 levels deep, a million keys, doubled keys, 1e400, endless integers, lone surrogates, NUL",
        "413, 400 or quarantine; bounded",
        "no 5xx, less than 128 MB more memory",
        platforms=True,
    ),
    Row(16, "B", "XML with DTD, external entities, a billion laughs", "refused", "0 files or addresses read"),
    Row(
        17,
        "B",
        "Signed, but an unknown topic or field, a missing field, a wrong type",
        "stored raw, parked with its reason, 2xx",
        "all replayable after the mapping is mended, byte for byte",
        platforms=True,
    ),
    Row(
        18,
        "B",
        "Payload over the queue's or the table's limit",
        "claim check in the bucket",
        "an order of 2,000 lines comes back whole",
    ),
    Row(19, "B", "Workers stopped, downstream slow", "the acknowledgement does not depend on it", "all accepted, 0 lost"),
    Row(
        20,
        "B",
        "Queue, key service or bucket refuses during the acknowledgement",
        "503, never 2xx",
        "at each point of I/O: accepted is durable",
    ),
    Row(
        21,
        "B",
        "A burst, or abuse by one source",
        "429 with Retry-After for it alone",
        "other tenants take as many calls as before",
        paper="Each Lambda process has buckets of its own, and the stage's limit in front of them is one for all: with n "
        "processes a shop has n times its limit. Only platforms known to send again are refused, the others are exempt (ADR 0027).",
    ),
    Row(22, "C", "Many concurrent duplicates", "one write, one message, each acknowledged", "50 at once, 100 rounds: exactly 1"),
    Row(23, "C", "The same event after every memory of it has expired", "no second effect: the order itself decides", "0 writes"),
    Row(24, "C", "Crash between any two steps", "retried, ends the same", "each border: final state byte for byte as without"),
    Row(25, "C", "A worker's time is up in mid-work", "the lease ends, the next try runs", "0 doubled sends"),
    Row(
        26,
        "C",
        "Workers at once on one order with different events",
        "condition on what was read, tried again",
        "100 events, 10 workers: as one after the other, at most 5 tries each",
        short="The result is that of one after the other always, and 100 updates need at most 3 tries. Of 100 events that each "
        "change the order, 11 lose five times in a row and are tried again from the queue",
    ),
    Row(27, "C", "The same delivery id with another body", "both are read: ids decide nothing", "0 dropped"),
    Row(28, "C", "A write done by half: the order without its history", "all or nothing", "0 orders without history"),
    Row(
        29,
        "D",
        "Any order of events, with duplicates",
        "the same final order",
        "2,000 permutations a platform, 1 final state",
        platforms=True,
    ),
    Row(30, "D", "A stale event after a newer one", "kept in the history, no effect on the state", "0 steps back"),
    Row(31, "D", "Equal times, whole seconds, or none", "a rule that always decides alike", "all alike"),
    Row(32, "D", "A thin event whose detail is older than what is known", "never written over newer", "0 steps back"),
    Row(
        33,
        "D",
        "Clocks ten minutes off, jumps, leap seconds, summer time",
        "one clock of ours; order times are the platform's",
        "same result at -10, 0, +10 minutes in 4 zones",
    ),
    Row(34, "D", "Pushes lost", "reconciling finds them, an alarm says so", "1,000 orders, 5 % dropped: all there, 0 doubled"),
    Row(
        35,
        "D",
        "A pull dies on a page, its cursor expires, rows move, windows are capped",
        "goes on, with overlap",
        "killed at each page: 0 missed, 0 doubled",
        platforms=True,
    ),
    Row(
        36, "E", "A poison message in a batch of ten", "nine done once, one in the dead letters", "9 writes, 1 dead letter, 0 again"
    ),
    Row(37, "E", "Template drift", "the packaged template is checked", "every rule, every function, queue and table"),
    Row(
        38,
        "E",
        "The alarm of dead letters does not see redriven ones",
        "it looks at what is visible, and its age",
        "one redriven message is seen",
    ),
    Row(39, "E", "Redrive by platform, shop, reason and time", "dry run, paced, idempotent", "twice is once"),
    Row(
        40,
        "E",
        "A platform answers 429, 5xx, an error page, 200 with an error, nothing, half a JSON",
        "classified; tried again with jitter; Retry-After obeyed",
        "at most 5 tries, none of a 4xx, none within Retry-After",
        platforms=True,
    ),
    Row(
        41,
        "E",
        "A platform's limit shared by workers",
        "one bucket in the table",
        "20 workers, 2 a second: at most 2 % over, at least 90 % used",
    ),
    Row(
        42,
        "E",
        "A platform is down for an hour",
        "left alone, asked now and then; others unaffected",
        "at most one call a probe interval",
    ),
    Row(
        43,
        "E",
        "A token refreshed by many workers, rotated, revoked",
        "one refresh; revoked pauses the source and tells its owner",
        "20 workers: 1 refresh",
    ),
    Row(
        44,
        "E",
        "A hot partition on Singles' Day",
        "buckets within bounds, no key that leads with time",
        "100 shops: no key takes 10 % of the writes; 1 shop over 10 buckets or more; at 1,000 orders/s no key at 1,000 units",
        paper=(
            "How many shards the stream has is DynamoDB's to say: the rush is played over 12, as 11,500 units a second need. "
            "A shop without a past has one bucket until tick looks, within a minute. Beyond: docs/scale.md"
        ),
    ),
    Row(45, "E", "A scan, or a query without end, in a function", "none is written", "0 scans; every query pages"),
    Row(46, "F", "Discounts and tax split over lines", "largest remainder", "10,000 orders in exponents 0, 2, 3: difference 0"),
    Row(
        47,
        "F",
        "Money as number, text, cents, with commas, 1e2, negative, NaN, 30 digits, JPY with .00",
        "exact or refused",
        "0 floats",
    ),
    Row(
        48,
        "F",
        "Refund above what was paid, in another currency, before its order, a chargeback",
        "flagged, nothing turns negative unnoticed",
        "gross less refunds is net, each day and in sum",
    ),
    Row(
        49,
        "F",
        "Late data under a digest that was sent",
        "restated; from the orders anew it is the same",
        "30 days of late, doubled and reordered events: difference 0",
    ),
    Row(
        50,
        "F",
        "Empty day, first day, division by zero, stale source, failed chart",
        "sent with the note, or held and the owner told",
        "each has its golden mail",
    ),
    Row(
        51,
        "F",
        "A digest asked for twice, or again after it was accepted",
        "one mail a merchant, period and reader",
        "10 at once: 1 mail",
    ),
    Row(
        52,
        "G",
        "Consent withdrawn, an order, a complaint, erasure, holdout, quiet hours or a cap between queueing and sending",
        "not sent, and the reason kept",
        "0 sends in 1,000 interleavings",
    ),
    Row(53, "G", "Two campaigns, twenty workers, a cap of one", "one is sent", "exactly 1 a member"),
    Row(
        54,
        "G",
        "Quiet hours over midnight, over summer time, start equals end, unknown zone",
        "a defined table",
        "0 sends inside over 366 days and 30 zones",
    ),
    Row(
        55,
        "G",
        "The mail service took it, and the answer is lost",
        "unknown, settled by its feed; never blindly again",
        "30 % lost answers: 0 doubled",
    ),
    Row(
        56,
        "G",
        "Bounce and complaint in both forms, several recipients, repeated, forged",
        "suppressed at once; forged refused",
        "suppressed in the next send",
    ),
    Row(
        57,
        "G",
        "The account's standing with the mail service",
        "sending stops itself first",
        "stops at 4 % bounces or 0.08 % complaints of 1,000",
    ),
    Row(
        58,
        "G",
        "One-click leaving without a session, scanners, forged, twice, after erasure",
        "2xx again and again, or 4xx; GET changes nothing",
        "100 scanners: 0 have left",
    ),
    Row(
        59,
        "G",
        "Names with line breaks, template marks, scripts, formulas, reversed text",
        "escaped everywhere",
        "every payload in every template: 0 live",
    ),
    Row(
        60,
        "G",
        "A reply twice, to an edited or deleted review, too long, with a banned word, on an old approval",
        "never posted",
        "20 at once: 1 reply",
    ),
    Row(
        61,
        "G",
        "The holdout leaks, drifts, or is drawn twice",
        "the same arm for ever, independent between campaigns",
        "10 % within 0.5 of 100,000; at most 65 false gains in 1,000 trials of nothing",
    ),
    Row(
        62,
        "H",
        "A person, or a shop, asks to be erased",
        "keys destroyed in every store; sums stay",
        "12 planted strings in every store: 0 found",
    ),
    Row(63, "H", "An event of an erased person comes later", "a tombstone by keyed hash; nobody is made anew", "0 made anew"),
    Row(
        64,
        "H",
        "Personal data in logs, errors, metrics, dead letters, addresses",
        "never there",
        "1,000 orders through every error: 0 found",
    ),
    Row(
        65,
        "H",
        "Sealed values swapped; numbers guessed by trying hashes",
        "refused by context; hashes are keyed",
        "a swap fails; a million guesses without the key: 0",
    ),
    Row(66, "H", "A masked value over a real one, mailed, hashed, or counted as a person", "masked is a state, not a value", "0"),
    Row(
        67,
        "H",
        "Raw requests and receivers kept for longer than allowed",
        "unreadable when their time is over",
        "clock moved: 0 readable",
    ),
    Row(
        68,
        "H",
        "Secrets in files, logs, environments",
        "only in Secrets Manager, kept for 5 minutes",
        "0 found; a rotation is seen within 5 minutes",
    ),
    Row(69, "H", "Rights too wide", "a role a function, no stars", "every statement of the packaged template"),
    Row(70, "H", "One tenant sees another", "every key begins with the merchant", "0 seen through any public function"),
    Row(
        71,
        "H",
        "A dependency is poisoned, vulnerable or wrongly licensed",
        "hashes pinned, audited, licences listed",
        "0 known, 0 outside the list",
        short=(
            "0 outside the list, all by hash. Whether a hole is known was asked in vain: the advisories within reach knew none of"
            " the 28 libraries; `make audit` says so, and fails. To be run where they answer"
        ),
    ),
)


def row(number: int) -> Row:
    """The row of a number. KeyError: there is none."""
    return {each.number: each for each in ROWS}[number]
