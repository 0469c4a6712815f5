"""Numbering plans by country: telephones and lengths of IBANs, as tables.

Telephone plans of the countries that our users serve are exact; others allow what E.164 does.
Unique values are validated later by `canonical`, with phonenumbers; this is the sieve.
"""

import numpy as np
import numpy.typing as npt

from bailee.scan.vm import char

EXACT_PLANS: dict[int, tuple[int, int]] = {
    33: (9, 9),
    32: (8, 9),
    41: (9, 9),
    1: (10, 10),
    44: (9, 10),
    34: (9, 9),
    39: (8, 11),
    49: (7, 11),
    212: (9, 9),
    213: (8, 9),
    216: (8, 8),
    221: (9, 9),
    223: (8, 8),
    225: (8, 10),
    226: (8, 8),
    227: (8, 8),
    228: (8, 8),
    229: (8, 10),
    237: (9, 9),
    240: (9, 9),
    241: (7, 8),
    242: (9, 9),
    243: (9, 9),
}
"""Country code: least and most digits of a national number, without its 0 for calls at home."""

# Country codes by number of digits (ITU-T E.164 list); two-digit codes first.
_TWO = (
    *(20, 27, 30, 31, 36, 40, 43, 45, 46, 47, 48, 51, 52, 53, 54, 55, 56, 57, 58),
    *(60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98),
)
_THREE = (
    *range(211, 300),
    *range(350, 390),
    *range(420, 424),
    *range(500, 510),
    *range(590, 600),
    *range(670, 693),
    *(850, 852, 853, 855, 856, 880, 886),
    *range(960, 980),
    *range(992, 999),
)


def phone_plans() -> npt.NDArray[np.uint16]:
    """Lay out, by country code below 1000: least digits, most, the code's own | 256 when exact."""
    # A code is looked up by the number's first three digits, then two, then one: the row says how
    # many of them are the code's own, so that 33 is not taken for the 331 that nobody has.
    out = np.zeros((1000, 3), np.uint16)
    out[7] = (10, 10, 1)
    for code in _TWO:
        out[code] = (7, 12, 2)
    for code in _THREE:
        out[code] = (6, 11, 3)
    for code, (least, most) in EXACT_PLANS.items():
        out[code] = (least, most, len(str(code)) | 256)
    return out


_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28"
    " "
    "BR29 BY28 CF27 CG27 CH21 CI28 CM27 CR22 CV25 CY28 CZ24 DE22"
    " "
    "DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27"
    " "
    "GB22 GE22 GI23 GL18 GQ27 GR27 GT28 GW25 HN28 HR21 HU28 IE22"
    " "
    "IL23 IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21"
    " "
    "LT20 LU20 LV21 LY25 MA28 MC27 MD24 ME22 MG27 MK19 ML28 MN20"
    " "
    "MR27 MT31 MU30 MZ25 NE28 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
    " "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27"
    " "
    "SN28 SO23 ST25 SV28 TD27 TG28 TL23 TN24 TR26 UA29 VA22 VG24"
    " "
    "XK20 YE30"
)
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}
"""Country: length of its IBAN, by the SWIFT registry and, for Africa, by national practice."""


_LETTERS = 26


def iban_lengths() -> npt.NDArray[np.uint8]:
    """Lay out lengths by two letters."""
    # 0 for a pair of letters that is no country: the verifier ends there.
    out = np.zeros(_LETTERS * _LETTERS, np.uint8)
    for country, length in IBAN_LENGTHS.items():
        first, second = country.encode()
        out[(first - char.UPPER_A) * _LETTERS + second - char.UPPER_A] = length
    return out
