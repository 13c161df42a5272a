# shellcheck shell=bash
# packages_install NAME..: installs the Debian packages that are missing, as root or through sudo.

packages_missing() {
    local package
    for package in "$@"; do
        case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
        'install ok installed') ;;
        *) echo "$package" ;;
        esac
    done
}

packages_install() {
    local missing as_root=() conf=/etc/postgresql-common/createcluster.conf
    mapfile -t missing < <(packages_missing "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "missing packages, and neither root nor sudo: ${missing[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}"
    if [ ! -e $conf ]; then
        # else postgresql-15 makes a cluster and starts a server when it is installed
        "${as_root[@]}" mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | "${as_root[@]}" tee $conf >/dev/null
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold "${missing[@]}"
    # the package's own file comes beside ours: its turn now
    [ ! -e $conf.dpkg-dist ] || "${as_root[@]}" mv $conf.dpkg-dist $conf
}
