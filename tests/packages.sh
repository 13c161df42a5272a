# shellcheck shell=bash
# packages_install NAME..: installs the Debian packages that are missing, as root or through sudo, without making or
# touching a database cluster. The caller's exit trap calls packages_restore.

packages_as_root=() packages_saved='' packages_conf=/etc/postgresql-common/createcluster.conf

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

packages_apt() {
    "${packages_as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NEEDRESTART_SUSPEND=1 apt-get -q \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# A server's package makes a cluster when it is installed for the first time, unless this file says no.
packages_forbid_cluster() {
    if [ -n "$(packages_missing postgresql-common)" ]; then
        packages_apt install -y --no-install-recommends postgresql-common || return
    fi
    packages_saved=$(mktemp) && cp "$packages_conf" "$packages_saved" || return
    echo 'create_main_cluster = false' | "${packages_as_root[@]}" tee -a "$packages_conf" >/dev/null
}

packages_restore() {
    [ -n "$packages_saved" ] || return 0
    # tee keeps the file's owner and mode
    "${packages_as_root[@]}" tee "$packages_conf" <"$packages_saved" >/dev/null
    rm -f "$packages_saved"
    packages_saved=''
}

packages_install() {
    local missing status=0
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            printf 'packages are missing, and this is neither root nor is there sudo; as root:\n' >&2
            printf '  apt-get install --no-install-recommends %s\n' "${missing//$'\n'/ }" >&2
            return 1
        fi
        packages_as_root=(sudo)
    fi
    packages_apt update || return
    case $missing in
    *postgresql-[0-9]*) packages_forbid_cluster || return ;;
    esac
    # shellcheck disable=SC2086 # a word is a package
    packages_apt install -y --no-install-recommends $missing || status=$?
    packages_restore
    return "$status"
}
