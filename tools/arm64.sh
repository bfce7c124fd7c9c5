#!/usr/bin/env bash
# Run unit tests of the package on an emulated arm64 machine, from any x86 Linux.
#
#   tools/arm64.sh                                the tests named below; no bfloat16 instructions
#   QEMU_CPU=max,sme=off tools/arm64.sh           the same on a processor that has them
#   tools/arm64.sh -x tests/unit/test_parity.py   other arguments go to pytest instead
#
# Needs QEMU 7 or newer, debootstrap, dpkg and pip, but not root: nothing is mounted, installed or
# booted. QEMU runs Debian's Python for arm64 as a program of this machine, with PyPI's wheels.
#
# The first run downloads 220 MB and fills 720 MB, which takes a minute or two; the tests then take
# 3 minutes on one core. The files stay in _build/arm64, which `make book` and `make clean` remove
# with the rest of _build; ARM64_DIR=folder keeps them elsewhere.
#
# Numba is left out: it is optional, and the kernel `inplace` stands in for `compiled` then.
# oneDNN complains once that it "Can't open MIDR_EL1", which an emulated processor has not.
set -euo pipefail

tests=(tests/unit/test_{autocast,numerics,errors,packed,cell}.py)
# What torch and pytest need, by name: pip would judge "only on x86_64" by the machine it runs on,
# and add gigabytes for CUDA. Of torch, 2.8 is the newest whose arm64 wheel is for a CPU alone;
# its sympy does not work with mpmath 1.4.
wheels=(
  "torch==2.8.*" numpy typing_extensions sympy "mpmath<1.4" networkx jinja2 markupsafe filelock
  fsspec pytest pluggy iniconfig packaging pygments hypothesis sortedcontainers attrs
)

cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin  # where debootstrap is, for users other than root too
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
if [[ -z $qemu ]] || ! { command -v debootstrap && command -v dpkg; } > /dev/null; then
  echo "Programs are missing; on Debian: apt-get install qemu-user-static debootstrap" >&2
  exit 2
fi
mkdir -p "${ARM64_DIR:=_build/arm64}"
work=$(cd "$ARM64_DIR" && pwd)

# A stamp is touched last, so an interrupted step is done again.
if [[ ! -e $work/root.stamp ]]; then
  echo "Debian for arm64, in $work/root"
  rm -rf "$work/root" "$work/debs"
  # Downloading and unpacking is all that is done: installing would take root and a chroot.
  debootstrap --download-only --arch=arm64 --variant=minbase \
    --include=python3,libgomp1,libstdc++6 bookworm "$work/debs" > "$work/debootstrap.log" ||
    { tail "$work/debootstrap.log" >&2; exit 1; }
  for deb in "$work"/debs/var/cache/apt/archives/*.deb; do
    dpkg -x "$deb" "$work/root"
  done
  rm -rf "$work/debs"
  touch "$work/root.stamp"
fi

if [[ ! -e $work/site.stamp ]]; then
  echo "Wheels for arm64 and Python 3.11, which is bookworm's, in $work/site"
  rm -rf "$work/site"
  python3 -m pip install -q --target "$work/site" --no-compile --no-deps --only-binary=:all: \
    --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 \
    --implementation cp --python-version 3.11 --abi cp311 --abi abi3 "${wheels[@]}"
  touch "$work/site.stamp"
fi

# QEMU looks for every file in QEMU_LD_PREFIX first. Its default processor, `max`, has SME, for
# which torch's Arm Compute Library takes SME2 kernels, and dies of an illegal instruction.
# Neoverse N1 is a server's; it has neither SME nor bfloat16. `-s` keeps out the x86 packages of
# ~/.local. The tensors of the tests are too small for more than one thread.
export QEMU_LD_PREFIX=$work/root QEMU_CPU=${QEMU_CPU:-neoverse-n1}
export PYTHONPATH=$work/site OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
(($#)) || set -- "${tests[@]}"
exec "$qemu" "$work/root/usr/bin/python3" -s -m pytest -p no:cacheprovider -q "$@"
