"""Detection: the kernels that go over a text and verify what may be an identifier.

The law of this room: a verifier gets the address of an anchor, returns the end of what it wrote,
or 0, and looks no further than its bounds.  Kernels are compiled once and read text by address.

In reading order:

- sweep: from anchor to anchor over a block, each handed to the verifiers of its byte
- template: what a log format's templates claim of a line, before its anchors
- pair: keys and their values: where a value begins and ends
- label: custom fields of CEF, whose key is the label beside them
- settle: values whose kind is promised by a key or a template, verified
- account: accounts and names of people among them
- address: IPv4 and IPv6
- release: versions told from addresses by the words before them
- host: host names that embed an address
- mac: network cards' addresses
- mail: mail addresses, accounts at machines and in URLs
- numbers: telephones, cards and accounts of banks
- structure: what stands around a value: columns, objects, lists, options, sentences
- token: UUIDs, secrets by their shape, browsers, home folders
- decode: lines with escapes, decoded for a second sweep
- known: accounts that a stream showed, found again
"""
