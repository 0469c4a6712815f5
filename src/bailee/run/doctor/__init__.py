"""Doctor: names what is wrong around a home, and what to do, as far as that shows without a key.

It reads and changes nothing, asks for no passphrase, and opens no connection.  What it reads in
clear was not verified: `check` judges what is stored, this helps whoever runs it.
"""
