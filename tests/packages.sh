# shellcheck shell=bash
# packages_install NAME..: installs the Debian packages that are missing, as root or through sudo, without making or
# touching a database cluster. packages_missing NAME.. prints which these are.

packages_missing() {
    local package
    # elsewhere than on Debian the build says what it lacks
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    for package in "$@"; do
        case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
        'install ok installed') ;;
        *) echo "$package" ;;
        esac
    done
}

# A subshell: the file is restored by its own exit trap.
packages_install() (
    set +e
    missing=$(packages_missing "$@")
    conf=/etc/postgresql-common/createcluster.conf saved='' as_root=()
    [ -n "$missing" ] || exit 0
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            printf 'packages are missing, and this is neither root nor is there sudo; as root:\n' >&2
            printf '  apt-get install --no-install-recommends %s\n' "${missing//$'\n'/ }" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    apt() {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NEEDRESTART_SUSPEND=1 apt-get -q \
            -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" </dev/null
    }
    # tee keeps the file's owner and mode
    # shellcheck disable=SC2317 # the trap runs it
    restore() {
        [ -n "$saved" ] || return
        "${as_root[@]}" tee "$conf" <"$saved" >/dev/null
        rm -f "$saved"
    }
    trap restore EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM

    apt update || exit
    # shellcheck disable=SC2086 # a word is a package
    apt install -y --no-install-recommends --download-only $missing || exit
    # Ctrl-C would leave packages half installed: from here on it is heard at the end
    trap '' INT
    case $missing in
    *postgresql-[0-9]*)
        # a server's package makes a cluster when it is installed for the first time, unless this file says no
        if [ -n "$(packages_missing postgresql-common)" ]; then
            apt install -y --no-install-recommends postgresql-common || exit
        fi
        copy=$(mktemp) && cp "$conf" "$copy" || exit
        saved=$copy
        echo 'create_main_cluster = false' | "${as_root[@]}" tee -a "$conf" >/dev/null || exit
        ;;
    esac
    # shellcheck disable=SC2086 # a word is a package
    apt install -y --no-install-recommends $missing
)
