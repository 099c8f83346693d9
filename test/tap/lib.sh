# Sourced by the TAP programs of this directory: clusters, and words to judge with.
# shellcheck shell=bash source-path=SCRIPTDIR/.. source=cluster
source "$(dirname "${BASH_SOURCE[0]}")/../cluster"

tests=0
failures=0

# ok NAME COMMAND...: the command succeeds.
ok() {
  local name=$1 output
  shift
  tests=$((tests + 1))
  if output=$("$@" 2>&1); then
    echo "ok $tests - $name"
  else
    failures=$((failures + 1))
    echo "not ok $tests - $name"
    sed 's/^/# /' <<<"$output"
  fi
}

# is NAME GOT EXPECTED
is() {
  tests=$((tests + 1))
  if [[ $2 == "$3" ]]; then
    echo "ok $tests - $1"
  else
    failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$tests" "$1"
    diff <(echo "$3") <(echo "$2") | sed 's/^/# /' || true
  fi
}

# like NAME GOT REGULAR_EXPRESSION
like() {
  tests=$((tests + 1))
  if grep -qE "$3" <<<"$2"; then
    echo "ok $tests - $1"
  else
    failures=$((failures + 1))
    printf 'not ok %d - %s\n# no match for: %s\n' "$tests" "$1" "$3"
    sed 's/^/# /' <<<"$2"
  fi
}

# apt_install COMMAND PACKAGE: a program that a test needs, from the distribution.
apt_install() {
  command -v "$1" >/dev/null && return
  local as_root=()
  [[ $EUID -eq 0 ]] || as_root=(sudo -n)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 install \
    --no-install-recommends "$2" >/dev/null; then
    echo "$1 is not here and cannot be installed: apt-get install $2" >&2
    exit 1
  fi
}

done_testing() {
  echo "1..$tests"
  [[ $failures -eq 0 ]]
}

# sql DATABASE STATEMENT: its rows, or its error with SQLSTATE; never fails itself.
sql() {
  psql -XAtq -v VERBOSITY=verbose -d "$1" -c "$2" 2>&1 || true
}
