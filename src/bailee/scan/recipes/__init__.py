"""Recipes: log formats, keys, words and phrases as TOML pages, compiled to tables for the kernels.

In reading order:

- recipe: reads the pages; the language of templates
- build: compiles what was read into the arrays that kernels look at
- plans: how telephone numbers and IBANs are laid out by country
"""
