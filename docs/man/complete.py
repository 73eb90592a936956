# summary: shell completions for bash, zsh and fish out of the option tables
import options

# Values of options that have a few. Else the argument's name says what completes it (KINDS).
CHOICES = {
    ("poolprobe-report", "format"): "text json html csv",
    ("poolprobe-report", "by"): "query transaction connection pool endpoint level request checkout",
    ("poolprobe-diff", "format"): "text json html",
    ("poolprobe-experiment", "format"): "text json html",
    ("poolprobe-doctor", "format"): "text json",
    ("poolprobe-top", "sort"): "time calls p95 errors",
    ("reftarget", "reuse"): "fifo lifo",
    ("reftarget", "dial"): "parallel serial",
    ("reftarget", "mode"): "threads loop",
}
KINDS = {"FILE": "file", "RUN": "file", "PATH": "file", "DIR": "dir", "IFACE": "interface", "USER": "user", "PID": "pid"}
# What stands behind the options.
OPERANDS = {"poolprobe-report": "file", "poolprobe-diff": "file", "poolprobe-experiment": "file", "poolprobe-record": "command"}


def kind(program, option):
    choice = CHOICES.get((program.name, option.long))
    if choice:
        return "words", choice
    return KINDS.get(option.arg or "", "none"), ""


def names(option):
    return ([f"-{option.short}"] if option.short else []) + [f"--{option.long}"]


def takes_value(option):
    return option.kind != "OPT_FLAG"


# --- bash ---

BASH_KIND = {
    "file": 'mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null',
    "dir": 'mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null',
    "interface": 'mapfile -t COMPREPLY < <(compgen -W "any $(command ls /sys/class/net 2>/dev/null)" -- "$cur")',
    "user": 'mapfile -t COMPREPLY < <(compgen -u -- "$cur")',
    "pid": 'mapfile -t COMPREPLY < <(compgen -W "$(command ps -eo pid= 2>/dev/null)" -- "$cur")',
    "command": 'mapfile -t COMPREPLY < <(compgen -c -- "$cur")',
    "none": "COMPREPLY=()",
}


def bash_function(program):
    out = [f"_{program.name.replace('-', '_')}_options() {{", "  local cur=$1 prev=$2", "  case $prev in"]
    for option in program.options:
        if takes_value(option):
            what, words = kind(program, option)
            action = f'mapfile -t COMPREPLY < <(compgen -W "{words}" -- "$cur")' if what == "words" else BASH_KIND[what]
            out.append(f"    {' | '.join(names(option))}) {action}; return ;;")
    every = " ".join(n for o in program.options + options.COMMON for n in names(o))
    out += ["  esac", '  if [[ $cur == -* ]]; then', f'    mapfile -t COMPREPLY < <(compgen -W "{every}" -- "$cur")', "    return", "  fi"]
    out += [f"  {BASH_KIND[OPERANDS.get(program.name, 'none')]}", "}"]
    return out


# COMP_WORDS splits at '=': "--format=js" is three words.
BASH_WORDS = [
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}',
    '  if [[ $cur == "=" ]]; then cur=; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi',
]


def bash_program(program):
    out = [f"# summary: bash completion of {program.name}; generated from its table of options"] + bash_function(program)
    out += [f"_{program.name}() {{"] + BASH_WORDS + [f'  _{program.name}_options "$cur" "$prev"', "}"]
    return "\n".join(out + [f"complete -F _{program.name} {program.name}"]) + "\n"


def bash_poolprobe(programs, commands):
    out = ["# summary: bash completion of poolprobe; generated from its tables of commands and options"]
    for c in commands:
        out += bash_function(programs[f"poolprobe-{c.name}"])
    words = " ".join(c.name for c in commands)
    out += ["_poolprobe() {"] + BASH_WORDS
    out += ["  if ((COMP_CWORD == 1)); then", f'    mapfile -t COMPREPLY < <(compgen -W "{words} --help --version" -- "$cur")', "    return", "  fi"]
    out += ["  case ${COMP_WORDS[1]} in"]
    out += [f'    {c.name}) _poolprobe_{c.name}_options "$cur" "$prev" ;;' for c in commands]
    return "\n".join(out + ["  esac", "}", "complete -F _poolprobe poolprobe"]) + "\n"


