"""Invented user agents in the shapes that browsers, applications, robots and tools send."""

import random

PHONES = {
    "dev": ("TECNO KI5q", "SM-A145R", "Infinix X6528", "itel A665L", "Pixel 7a", "Redmi 12C"),
    "heldout": ("TECNO BG6", "SM-A057F", "Infinix X6835B", "M2101K6G", "moto g14", "V2247"),
    "fresh": ("TECNO CK7n", "SM-G998B", "Infinix X669C", "itel S665L", "CPH2477", "Nokia G21"),
    "blind": ("TECNO LG7n", "SM-A256B", "Infinix X6880", "itel P661N", "2409BRN2CA", "RMX3771"),
}
SHAPES = {
    "dev": (
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/{c}.0.0.0 Safari/537.36"
        ),
        (
            "Mozilla/5.0 (Linux; Android {a}; {p}) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/{c}.0.{b}.{s} Mobile Safari/537.36"
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS {i}_{s} like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/{i}.{s} Mobile/15E148 Safari/604.1"
        ),
        "Mozilla/5.0 (X11; Linux x86_64; rv:{c}.0) Gecko/20100101 Firefox/{c}.0",
        "Opera/9.80 (Android; Opera Mini/{s}.0.{b}/191.{b}; U; fr) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (compatible; BaobabBot/{s}.1; +https://robot.baobab-heb.example/aide)",
        "curl/8.{s}.0",
        "python-requests/2.{s}.0",
        "okhttp/4.{s}.1",
        "Go-http-client/1.1",
        "PiroguePay/{s}.{i}.0 (Android {a}; {p}; fr_CI)",
        "Dalvik/2.1.0 (Linux; U; Android {a}; {p} Build/SP1A.210812.016)",
        "kube-probe/1.{s}",
        "WhatsApp/2.24.{s}.78 A",
    ),
    "heldout": (
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/{i}.{s} Safari/605.1.15"
        ),
        (
            "Mozilla/5.0 (Linux; Android {a}; {p}) AppleWebKit/537.36 (KHTML, like Gecko)"
            " SamsungBrowser/{s}.0 Chrome/{c}.0.0.0 Mobile Safari/537.36"
        ),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{c}.0) Gecko/20100101 Firefox/{c}.0",
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.{b}.{s}"
        ),
        (
            "UCWEB/2.0 (MIDP-2.0; U; Adr {a}; fr; {p}) U2/1.0.0"
            " UCBrowser/12.{s}.0.1207 U2/1.0.0 Mobile"
        ),
        (
            "Mozilla/5.0 (Linux; U; Android {a}; fr-fr; {p}) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Version/4.0 Chrome/{c}.0.{b}.{s} Mobile Safari/537.36 PHX/14.{s}"
        ),
        "Wget/1.21.{s}",
        "Mozilla/5.0 (compatible; MoissonneurLibre/{s}.0; +http://moisson.example/bot.html)",
        "python-httpx/0.{s}.0",
        "Apache-HttpClient/4.5.{s} (Java/17.0.{s})",
        "TerangaWallet/{i}.{s} CFNetwork/1410.0.3 Darwin/22.{s}.0",
        "PostmanRuntime/7.{s}.1",
        "Java/17.0.{s}",
        "Prometheus/2.{s}.0",
        "axios/1.{s}.2",
    ),
    "fresh": (
        "Mozilla/5.0 (Android {a}; Mobile; rv:{c}.0) Gecko/{c}.0 Firefox/{c}.0",
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/{c}.0.0.0 Safari/537.36 OPR/{c}.0.0.{s}"
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS {i}_{s} like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) CriOS/{c}.0.{b}.{s} Mobile/15E148 Safari/604.1"
        ),
        (
            "Mozilla/5.0 (Linux; Android {a}; {p}; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Version/4.0 Chrome/{c}.0.{b}.{s} Mobile Safari/537.36"
            " [FB_IAB/FB4A;FBAV/4{s}.0.0.{s};]"
        ),
        "Mozilla/5.0 (Mobile; Nokia_2780_Flip; rv:{c}.0) Gecko/{c}.0 Firefox/{c}.0 KAIOS/3.{s}",
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"),
        "Mozilla/5.0 (compatible; MoringaSpider/{s}.2; +https://moringa.example/robot)",
        "WordPress/6.{s}; https://www.attieke-express.ci",
        "GuzzleHttp/7 PHP/8.{s}.{i}",
        "Dart/3.{s} (dart:io)",
        "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
        "libwww-perl/6.{s}",
        "Uptime-Kuma/1.23.{s}",
        "CaurisApp/{s}.{i}.{b} (iOS {i}.{s}; iPhone15,{i}; fr-SN)",
        "Mozilla/5.0 zgrab/0.x",
        "aws-sdk-go/1.44.{s} (go1.2{s}; linux; amd64) S3Manager",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.{b}; Pro)",
        "rclone/v1.6{s}.1",
    ),
    "blind": (
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS {i}_{s}_1 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) FxiOS/{c}.0 Mobile/15E148 Safari/605.1.15"
        ),
        (
            "Mozilla/5.0 (Linux; Android {a}; {p}) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/{c}.0.0.0 Mobile Safari/537.36 OPR/8{s}.0.0.0"
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36"
            " (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.0.0"
        ),
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:{c}.0) Gecko/20100101 Firefox/{c}.0",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; .NET CLR 2.0.50727)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        (
            "Mozilla/5.0 (Linux; Android {a}; {p} Build/TP1A.2206{s}.014; wv) AppleWebKit/537.36"
            " (KHTML, like Gecko) Version/4.0 Chrome/{c}.0.{b}.{s} Mobile Safari/537.36"
            " WhatsApp/2.25.{s}.77"
        ),
        "MobileMoneySN/{i}.{s} (Android {a}; {p}; Build {b})",
        "Outlook-iOS/7{s}.{b}.prod.iphone ({i}.2.0)",
        "Thunderbird/1{s}.{i}.0",
        "Apple-iPhone15C{i}/2{s}1.{b}",
        "Maven/3.9.{s} (Java 21.0.{i}; Linux 6.1.0-2{i}-amd64)",
        "docker/2{s}.0.{i} go/go1.22.{s} git-commit/{b}fa kernel/6.1.0 os/linux arch/amd64",
        "git/2.{s}.{i}",
        "Boto3/1.34.{s} md/Botocore#1.34.{s} ua/2.0 os/linux#6.1.0 lang/python#3.11.{i}",
        "Terraform/1.{s}.{i} (+https://www.terraform.io) terraform-provider-aws/5.{s}.0",
        "Symfony HttpClient (Curl)",
        "python-urllib3/2.{s}.{i}",
        "SMSGatewayAfrique/{s}.{i} okhttp",
    ),
}


def user_agent(rng: random.Random, half: str) -> str:
    """Draw one; the shapes of a half are its own."""
    return rng.choice(SHAPES[half]).format(
        a=rng.randint(9, 15),
        b=rng.randint(1000, 6999),
        c=rng.randint(98, 131),
        i=rng.randint(14, 18),
        p=rng.choice(PHONES[half]),
        s=rng.randint(1, 31),
    )
