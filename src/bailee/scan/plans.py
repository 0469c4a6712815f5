"""How numbers are laid out by country: telephone plans and lengths of IBAN, as tables.

Telephone plans of the countries that our users serve are exact; others allow what E.164 does.
Unique values are validated later by `canonical`, with phonenumbers; this is the sieve.
"""

import numpy as np
import numpy.typing as npt

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
"""Country code: least and most digits of a national number, without trunk prefix."""

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
    out = np.zeros((1000, 3), np.uint16)
    out[7] = (10, 10, 1)
    for code in _TWO:
        out[code] = (7, 12, 2)
    for code in _THREE:
        out[code] = (6, 11, 3)
    for code, (least, most) in EXACT_PLANS.items():
        out[code] = (least, most, len(str(code)) | 256)
    return out


IBAN_LENGTHS = {
    **{"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BF": 28, "BG": 22},
    **{"BH": 22, "BI": 27, "BJ": 28, "BR": 29, "BY": 28, "CF": 27, "CG": 27, "CH": 21, "CI": 28},
    **{"CM": 27, "CR": 22, "CV": 25, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28},
    **{"DZ": 26, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GA": 27},
    **{"GB": 22, "GE": 22, "GI": 23, "GL": 18, "GQ": 27, "GR": 27, "GT": 28, "GW": 25, "HN": 28},
    **{"HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IR": 26, "IS": 26, "IT": 27, "JO": 30},
    **{"KM": 27, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21},
    **{"LY": 25, "MA": 28, "MC": 27, "MD": 24, "ME": 22, "MG": 27, "MK": 19, "ML": 28, "MN": 20},
    **{"MR": 27, "MT": 31, "MU": 30, "MZ": 25, "NE": 28, "NI": 28, "NL": 18, "NO": 15, "OM": 23},
    **{"PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24},
    **{"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SN": 28, "SO": 23, "ST": 25},
    **{"SV": 28, "TD": 27, "TG": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24},
    **{"XK": 20, "YE": 30},
}
"""Country: length of its IBAN, by the SWIFT registry and, for Africa, by national practice."""


def iban_lengths() -> npt.NDArray[np.uint8]:
    """Lay out lengths by two letters."""
    out = np.zeros(26 * 26, np.uint8)
    for country, length in IBAN_LENGTHS.items():
        out[(ord(country[0]) - 65) * 26 + ord(country[1]) - 65] = length
    return out
