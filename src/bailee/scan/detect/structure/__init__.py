"""Structure: what stands around a value says what it is, where no key stands right before it.

The law of this room: names of columns, elements, members and options are looked up as keys are, so
that one list says of a name what it holds, whatever wrote the log.

In reading order:

- columns: a header line names what the columns below it hold
- members: `id` and `name` within the object of a person
- listed: lists, pairs of a name and a value
- option: options of a command line
- sentence: what a daemon's own words say of an account, and names behind a civility
- channel: channels of a telephone exchange, collections of an account
"""
