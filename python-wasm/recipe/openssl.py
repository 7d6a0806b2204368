"""The step `openssl`: libcrypto and libssl as static archives in `lib/`, with their headers in `include/`.

Debian's source package rather than the crate that carries OpenSSL: that one has stopped following the
long-term release, and Debian backports what is mended between two releases.
"""

import json
import shlex
import shutil
from fnmatch import fnmatch

from .apt import Apt
from .base import ROOM, RecipeError, fresh, jobs, pinned_file, run
from .libraries import EMULATION_FLAGS
from .sources import apply, fetch_tarball, selected, unpack, without_patches

ARCHIVES = ["libcrypto.a", "libssl.a"]
OWN = ROOM / "openssl/ssl_fd.c"
TARGET = "wasm32-wasi"
# In the language of OpenSSL's Configurations/. Limbs are of 32 bits, their products of 64: Rust's binding
# takes that for granted where pointers are of 32 bits. Limbs of 64 would take a fifth off RSA's time.
CONFIGURATION = f"""\
my %targets = ("{TARGET}" => {{
    inherit_from => ["BASE_unix"],
    cflags => "-O2",
    lib_cppflags => add("-DL_ENDIAN"),
    bn_ops => "BN_LLONG",
}});
"""
# A sandbox has one thread, loads no code, and no other process sees its memory. wasi-libc has no sockets for
# preview 1: the function of theirs that CPython calls is OWN.
NO_SYSTEM = (
    "asm async dgram dso engine module multiblock padlockeng secure-memory shared sock threads ui-console"
)
# Protocols that CPython's modules have no function for. Nothing is to depend on whether a sandbox sees a
# configuration file of the machine's.
NO_PROTOCOL = "autoload-config cmp cms comp ct dtls http nextprotoneg ocsp quic rfc3779 srp srtp ts"
# Ciphers and signatures that no TLS of today agrees on, and digests that only the legacy provider has.
NO_ALGORITHM = (
    "aria bf camellia cast ec2m gost idea legacy md4 mdc2 ocb rc2 rc4 seed siv slh-dsa sm2 sm4 whirlpool"
)
NO_TOOLS = "apps docs tests"
# C of their own for NIST's curves: signing by P-256 takes a fifth of the time.
FAST_CURVES = "enable-ec_nistp_64_gcc_128"
NOT = f"{NO_SYSTEM} {NO_PROTOCOL} {NO_ALGORITHM} {NO_TOOLS}".split()
OPTIONS = [*(f"no-{name}" for name in NOT), FAST_CURVES]


def openssl(build, folder):
    tree = source(build, folder)
    (tree / "Configurations/99-wasi.conf").write_text(CONFIGURATION)
    configure(build, tree)
    # Today would be in the archive, and the compiler's path: the release's day, and a name.
    env = {"SOURCE_DATE_EPOCH": str(int((tree / "VERSION.dat").stat().st_mtime))}
    run(["make", "CC=clang", "crypto/buildinf.h"], cwd=tree, log=build.log, env=env)
    run(["make", f"-j{jobs()}", "build_generated"], cwd=tree, log=build.log)
    run(["make", f"-j{jobs()}", *ARCHIVES], cwd=tree, log=build.log)
    keep(build, tree, folder)
    shutil.rmtree(folder / "work")


def source(build, folder):
    """The sources with Debian's patches applied; what those are is left in `patches.json`."""
    pin, debian = build.pins["openssl"], build.pins["openssl-patches"]
    package = f"{debian['package']}={debian['revision']}"
    tarball = pinned_file(build.downloads, pin, lambda into: fetch_tarball(build, pin, package, into))
    work = fresh(folder / "work")
    unpack(tarball, work)
    tree = next(work.iterdir())
    applied = {"revision": "none", "applied": []}
    if not without_patches(build, "this OpenSSL"):
        archive = pinned_file(build.downloads, debian, lambda into: fetch_patches(build, package, into))
        applied = apply(build, archive, tree, lambda series: fixes(series, debian["leave-out"]))
    (folder / "patches.json").write_text(json.dumps(applied, indent=2) + "\n")
    build.tell(f"OpenSSL {pin['version']} with {len(applied['applied'])} patches of {applied['revision']}")
    return tree


def fetch_patches(build, package, into):
    apt = Apt(build.cache, "Debian's security patches for OpenSSL", suite=build.pins["patches"]["suite"])
    apt.update(build.log)
    try:
        apt.get("source", "--download-only", "--diff-only", package, cwd=into, log=build.log)
    except RecipeError as error:
        raise RecipeError(
            f"{error}\n\nIf Debian has another revision by now, pin that one in [openssl] and "
            "[openssl-patches] of python-wasm/pins.toml; WASGI_WITHOUT_PATCHES=1 builds without."
        ) from None
    return next(into.glob("*.debian.tar.*"))


def fixes(series, left_out):
    """The patches of `series` but those of the package itself."""
    return [name for name in selected(series, ["*"]) if not any(fnmatch(name, kind) for kind in left_out)]


def configure(build, tree):
    tools = build.toolchain()
    env = {name: shlex.join(tools[name.lower()]) for name in ("CC", "AR", "RANLIB")}
    # Where an administrator's trusted certificates lie, should a sandbox be granted them.
    how = ["--prefix=/", "--libdir=lib", "--openssldir=/etc/ssl", *OPTIONS, *EMULATION_FLAGS, "-DNO_SYSLOG"]
    run(["perl", "Configure", TARGET, *how], cwd=tree, log=build.log, env=env)


def keep(build, tree, folder):
    """The archives, the headers and the licence."""
    tools = build.toolchain()
    lib, include = fresh(folder / "lib"), folder / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(tree / "include/openssl", include / "openssl", ignore=shutil.ignore_patterns("*.in"))
    declare(include / "openssl/configuration.h")
    for archive in ARCHIVES:
        shutil.copy(tree / archive, lib)
    own = folder / f"{OWN.stem}.o"
    run([*tools["cc"], "-O2", f"-I{include}", "-c", OWN, "-o", own], cwd=folder, log=build.log)
    run([*tools["ar"], "rcsD", lib / "libssl.a", own], cwd=folder, log=build.log)
    own.unlink()
    shutil.copy(tree / "LICENSE.txt", folder)


def declare(configuration):
    """Has the headers say what CPython wants of them.

    Of what they leave out with sockets, OWN is there. And all threads that there are may use the library.
    """
    line = "#  define OPENSSL_NO_SOCK\n"
    text = configuration.read_text()
    if text.count(line) != 1:
        raise RecipeError(f"{configuration.name} does not say once that there are no sockets.")
    configuration.write_text(text.replace(line, "") + "#define OPENSSL_THREADS\n")
