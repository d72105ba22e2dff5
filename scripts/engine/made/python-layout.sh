#!/bin/sh
# Puts Debian's own Python where the official image has it: under /usr/local, with site-packages.
set -eu
stdlib=/usr/local/lib/python3.11
wheels=/usr/share/python-wheels

apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
apt-get install -y -qq --no-install-recommends \
  python3.11 python3.11-venv python3-distutils python3-pip-whl python3-setuptools-whl python3-wheel-whl \
  netbase tzdata ${PACKAGES:-}

# Headers alone: installed, the package that holds them brings a C library's headers too.
work=$(mktemp -d)
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root libpython3.11-dev
dpkg-deb --fsys-tarfile libpython3.11-dev_*.deb | tar -x
mkdir -p /usr/local/include
mv usr/include/python3.11 /usr/local/include/
mv usr/include/*/python3.11/pyconfig.h /usr/local/include/python3.11/
ln -s /usr/local/include/python3.11 /usr/include/python3.11
cd /
rm -rf "$work" /var/lib/apt/lists/*

# A Python finds its library from where its program lies; Debian's /usr/bin/python3 keeps working beside it.
rm -rf "$stdlib"
mv /usr/lib/python3.11 "$stdlib"
ln -s "$stdlib" /usr/lib/python3.11
# Debian's program looks for dist-packages (that part is compiled into it), installers and builds for site-packages.
rm -rf "$stdlib/dist-packages"
mkdir "$stdlib/site-packages"
ln -s site-packages "$stdlib/dist-packages"
rm "$stdlib/EXTERNALLY-MANAGED"
cp /usr/bin/python3.11 /usr/local/bin/
ln -s python3.11 /usr/local/bin/python3
ln -s python3 /usr/local/bin/python

# Debian's Python installs elsewhere unless it runs in a virtual environment: now unless it is the one in /usr.
sed -i 's|sys\.base_prefix != sys\.prefix or hasattr(sys, "real_prefix")|sys.prefix != "/usr"|' "$stdlib/sysconfig.py"

python3 "$(echo $wheels/pip-*.whl)/pip" install --no-cache-dir --no-index --find-links "$wheels" \
  --root-user-action ignore --disable-pip-version-check pip setuptools wheel
python3 -c 'import pip, sysconfig; assert sysconfig.get_path("purelib") == "/usr/local/lib/python3.11/site-packages"'
