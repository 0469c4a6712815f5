"""Numbers: what tells a telephone, a card and an account from a counter, a time and an id.

The law of this room: a number without context is a counter far more often than a person's, so that
each needs a sign, a grouping, a plan or check digits.

In reading order:

- joint: what people put between the groups of a number, and digits of other scripts
- phone: telephones, by +, 00, a national grouping or a word before
- nir: the French number of social security
- bank: payment cards and IBANs, by their check digits
"""
