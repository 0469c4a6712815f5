"""Recipes: log formats, keys, words and phrases as TOML pages, compiled to tables for the kernels.

To add a format, lay a page beside these, with sample lines and what is to be found in them: `book`
reads every page of this folder, and a test tries every sample.  spec/scan.md, "A log format"

In reading order:

- recipe: reads the pages; the language of templates
- build: compiles what was read into the arrays that kernels look at
- plans: how telephone numbers and IBANs are laid out by country
"""
