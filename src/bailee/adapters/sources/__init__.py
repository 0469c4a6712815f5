"""Where lines come from: files, folders of them, standard input."""
