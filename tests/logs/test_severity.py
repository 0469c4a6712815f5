"""How severe a line says it is: where a level stands, and where a word is just a word."""

import numpy as np
import pytest
from tests.logs.texts import REPLACED, finds

from bailee.logs.ingest.kernels import severity as kernel
from bailee.logs.ingest.kernels.severity import (
    ALERT,
    CRITICAL,
    DEBUG,
    ERROR,
    FATAL,
    INFO,
    NOTICE,
    SEARCHED_BYTES,
    TRACE,
    WARN,
)
from bailee.logs.ingest.severity import severities
from bailee.logs.store.lines import pieces

LEVELS: dict[str, int] = {
    # in capitals
    "2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop: Created": INFO,
    "081109 203615 148 WARN dfs.DataNode: late": WARN,
    "ERROR: cannot": ERROR,
    "[2026-02-05 12:34:56] local.WARNING: AUDIT": WARN,
    "[2012-02-13 17:21:54] NOTICE[1638] chan_sip.c: x": NOTICE,
    "2024-07-20 12:27:52,797::WARNING::[interface:657] x": WARN,
    "[147] someone@postgres FATAL:  password authentication failed": FATAL,
    "2024-05-08 15:23:58.902 [DEBUG][606918] felix/sync_client.go": DEBUG,
    "logrotate: ALERT exited abnormally": ALERT,
    "RAS APP FATAL ciod: Error": FATAL,
    "01/25/22 16:08:02.393003 web_php[118770].ERR [::1] [x]": ERROR,
    "CRITICAL disk": CRITICAL,
    "at the end of its line stands TRACE": TRACE,
    # in brackets
    "[Sun Dec 04 04:47:44 2005] [notice] workerEnv": NOTICE,
    "[Thu Oct 13 12:24:49 2022] [auth_basic:error] [pid 10]": ERROR,
    "2020/11/25 14:42:16 [crit] 76952#76952: *2454307": CRITICAL,
    "2023-04-23 21:53:37.311 -05:00 [WRN] Failed": WARN,
    "2023-04-23 21:53:54.706 [ERR] Request": ERROR,
    "2022-02-11 [Warning] Failed": WARN,
    "2014-01-07 18:09:08.512 [info] <0.22741.1>": INFO,
    "2022-12-17 22:04:36.2|Warn|Auth|failure": WARN,
    # after a key
    "ts=2024 caller=x.go:181 level=info component=logs": INFO,
    'time="2024" level=warning msg="x"': WARN,
    '{"time":"2025","level":"DEBUG","message":"x"}': DEBUG,
    '{"time": 1, "severity": "ERROR", "message": "x"}': ERROR,
    '{"lvl":"crit"}': CRITICAL,
    '{"level":30,"time":1531171074631,"msg":"hello"}': INFO,
    '{"level":60,"msg":"gone"}': FATAL,
    '{"level":10,"msg":"all"}': TRACE,
    # before the colon that begins a message
    "Jul  1 09:30:56 key sshd[8807]: fatal: Timeout before": FATAL,
    "Dec  2 22:24:22 hel postfix/smtpd[7676]: warning: x": WARN,
    "security: info: client": INFO,
    "error: at the start": ERROR,
    # first of all
    "<34>Oct 11 22:14:15 host su: x": CRITICAL,
    "<38>1 2019-07-08T17:40:16 host sshd ERROR": INFO,
    "<0>x": FATAL,
    "<191>x": DEBUG,
    "I0507 12:04:17.597069       1 descheduler.go:169] ERROR": INFO,
    "E0507 12:04:17 x": ERROR,
    "W0507 12:04:17 x": WARN,
    "F0507 12:04:17 x": FATAL,
    "03-17 16:13:38.811  1702  2395 D WindowManager: x": DEBUG,
    "03-17 16:13:38.811  1702  2395 W WindowManager: x": WARN,
    # the first that stands as one
    "INFO and then ERROR": INFO,
    "no error here but WARN there": WARN,
}

NONE = (
    "",
    " ",
    "nothing at all",
    '1.2.3.4 - - [10/Oct/2025:13:55:36 +0000] "GET /ERROR HTTP/1.1" 500 5 "-" "WARN"',
    '1.2.3.4 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "ERROR " "x"',
    '1.2.3.4 - - [10/Oct/2025] "GET /solr/admin/info/system?level=error HTTP/1.1"',
    "there was an error in the middle",
    "no information: none",
    "AUTH-ERROR: not a level of its own",
    "INFORMER says so",
    "created driver INF file object",
    "terror: of a word",
    '{"level":7}',
    '{"level":300}',
    '{"level":95}',
    "level of the sea",
    "<192>x",
    "<>x",
    "<1234>x",
    "G0507 12:04:17 no letter of glog",
    "x" * SEARCHED_BYTES + " ERROR too far",
)


def of(*texts: str) -> list[int]:
    text = "".join(f"{one}\n" for one in texts).encode()
    (lines,) = pieces(finds(text, []), REPLACED)
    return [int(one) for one in severities(lines)]


@pytest.mark.parametrize("line", LEVELS)
def test_a_level_is_recognised_where_it_stands(line: str) -> None:
    assert of(line) == [LEVELS[line]]


@pytest.mark.parametrize("line", NONE)
def test_a_word_that_is_no_level_is_none(line: str) -> None:
    assert of(line) == [0]


def test_lines_are_judged_each_for_itself() -> None:
    assert of(*LEVELS, *NONE) == [*LEVELS.values(), *[0] * len(NONE)]


@pytest.mark.parametrize("column", range(50, 80))
def test_a_level_is_found_across_the_edge_of_what_is_compared_at_once(column: int) -> None:
    assert of("1" * (column - 1) + " ERROR x") == [ERROR]


@pytest.mark.parametrize("extra", [-1, 0])
def test_a_level_is_looked_for_in_so_many_bytes(extra: int) -> None:
    column = SEARCHED_BYTES + extra
    assert of("1" * (column - 1) + " ERROR x") == [0 if extra == 0 else ERROR]


def test_a_last_line_without_an_end_is_judged() -> None:
    (lines,) = pieces(finds(b"x\nlevel=warn", []), REPLACED)
    assert severities(lines).tolist() == [0, WARN]


def test_each_word_that_is_looked_at_passes_the_first_look() -> None:
    for front in kernel._FRONTS:
        assert kernel._LIKELY >> kernel._bit(front) & 1
    assert np.iinfo(np.int64).max >= kernel._LIKELY
