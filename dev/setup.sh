#!/bin/sh
# Makes .venv what uv.lock says. A machine needs only some python3 for it; when nothing changed it takes milliseconds.
#
# PYTHON=/path/to/python3.13 chooses the interpreter. A command that is found is also run before it is believed: a pyenv
# shim stands on PATH for versions that the current folder does not select, and fails.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.8
uv=.local/uv/bin/uv
stamp=.venv/.set-up
export UV_PROJECT_ENVIRONMENT=.venv
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
# uv brings its own list of certificate authorities; a company's proxy is only in the machine's, where there is one.
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -f "$bundle" ] || export UV_SYSTEM_CERTS=true
done

main() {
    wanted=$(cat uv.lock .python-version dev/setup.sh | cksum)
    is_set_up && exit 0
    have_uv || install_uv || use_uv_on_path || die "uv could not be installed from PyPI: $uv_trouble."
    choose_python || die "no Python 3.12 or newer that runs was found. Tried \$PYTHON (${PYTHON:-not set})," \
        "python3.14, python3.13, python3.12, python3, the versions of pyenv in $(pyenv_root)/versions, and uv's own" \
        "download. Install one, or name it: make PYTHON=/path/to/python3.12"
    say "Setting up .venv with $python"
    "$uv" sync --frozen --all-groups --quiet --python "$python"
    printf '%s\n%s\n' "$wanted" "${PYTHON:-}" >"$stamp"
}

is_set_up() {
    [ -x .venv/bin/python ] && [ -x "$uv" ] && [ -f "$stamp" ] && .venv/bin/python -c '' 2>/dev/null || return 1
    { read -r made_from && read -r made_by; } <"$stamp" || return 1
    [ "$made_from" = "$wanted" ] && { [ -z "${PYTHON:-}" ] || [ "$PYTHON" = "$made_by" ]; }
}

have_uv() { [ -x "$uv" ] && [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" = "$UV_VERSION" ]; }

# uv goes into a venv of whatever Python there is; where that one lacks ensurepip (Debian packs it apart), its pip
# may still do.
install_uv() {
    uv_trouble="no python3 on PATH runs"
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 /usr/bin/python3 \
        "$(pyenv_root)"/versions/3.*/bin/python3; do
        found=$("$name" -c 'import sys; print(sys.executable)' 2>/dev/null) || continue
        say "Installing uv $UV_VERSION with $found"
        rm -rf .local/uv
        mkdir -p .local
        if "$found" -c 'import ensurepip, venv' 2>/dev/null; then
            if "$found" -m venv .local/uv && .local/uv/bin/python -m pip install -qq "uv==$UV_VERSION"; then
                return 0
            fi
            uv_trouble="pip of $found failed, see above"
        elif "$found" -m pip --version >/dev/null 2>&1; then
            if "$found" -m pip install -qq --target .local/uv "uv==$UV_VERSION"; then
                return 0
            fi
            uv_trouble="pip of $found failed, see above"
        else
            uv_trouble="$found has neither ensurepip nor pip (on Debian and Ubuntu: apt install python3-venv)"
        fi
    done
    return 1
}

use_uv_on_path() {
    on_path=$(command -v uv) && "$on_path" --version >/dev/null 2>&1 || return 1
    rm -rf .local/uv
    mkdir -p .local/uv/bin
    ln -s "$on_path" "$uv"
    say "Using $on_path, because $uv_trouble"
}

choose_python() {
    for name in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3 \
        "$(pyenv_root)"/versions/3.14*/bin/python3 "$(pyenv_root)"/versions/3.13*/bin/python3 \
        "$(pyenv_root)"/versions/3.12*/bin/python3; do
        python=$(new_enough "$name") && return 0
        [ "$name" != "${PYTHON:-}" ] || say "PYTHON=$PYTHON does not run, or is older than 3.12: looking further"
    done
    say "No Python 3.12 or newer here: asking uv for one"
    python=$(cat .python-version)
    "$uv" python install --quiet "$python"
}

# Prints where the interpreter really is, so that neither a shim nor another venv stays in between.
new_enough() {
    "$1" -c '
import ssl, sys, zlib
sys.exit("too old") if sys.version_info < (3, 12) else print(getattr(sys, "_base_executable", sys.executable))
' 2>/dev/null
}

pyenv_root() { printf %s "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}"; }

say() { echo "$*" >&2; }

die() {
    say "setup: $*"
    exit 1
}

main
