"""Lines as the formats of this field write them, each with the time that it gives.

Named after what writes them, whose own documentation has the form; a zone is the stream's.
"""

from typing import NamedTuple


class Form(NamedTuple):
    """Form: a line, and its time in UTC; `none` when it gives none."""

    line: str
    time: str
    zone: str = "UTC"


# elastic/beats#19450: abbreviations are read as UTC; bucardo/tail_n_mail#31: `+03` is not read;
# fluent/fluent-bit#2941: the zone that the line writes is ignored.
ZONES = {
    "postgresql %m": Form("2025-11-30 08:00:01.123 UTC [7] LOG:", "2025-11-30T08:00:01.123"),
    "postgresql, EST": Form("2025-11-30 08:00:01.123 EST [7] LOG:", "2025-11-30T13:00:01.123"),
    "postgresql, MSK": Form("2020-06-25 19:58:56.628 MSK,,,4237", "2020-06-25T16:58:56.628"),
    "postgresql, MSK of 2012": Form("2012-06-25 19:58:56 MSK x", "2012-06-25T15:58:56"),
    "postgresql, no name": Form("2018-11-21 12:41:32 +03 00000 LOG:", "2018-11-21T09:41:32"),
    "an offset of hours": Form("2025-11-30 08:00:01.123+01 x", "2025-11-30T07:00:01.123"),
    "west by hours": Form("2025-11-30 08:00:01-05 x", "2025-11-30T13:00:01"),
    "an offset with half an hour": Form("2025-11-30 08:00:01+0530 x", "2025-11-30T02:30:01"),
    "UTC and hours": Form("2025-11-30 08:00:01 UTC+2 x", "2025-11-30T06:00:01"),
    "javascript": Form("Mon Nov 30 2020 08:00:01 GMT+0100 (CET) x", "2020-11-30T07:00:01"),
    "java, zone by name behind": Form(
        "2025-11-30T08:00:01.123+01:00[Europe/Paris] x", "2025-11-30T07:00:01.123"
    ),
    "summer in Europe": Form("2025-07-30 08:00:01 CEST x", "2025-07-30T06:00:01"),
    "php, a city": Form("[30-Nov-2025 08:00:01 Europe/Berlin] PHP", "2025-11-30T07:00:01"),
    "php, a city in summer": Form(
        "[30-Jul-2025 08:00:01 America/New_York] PHP", "2025-07-30T12:00:01"
    ),
    "php, UTC": Form("[30-Nov-2025 08:00:01 UTC] PHP", "2025-11-30T08:00:01"),
    "date(1)": Form("Mon Nov 30 08:00:01 UTC 2020", "2020-11-30T08:00:01"),
    "date(1), CET": Form("Mon Nov 30 08:00:01 CET 2020", "2020-11-30T07:00:01"),
    "date(1), newer": Form("Mon Nov 30 08:00:01 AM UTC 2020", "2020-11-30T08:00:01"),
    "date(1), other order": Form("Mon 30 Nov 2020 08:00:01 PM CET", "2020-11-30T19:00:01"),
    "git log": Form("Date: Mon Nov 30 08:00:01 2025 +0100", "2025-11-30T07:00:01"),
    "cisco ios": Form("*Nov 30 08:00:01.123 CET: %SYS-5", "2026-11-30T07:00:01.123"),
    "websphere": Form("[11/30/25 8:00:01:123 CET] 0000", "2025-11-30T07:00:01.123"),
    "a word is no zone": Form("2025-11-30 08:00:01 INFO x", "2025-11-30T08:00:01"),
    "a word that begins like one": Form("2025-11-30 08:00:01 ESTIMATE x", "2025-11-30T08:00:01"),
    "a number is no zone": Form("2025-11-30 08:00:01 -100 items", "2025-11-30T08:00:01"),
    "a word after the year is no zone": Form("Nov 30 08:00:01 2025 INFO x", "2025-11-30T08:00:01"),
    "EST is America's": Form("2025-11-30 08:00:01 EST x", "2025-11-30T13:00:01"),
    "CST is America's": Form("2025-11-30 08:00:01 CST x", "2025-11-30T14:00:01"),
    "CST in a stream of Shanghai": Form(
        "2025-11-30 08:00:01 CST x", "2025-11-30T00:00:01", "Asia/Shanghai"
    ),
    "BST is Britain's": Form("2025-07-30 08:00:01 BST x", "2025-07-30T07:00:01"),
    "IST is nobody's": Form("2025-11-30 08:00:01 IST x", "2025-11-30T08:00:01"),
    "IST in a stream of Kolkata": Form(
        "2025-11-30 08:00:01 IST x", "2025-11-30T02:30:01", "Asia/Kolkata"
    ),
    "IST in a stream of Dublin": Form(
        "2025-07-30 08:00:01 IST x", "2025-07-30T07:00:01", "Europe/Dublin"
    ),
    # logstash-plugins/logstash-filter-date#99, fluent/fluentd#3389: a zone in brackets is left out.
    "in brackets": Form("2025-11-30 08:00:01 [CET] x", "2025-11-30T07:00:01"),
    "in brackets of its own": Form("[2025-11-30 08:00:01] [EST] x", "2025-11-30T13:00:01"),
    "in round brackets": Form("2025-11-30 08:00:01,123 (CEST) x", "2025-11-30T06:00:01.123"),
    "an offset in brackets": Form("2025-11-30 08:00:01 [+0100] x", "2025-11-30T07:00:01"),
    "UTC in brackets": Form("2025-11-30 08:00:01 (UTC) x", "2025-11-30T08:00:01", "Europe/Paris"),
    "a city in brackets": Form("2025-11-30 08:00:01 [Europe/Berlin] x", "2025-11-30T07:00:01"),
    "a word in brackets": Form("2025-11-30 08:00:01 [INFO] x", "2025-11-30T08:00:01"),
    "a number in brackets": Form("2025-11-30 08:00:01 [-12345] x", "2025-11-30T08:00:01"),
    "words in brackets": Form("2025-11-30 08:00:01 [EST 12] x", "2025-11-30T08:00:01"),
    "before the date": Form("CET 2025-11-30 08:00:01 x", "2025-11-30T07:00:01"),
    "before the date in brackets": Form("[EST Nov 30 08:00:01] x", "2026-11-30T13:00:01"),
    "UTC before the date": Form("UTC 2025-11-30 08:00:01", "2025-11-30T08:00:01", "Europe/Paris"),
    "the one behind wins": Form("CET 2025-11-30 08:00:01Z x", "2025-11-30T08:00:01"),
    "a word before the date": Form("INFO 2025-11-30 08:00:01 x", "2025-11-30T08:00:01"),
    "no zone in a stream of Paris": Form(
        "30-Nov-2025 08:00:01.123 x", "2025-11-30T07:00:01.123", "Europe/Paris"
    ),
}