# --- zsh ---

ZSH_KIND = {"file": "_files", "dir": "_files -/", "interface": "_net_interfaces", "user": "_users", "pid": "_pids", "command": "_command_names -e", "none": " "}


def zsh_text(text):
    return text.replace("\n", " ").replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def zsh_specs(program):
    out = []
    for option in program.options + options.COMMON:
        what, words = kind(program, option)
        action = f"({words})" if what == "words" else ZSH_KIND[what]
        value = f":{zsh_text(option.arg or 'value')}:{action}" if takes_value(option) else ""
        many = "*" if option.kind == "OPT_LIST" else ""
        for n in names(option):
            glue = ("=" if n.startswith("--") else "+") if takes_value(option) else ""
            out.append(f"    '{many}{n}{glue}[{zsh_text(option.help)}]{value}'")
    if program.name in OPERANDS:
        out.append(f"    '*:operand:{ZSH_KIND[OPERANDS[program.name]]}'")
    return " \\\n".join(["  _arguments -s"] + out)


def zsh_program(program):
    return f"#compdef {program.name}\n# summary: zsh completion of {program.name}; generated from its table of options\n{zsh_specs(program)}\n"


def zsh_poolprobe(programs, commands):
    out = ["#compdef poolprobe", "# summary: zsh completion of poolprobe; generated from its tables of commands and options"]
    out += ["local -a commands", "commands=("] + [f"  '{c.name}:{zsh_text(c.about)}'" for c in commands] + [")"]
    out += ["if (( CURRENT == 2 )); then", "  _describe command commands", "  return", "fi", "shift words", "(( CURRENT-- ))", "case $words[1] in"]
    for c in commands:
        out += [f"{c.name})", zsh_specs(programs[f"poolprobe-{c.name}"]), "  ;;"]
    return "\n".join(out + ["esac"]) + "\n"


# --- fish ---

FISH_KIND = {"file": "-r -F", "dir": "-x -a '(__fish_complete_directories)'", "interface": "-x -a '(__fish_print_interfaces)'",
             "user": "-x -a '(__fish_complete_users)'", "pid": "-x -a '(__fish_complete_pids)'", "none": "-x"}


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'"


def fish_options(program, command, condition):
    out = []
    for option in program.options + options.COMMON:
        what, words = kind(program, option)
        value = "" if not takes_value(option) else f" -x -a {fish_quote(words)}" if what == "words" else " " + FISH_KIND[what]
        short = f" -s {option.short}" if option.short else ""
        out.append(f"complete -c {command}{condition}{short} -l {option.long}{value} -d {fish_quote(option.help)}")
    return out


def fish_program(program):
    out = [f"# summary: fish completion of {program.name}; generated from its table of options", f"complete -c {program.name} -f"]
    return "\n".join(out + fish_options(program, program.name, "")) + "\n"


def fish_poolprobe(programs, commands):
    out = ["# summary: fish completion of poolprobe; generated from its tables of commands and options", "complete -c poolprobe -n __fish_use_subcommand -f"]
    out += [f"complete -c poolprobe -n __fish_use_subcommand -a {c.name} -d {fish_quote(c.about)}" for c in commands]
    for c in commands:
        out += fish_options(programs[f"poolprobe-{c.name}"], "poolprobe", f" -n '__fish_seen_subcommand_from {c.name}'")
    return "\n".join(out) + "\n"


def files(programs, commands):
    """(shell, file name, text) of every completion."""
    yield "bash", "poolprobe", bash_poolprobe(programs, commands)
    yield "zsh", "_poolprobe", zsh_poolprobe(programs, commands)
    yield "fish", "poolprobe.fish", fish_poolprobe(programs, commands)
    for name in ("poolload", "reftarget"):
        yield "bash", name, bash_program(programs[name])
        yield "zsh", f"_{name}", zsh_program(programs[name])
        yield "fish", f"{name}.fish", fish_program(programs[name])
