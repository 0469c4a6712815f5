"""A header line names what the columns below it hold, whatever program wrote it."""

from tests.scan.conftest import told

from bailee.scan import Scanner

IIS = "#Fields: date time s-ip cs-method cs-uri-stem cs-username c-ip cs(User-Agent) sc-status\n"
ROW = r"2025-03-04 10:11:12 10.0.0.5 PROPFIND /dav EXEMPLE\aline 203.0.113.7 Sonde/1.0+(x) 207"
HEADS = {
    "W3C by blanks": (
        IIS + ROW,
        ["ipv4 10.0.0.5", "username aline", "ipv4 203.0.113.7", "user_agent Sonde/1.0+(x)"],
    ),
    "W3C names by blanks, values by tabs": (
        "#Fields: date c-ip cs(Host) cs(User-Agent)\n2025-03-04\t203.0.113.7\ta\tSonde/5%20(x)",
        ["ipv4 203.0.113.7", "user_agent Sonde/5%20(x)"],
    ),
    "W3C by commas": (
        "#Fields: date-time,client-ip,client-hostname\n2025-03-04T10:11:12Z,203.0.113.7,poste-7",
        ["ipv4 203.0.113.7", "client_host poste-7"],
    ),
    "Zeek, whose uid is a connection's": (
        "#fields\tts\tuid\tid.orig_h\tuser\thost_name\tmac\n1.5\tCx9\t2.3.4.5\taline\tp-7\t001b63086fd2",
        ["ipv4 2.3.4.5", "username aline", "client_host p-7", "mac 001b63086fd2"],
    ),
    "CSV by semicolons, in French": (
        "id;nom;prénom;téléphone;nom d'utilisateur\n1;Diallo;Aline;690112233;aline_d",
        ["person_name Diallo", "person_name Aline", "phone 690112233", "username aline_d"],
    ),
    "CSV in quotes, one of which is doubled": (
        '"date","full name","note"\n"2025","Aline Diallo","dit ""oui"", puis, non"',
        ["person_name Aline Diallo"],
    ),
    "CSV with a name beside a number": (
        'clid,src,dst\n"""Aline Diallo"" <690112233>",690112234,0708091011',
        [
            *("person_name Aline Diallo", "phone 690112233"),
            *("phone 690112234", "phone 0708091011"),
        ],
    ),
    "names beside mail addresses are people's": (
        "name,email,city\nAline Diallo,a@b.fr,Dakar",
        ["person_name Aline Diallo", "email a@b.fr"],
    ),
    "names beside prices are not": ("name,price,stock\nChaise Haute,12,5", []),
    "a column of agents may hold people": ("id,agent,user\n12,Aline Diallo,awa", ["username awa"]),
    "a second header": (
        IIS + ROW + "\n#Fields: c-ip x-note cs-username\n203.0.113.9 - bruno",
        [
            *("ipv4 10.0.0.5", "username aline", "ipv4 203.0.113.7", "user_agent Sonde/1.0+(x)"),
            *("ipv4 203.0.113.9", "username bruno"),
        ],
    ),
    "the header again, where files were put together": (
        "user,ip,note\naline,203.0.113.7,x\nuser,ip,note\nbruno,203.0.113.8,x",
        ["username aline", "ipv4 203.0.113.7", "username bruno", "ipv4 203.0.113.8"],
    ),
    "a row with other columns is read as any line": ("user,ip,note\naline,x", []),
    "a first line with values is no header": ("user=aline,ip,note\nbruno,x,y", ["username aline"]),
    "a header below the first line is none": ("debut\nuser,ip,note\naline,x,y", []),
}


def found(scanner: Scanner, text: str) -> list[str]:
    return told(scanner.scan(text.encode() + b"\n"))


def test_a_header_names_its_columns(scanner: Scanner) -> None:
    for name, (text, wanted) in HEADS.items():
        assert found(scanner, text) == wanted, name


def test_a_line_with_escapes_keeps_the_header_it_stands_under(scanner: Scanner) -> None:
    text = IIS + ROW.replace("/dav", "/dav?m=aline%40exemple.fr") + "\n#Fields: a b c-ip\n"
    assert found(scanner, text) == [
        *("ipv4 10.0.0.5", "email aline%40exemple.fr", "username aline"),
        *("ipv4 203.0.113.7", "user_agent Sonde/1.0+(x)"),
    ]


def test_a_header_counts_in_its_own_stream_alone(scanner: Scanner) -> None:
    assert found(scanner, "user,ip,note\naline,x,y") == ["username aline"]
    assert found(scanner, "un texte\naline,x,y") == []


def test_a_header_holds_over_blocks() -> None:
    small = Scanner(block_bytes=4096)
    text = "user,ip,note\n" + "aline,203.0.113.7,-\n" * 1000
    assert len(small.scan(text.encode())) == 2000


def test_headers_beyond_the_bound_are_not_learnt(scanner: Scanner) -> None:
    heads = "".join(f"#Fields: n{number} cs-username x\n1 anne{number} 2\n" for number in range(20))
    assert found(scanner, heads) == [f"username anne{number}" for number in range(16)]