# jtmoon79/super-speedy-syslog-searcher#81, logstash-plugins/logstash-patterns-core#244: Tomcat's
# own form is not read.
DATES = {
    "bind, tomcat": Form("30-Nov-2025 08:00:01.123 x", "2025-11-30T08:00:01.123"),
    "redis": Form("1234:M 30 Nov 2025 08:00:01.123 * Ready", "2025-11-30T08:00:01.123"),
    "redis 2": Form("[1234] 30 Nov 08:00:01.123 # x", "2026-11-30T08:00:01.123"),
    "ntpd": Form("30 Nov 08:00:01 ntpd[1]: x", "2026-11-30T08:00:01"),
    "java.util.logging": Form("Nov 30, 2025 8:00:01 PM org.x", "2025-11-30T20:00:01"),
    "java 20": Form("Nov 30, 2025, 8:00:01\u202fPM org.x", "2025-11-30T20:00:01"),
    "midnight by twelve": Form("Nov 30, 2025 12:00:01 AM x", "2025-11-30T00:00:01"),
    "noon by twelve": Form("Nov 30, 2025 12:00:01 PM x", "2025-11-30T12:00:01"),
    "RFC 2822": Form("Mon, 30 Nov 2025 08:00:01 +0100 x", "2025-11-30T07:00:01"),
    "RFC 850": Form("Monday, 30-Nov-25 08:00:01 GMT x", "2025-11-30T08:00:01"),
    "cisco asa": Form("Nov 30 2025 08:00:01: %ASA-6", "2025-11-30T08:00:01"),
    "cisco nx-os": Form("2025 Nov 30 08:00:01.123 nx", "2025-11-30T08:00:01.123"),
    "erlang": Form("=INFO REPORT==== 30-Nov-2025::08:00:01 ===", "2025-11-30T08:00:01"),
    "mysql 5.5": Form("251130  8:00:01 [Note] x", "2025-11-30T08:00:01"),
    "mysql slow log": Form("# Time: 251130  8:00:01", "2025-11-30T08:00:01"),
    "mariadb": Form("2025-11-30  8:00:01 0 [Note] x", "2025-11-30T08:00:01"),
    "apt": Form("Start-Date: 2025-11-30  08:00:01", "2025-11-30T08:00:01"),
    "klog": Form("I1130 08:00:01.123456       1 file.go:12]", "2026-11-30T08:00:01.123456"),
    "suricata": Form("03/04/2025-08:00:01.123456  [**] x", "2025-03-04T08:00:01.123456"),
    "snort": Form("11/30-08:00:01.123456  [**] x", "2026-11-30T08:00:01.123456"),
    "cpanel": Form("192.0.2.1 - - [06/10/2021:11:19:31 -0000] x", "2021-06-10T11:19:31"),
    "microsoft dhcp": Form("10,11/03/25,08:00:01,Renew,192.0.2.1", "2025-11-03T08:00:01"),
    "windows dns": Form("11/30/2025 8:00:01 AM 0F84 PACKET", "2025-11-30T08:00:01"),
    "day first": Form("30/11/2025 08:00:01 x", "2025-11-30T08:00:01"),
    "day first by dots": Form("03.04.2025 08:00:01 x", "2025-04-03T08:00:01"),
    "assp": Form("Apr-07-13 07:08:36 [SSL-out] x", "2013-04-07T07:08:36"),
    "directadmin": Form("2014:07:02-00:17:45: x", "2014-07-02T00:17:45"),
    "logcat": Form("03-17 16:13:38.811  1702  2395 D x", "2026-03-17T16:13:38.811"),
    "cloudfront": Form("2025-11-30\t08:00:01\tLHR62", "2025-11-30T08:00:01"),
    "clickhouse": Form("2025.11.30 08:00:01.123456 [ 1 ]", "2025-11-30T08:00:01.123456"),
    "boost": Form("2025-Nov-30 08:00:01.1 x", "2025-11-30T08:00:01.1"),
    "zabbix": Form(" 12345:20251130:080001.123 server x", "2025-11-30T08:00:01.123"),
    "basic ISO 8601": Form("20251130T080001Z x", "2025-11-30T08:00:01"),
    "fortinet": Form('date=2025-11-30 time=08:00:01 devname="x"', "2025-11-30T08:00:01"),
    "gin": Form("[GIN] 2022/02/07 - 10:49:03 | 401", "2022-02-07T10:49:03"),
    "wget": Form("--2025-11-30 08:00:01--  http://x", "2025-11-30T08:00:01"),
    # ossec/ossec-hids, IBM Db2's db2diag.log, logpai/loghub (HDFS, Spark): not read.
    "db2diag": Form("2025-11-30-08.00.01.123456+060 I1A1 LEVEL: x", "2025-11-30T07:00:01.123456"),
    "db2diag, west": Form("2025-11-30-08.00.01.123456-300 I1A1", "2025-11-30T13:00:01.123456"),
    "db2, a timestamp": Form("2025-11-30-08.00.01.123456 x", "2025-11-30T08:00:01.123456"),
    "db2, no such day": Form("2025-11-31-08.00.01.123456 x", "none"),
    "hdfs": Form("081109 203615 148 INFO dfs.DataNode$x: y", "2008-11-09T20:36:15"),
    "two numbers are no hdfs": Form("081109 203615 148 blocks", "none"),
    "two numbers and a word": Form("081109 203615 INFO", "none"),
    "spark": Form("17/06/09 20:10:40 INFO executor.x: y", "2017-06-09T20:10:40"),
    "the day first, and no level": Form("17/06/09 20:10:40 started", "2009-06-17T20:10:40"),
    "without seconds": Form("2025-11-30 08:00 x", "2025-11-30T08:00:00"),
    "ISO 8601 without seconds": Form("2025-11-30T08:00+01:00 x", "2025-11-30T07:00:00"),
    "windows without seconds": Form("11/30/2025 8:00 PM x", "2025-11-30T20:00:00"),
    "nothing behind": Form("2025-11-30 23:59", "2025-11-30T23:59:00"),
    "last(1)": Form("Nov 30 08:00 x", "2026-11-30T08:00:00"),
    "without seconds, in a text": Form("see you on 2025-11-30 08:00 in town", "none"),
    "without seconds, by its key": Form(
        "level=info time=2025-11-30T08:00Z x", "2025-11-30T08:00:00"
    ),
    "with seconds further on": Form("10:30 2025-11-30 08:00:01 x", "2025-11-30T08:00:01"),
    "an hour alone": Form("12:30 lunch", "none"),
    "no minute": Form("2025-11-30 08:60 x", "none"),
    "a month in full": Form("November 30, 2025 08:00:01 x", "2025-11-30T08:00:01"),
    "in colour": Form("\x1b[32m2025-11-30 08:00:01\x1b[0m x", "2025-11-30T08:00:01"),
    "haproxy": Form("[30/Nov/2025:08:00:01.123] fe", "2025-11-30T08:00:01.123"),
    "ruby": Form("I, [2025-11-30T08:00:01.123456 #1]  INFO", "2025-11-30T08:00:01.123456"),
}

