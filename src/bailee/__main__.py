"""`python -m bailee`: the command line."""

from bailee.run.cli import main

main()
