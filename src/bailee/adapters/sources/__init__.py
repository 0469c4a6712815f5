"""Where lines come from: files, folders of them, archives, standard input.

In reading order:

- place: which files a path names
- source: a file, a file in an archive, or a pipe, read as text
- packing: compression undone
- archive: the files in a tar or zip file
- content: what is no log
- flow: chunks as a file that is read forward
"""