# opnsense/core#6443, cowrie/cowrie#881: which of several times a line is of.
FIELDS = {
    "docker": Form(
        '{"log":"2019-01-01 00:00:00 x\\n","stream":"stdout","time":"2025-11-30T08:00:01.1Z"}',
        "2025-11-30T08:00:01.1",
    ),
    "docker, a long message": Form(
        '{"log":"2019-01-01 00:00:00 ' + "x" * 9_000 + '","time":"2025-11-30T08:00:01Z"}',
        "2025-11-30T08:00:01",
    ),
    "JSON in JSON": Form(
        '{"log":"{\\"time\\":\\"2019-01-01T00:00:00Z\\"}","time":"2025-11-30T08:00:01Z"}',
        "2025-11-30T08:00:01",
    ),
    "a field of a field": Form(
        '{"user":{"timestamp":"2019-01-01T00:00:00Z"},"timestamp":"2025-11-30T08:00:01Z"}',
        "2025-11-30T08:00:01",
    ),
    "another date before": Form(
        '{"due":"2019-01-01T00:00:00Z","@timestamp":"2025-11-30T08:00:01Z"}', "2025-11-30T08:00:01"
    ),
    "logfmt": Form(
        'level=info msg="since 2019-01-01 00:00:00" ts=2025-11-30T08:00:01Z', "2025-11-30T08:00:01"
    ),
    "text": Form(
        "order of 2019-01-01 00:00:00 timestamp=2025-11-30T08:00:01Z", "2025-11-30T08:00:01"
    ),
    "zap": Form(
        '{"ts":1732953601.123456,"msg":"2019-01-01 00:00:00"}', "2024-11-30T08:00:01.123456"
    ),
    "opentelemetry": Form(
        '{"timeUnixNano":"1732953601123456789"}', "2024-11-30T08:00:01.123456789"
    ),
    "mongodb": Form('{"t":{"$date":"2025-11-30T08:00:01.123+00:00"}}', "2025-11-30T08:00:01.123"),
    "windows events": Form(
        "<Event><TimeCreated SystemTime='2025-11-30T08:00:01.1234567Z'/>",
        "2025-11-30T08:00:01.1234567",
    ),
    "cef": Form("CEF:0|a|b|1|rt=1732953601123 src=192.0.2.1", "2024-11-30T08:00:01.123"),
    "what heads the line wins": Form(
        "2025-11-30 08:00:01 see timestamp=2019-01-01T00:00:00Z", "2025-11-30T08:00:01"
    ),
    "syslog heads the line": Form(
        "Nov 30 08:00:01 h app: timestamp=2019-01-01T00:00:00Z", "2026-11-30T08:00:01"
    ),
    "a parameter is no field": Form(
        '192.0.2.1 - - [30/Nov/2025:08:00:01 +0100] "GET /?time=2019-01-01T00:00:00 HTTP/1.1"',
        "2025-11-30T07:00:01",
    ),
    "a file's name has no time": Form(
        "api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 INFO", "2017-05-16T00:00:00.008"
    ),
}

