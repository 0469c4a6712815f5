"""Slip: says which word or option is wrong, and what would be right; no word typed is repeated.

What was typed may be personal: a name in the place of an option.  So only what is known is named:
the nearest of the words that there are, and the command whose help has them all.
"""

import difflib
from collections.abc import Iterator, Sequence

import click

from bailee import errors

GLOBALS = ("--home", "--lang", "--output", "-o")
_NEAR = 0.6
_OTHERWISE = {"--month": "--epoch"}
"""Options that are called by the word of what they take."""


def named(error: click.UsageError) -> errors.UsageError:
    """Turn what the parser found wrong into an error that says what would be right."""
    command = error.ctx.command_path if error.ctx is not None else "bailee"
    parameter = getattr(error, "param", None)
    if isinstance(error, click.NoSuchOption):
        return _no_option(error, command)
    if isinstance(error, click.MissingParameter) and parameter is not None:
        option = _name(parameter, error.ctx)
        return errors.UsageError("errors_cli.missing", option=option, command=command)
    if isinstance(error, click.BadOptionUsage):
        takes = "no-value-taken" if _is_flag(error) else "no-value"
        return errors.UsageError(f"errors_cli.{takes}", option=error.option_name, command=command)
    if parameter is not None and isinstance(error, click.BadParameter):
        return _bad_number(parameter, error.ctx)
    return errors.UsageError("errors_cli.too-many", command=command)


def no_command(typed: str, known: Sequence[str], command: str) -> errors.UsageError:
    """Say that there is no such command, and which one is near, or which there are."""
    near = " ".join(nearest(typed, known)) or " ".join(known)
    return errors.UsageError("errors_cli.no-command", near=near, command=command)


def nearest(typed: str, known: Sequence[str]) -> list[str]:
    """Find the known words that are near to one that was typed; none where it is near to none."""
    return difflib.get_close_matches(typed, known, n=1, cutoff=_NEAR)


def _no_option(error: click.NoSuchOption, command: str) -> errors.UsageError:
    known = [*_options(error.ctx), *GLOBALS]
    typed = error.option_name
    if typed in _OTHERWISE and _OTHERWISE[typed] in known:
        return errors.UsageError("errors_cli.no-option", option=_OTHERWISE[typed], command=command)
    # Before the options: what is given without a name, and commands, are taken for one as often.
    words = {f"--{one.lower()}": one for one in _words(error.ctx)}
    near = nearest(typed, [*words, *known])
    if near and near[0] in words:
        return errors.UsageError("errors_cli.bare", word=words[near[0]], command=command)
    if near:
        return errors.UsageError("errors_cli.no-option", option=near[0], command=command)
    return errors.UsageError("errors_cli.no-option-near", command=command)


def _words(ctx: click.Context | None) -> Iterator[str]:
    """Go through the arguments and commands that are given without a dash."""
    if ctx is None:
        return
    for param in ctx.command.get_params(ctx):
        if isinstance(param, click.Argument):
            # Of `LABEL|@FILE|-` the word alone.
            yield param.make_metavar(ctx).split("|")[0].strip("[].")
    if isinstance(ctx.command, click.Group):
        yield from ctx.command.list_commands(ctx)


def _options(ctx: click.Context | None) -> Iterator[str]:
    for param in ctx.command.get_params(ctx) if ctx is not None else ():
        if isinstance(param, click.Option):
            yield from param.opts


def _is_flag(error: click.BadOptionUsage) -> bool:
    ctx = error.ctx
    params = ctx.command.get_params(ctx) if ctx is not None else []
    flags = (one for one in params if isinstance(one, click.Option) and one.is_flag)
    return any(error.option_name in one.opts for one in flags)


def _bad_number(parameter: click.Parameter, ctx: click.Context | None) -> errors.UsageError:
    option, kind = _name(parameter, ctx), parameter.type
    if isinstance(kind, click.IntRange) and kind.min is not None:
        return errors.UsageError("errors_cli.least", option=option, least=int(kind.min))
    if isinstance(kind, click.types.IntParamType):
        return errors.UsageError("errors_cli.number", option=option)
    return errors.UsageError("errors_cli.usage", option=f": {option}")


def _name(parameter: click.Parameter, ctx: click.Context | None) -> str:
    if isinstance(parameter, click.Argument) and ctx is not None:
        return parameter.make_metavar(ctx)
    return parameter.opts[-1]
