# The two commands of the README.  Each sets up what it needs on a fresh Debian 12 that has
# python3, pip, make and git.  Everything else is a nox session: `make list` shows them.

UV := .tools/bin/uv
RUN := $(UV) run --frozen

.PHONY: demo test list
demo: .tools/demo
	$(RUN) --no-dev bailee demo

test: .tools/test
	$(RUN) nox -s lint types layers fast

list: .tools/test
	$(RUN) nox --list

$(UV):
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
		--target .tools uv

.tools/demo: $(UV) uv.lock
	$(UV) sync --frozen --no-dev --inexact
	@echo "compiling the scanner for this machine, once (half a minute)"
	@$(RUN) --no-dev python -c "from bailee.run.warming import warm; warm()"
	touch $@

.tools/test: $(UV) uv.lock
	$(UV) sync --frozen
	touch $@