# fail2ban/fail2ban#296, jtmoon79/super-speedy-syslog-searcher#112: auditd is not read;
# elastic/elasticsearch#43188: numbers taken for epochs.
EPOCHS = {
    "auditd": Form("type=SYSCALL msg=audit(1796025601.123:4): x", "2026-11-30T08:00:01.123"),
    "auditd, another record": Form(
        "type=PATH msg=audit(1732953601.001:9):", "2024-11-30T08:00:01.001"
    ),
    "journald, exported": Form(
        "__REALTIME_TIMESTAMP=1732953601123456", "2024-11-30T08:00:01.123456"
    ),
    "journald, JSON": Form(
        '{"MESSAGE":"2020-01-01 00:00:00","__REALTIME_TIMESTAMP":"1732953601123456"}',
        "2024-11-30T08:00:01.123456",
    ),
    "journald, JSON with blanks": Form(
        '{ "__CURSOR" : "s", "__REALTIME_TIMESTAMP" : "1732953601123456" }',
        "2024-11-30T08:00:01.123456",
    ),
    "journald, its source": Form(
        "_SOURCE_REALTIME_TIMESTAMP=1732953601123456", "2024-11-30T08:00:01.123456"
    ),
    "journalctl short-unix": Form(
        "1732953601.123456 host sshd[1]: x", "2024-11-30T08:00:01.123456"
    ),
    "squid": Form("1732953601.123    921 192.0.2.1 TCP_MISS", "2024-11-30T08:00:01.123"),
    "zeek": Form("1732953601.123456\tCabc\t192.0.2.1", "2024-11-30T08:00:01.123456"),
    "nagios": Form("[1732953601] CURRENT SERVICE STATE", "2024-11-30T08:00:01"),
    "bash": Form("#1732953601", "2024-11-30T08:00:01"),
    "multilog": Form("@40000000674ac60b1f2e3d4c msg", "2024-11-30T08:00:01.523124044"),
    "mysql": Form("SET timestamp=1732953601;", "2024-11-30T08:00:01"),
    "ossec": Form("** Alert 1732953601.12345: mail  - syslog,", "2024-11-30T08:00:01"),
    "stars and no alert": Form("** Alarm 1732953601.12345: x", "none"),
    "log4j2, JSON": Form('{"timeMillis":1732953601123,"level":"INFO"}', "2024-11-30T08:00:01.123"),
    "in milliseconds by its key": Form('{"timestamp_ms":1732953601123}', "2024-11-30T08:00:01.123"),
    "a bare number by its key": Form('{"msg":"x","time":1732953601}', "2024-11-30T08:00:01"),
    "a bare number in logfmt": Form("level=info ts=1732953601 msg=x", "2024-11-30T08:00:01"),
    "a bare number of another key": Form('{"order":1732953601}', "none"),
    "a bare number that is too short": Form('{"time":173295360}', "none"),
    "orders": Form("1234567890 orders", "none"),
    "an amount": Form("1234567890.50 EUR", "none"),
    "an id of 13 digits": Form("1732953601123 orders", "none"),
    "an id of 19 digits": Form("1732953601123456789 posts", "none"),
    "a number that is not yet": Form("3232953601.123 x", "none"),
    "a number with a heading": Form("#1732953601 is done", "none"),
    "a size": Form("sent 1234567890 bytes", "none"),
    "a parameter": Form("GET /?ts=1732953601 x", "none"),
    "two months": Form("03/04/2025 08:00:01 x", "none"),
}
