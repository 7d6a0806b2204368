# Everything a person needs. `./just` alone lists it.

set shell := ["bash", "-euo", "pipefail", "-c"]

# The packages of the Flask example live in a virtual environment beside it, as any Flask user's do.
flask_env := "examples/flask_app/.venv"
# The same for the Django project that the tests serve.
django_env := "tests/django/.venv"
# And for what the tests run coroutines and threads with.
asynchronous_env := "tests/asynchronous/.venv"
# uv, for the tests of packages that a project declares.
uv_env := "tests/build/.venv"
# And the drivers of databases.
databases_env := "tests/databases/.venv"
# And of the applications that the guide shows.
guide_env := ".tools/guide"
# And of packages with native code.
native_env := "tests/native/.venv"
# And of all packages with native code, for a native Python of the guest's version.
all_native_env := "tests/native/all/.venv"
# The same with what the packages' own tests need, which is more than one application may have.
suites_env := "tests/native/suites/.venv"
# What lints: pinned in .ci/lint.txt.
lint_env := ".tools/lint"
mypy := lint_env + "/bin/mypy --no-error-summary"
# What makes a site of the documents.
site_env := ".tools/site"
# The peers that the benchmarks compare with.
bench_env := "benches/.venv"

# Of the same release as the crate. Only what `wasmtime serve` needs, which halves the build.
wasmtime_version := "48.0.8"
wasmtime_features := "run,serve,cranelift,component-model,component-model-async,pooling-allocator,parallel-compilation,cache,addr2line,backtrace,demangle"

# The client of the benchmark.
oha_version := "1.16.0"
# For programs that are built to be run now and then.
quick_to_build := "CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16"
# Draws which modules use which others.
cargo_modules_version := "0.27.0"
deny_version := "0.20.2"
engines := "${WASGI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasgi}/engines"

# List the recipes
default:
    @just --justfile {{ justfile() }} --list --unsorted

# Serve an application: `just run examples/hello.py`, with any option of `wasgi run`
[no-cd]
run *ARGS: build
    @"{{ justfile_directory() }}/target/release/wasgi" run {{ ARGS }}

# Build the `wasgi` command: CPython once per machine, then the guest, then the host
build:
    @python3 host/build.py

# The command as it is shipped, CPython and host by their profiles: most of an hour, once per machine
[private]
optimised:
    @python3 host/build.py --release

# Build the guest's core module (and CPython for WASI, unless this machine has it already)
guest:
    @python3 guest/build.py

# Build CPython for WASI alone; `just python-wasm list` shows its steps
python-wasm *STEP:
    @python3 python-wasm/build.py {{ STEP }}

# Compile packages' native code for the guest, all or some; `just native list` shows them. The next `just build` carries it
native *NAME:
    @python3 python-wasm/native.py {{ NAME }}

# Install the packages of the Flask example and of the tests: Django, coroutines, drivers of databases, native code, the guide, and uv
requirements: (install flask_env "examples/flask_app/requirements.txt") (install django_env "tests/django/requirements.txt") \
    (install asynchronous_env "tests/asynchronous/requirements.txt") (install uv_env "tests/build/requirements.txt") \
    (install databases_env "tests/databases/requirements.txt") (install native_env "tests/native/requirements.txt") \
    (install (guide_env / "applications") "docs/tests/command/packages/applications.txt") \
    (install (guide_env / "rest-framework") "docs/tests/command/packages/rest-framework.txt")

[private]
install env requirements:
    @test -x {{ env }}/bin/python || python3 -m venv {{ env }}
    @{{ env }}/bin/python -m pip install --quiet --require-hashes -r {{ requirements }}

# Install the stock engines that the tests run components on; they outlive a checkout, as they take minutes to build
engines: jco wasmcloud
    @test "$("{{ engines }}/wasmtime/bin/wasmtime" --version 2>/dev/null | cut -d " " -f 2)" = {{ wasmtime_version }} || { \
        CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked --root "{{ engines }}/wasmtime" --force \
        --version ={{ wasmtime_version }} --no-default-features --features {{ wasmtime_features }} wasmtime-cli; }

# `jco serve`, in Node 20 or later. Not `npm ci`: that wants every platform's optional packages in the lock file
[private]
jco:
    @folder="{{ engines }}/jco"; \
    cmp -s tests/engines/jco/package-lock.json "$folder/pinned.json" || { \
        rm -rf "$folder.new" && mkdir -p "$folder.new" && cp tests/engines/jco/*.json "$folder.new"; \
        npm install --prefix "$folder.new" --ignore-scripts --no-audit --no-fund --silent; \
        cp tests/engines/jco/package-lock.json "$folder.new/pinned.json"; \
        rm -rf "$folder" && mv "$folder.new" "$folder"; }

# wasmCloud's `wash`, which is host and command in one
[private]
wasmcloud:
    @folder="{{ engines }}/wasmcloud"; pins=tests/engines/wasmcloud/requirements.txt; \
    cmp -s "$pins" "$folder/pinned.txt" || { \
        rm -rf "$folder" && python3 -m pip install --quiet --root-user-action=ignore --no-deps --only-binary=:all: \
            --require-hashes --target "$folder" -r "$pins" && cp "$pins" "$folder/pinned.txt"; }

# Unpack Debian's databases, proxies, NATS, registry and Prometheus into the cache folder; nothing is installed
servers:
    @python3 tests/servers/fetch.py

# Fetch what the tests check wasgi with: others' tests, requests, lints, clients and frameworks, into .tools/
corpora:
    @python3 tests/corpora/fetch.py

# Pass every test: pure Python natively, CPython under wasmtime, then the host over real HTTP
test:
    @python3 tests/run.py

# CPython's regression tests in the sandbox, into tests/cpython/results.md, in 8 minutes; of some: `just cpython-tests test_re`
cpython-tests *MODULES: build
    @python3 tests/cpython/run.py target/release/wasgi {{ MODULES }}

# Real applications by wasgi and by gunicorn, their answers compared; `--table` measures, too: `just test-applications trac`
test-applications *ARGS: build (install uv_env "tests/build/requirements.txt")
    @case " {{ ARGS }} " in *" --table "*) "{{ just_executable() }}" --justfile "{{ justfile() }}" oha ;; esac
    @python3 tests/applications/run.py {{ ARGS }}

# All packages with native code in the sandbox, beside native Python
test-native: native build all-native servers
    {{ all_native_env }}/bin/python -m unittest discover --quiet -s tests/native/all

# Packages' own tests in the sandbox and natively, into docs/lab/native-suites.md; of some: `just test-suites msgpack`
test-suites *NAME: native build servers (natively suites_env "-r tests/native/suites/requirements.txt")
    python3 tests/native/suites/run.py target/release/wasgi {{ suites_env }}/bin/python {{ NAME }}

# The typical work of packages with native code in a sandbox, beside native Python
native-bench *NAME: native build all-native servers
    @{{ all_native_env }}/bin/python benches/native.py {{ NAME }}

[private]
all-native: (natively all_native_env "")

[private]
natively env more: guest
    @python=$(python3 benches/native_python.py); test -x {{ env }}/bin/python || "$python" -m venv {{ env }}
    @{{ env }}/bin/python -m pip install --quiet --require-hashes -r tests/native/all/requirements.txt -r tests/native/all/requirements-libraries.txt {{ more }}

# The gateway and the recipe, tested on ordinary Python
test-python:
    python3 -m unittest discover --quiet -s guest/tests -t guest
    python3 -m unittest discover --quiet -s python-wasm/tests
    python3 -m unittest discover --quiet -s host/tests
    python3 -m unittest discover --quiet -s host/training/tests
    python3 -m unittest discover --quiet -s tests/applications
    python3 -m unittest discover --quiet -s release/tests
    python3 -m unittest discover --quiet -s docs/tests
    python3 -m unittest discover --quiet -s .ci/tests

# The documentation as a site, into site/: links checked, warnings refused (with --quiet, mkdocs would not count them)
site: (install site_env "docs/site/requirements.txt")
    @NO_MKDOCS_2_WARNING=true {{ site_env }}/bin/mkdocs build --strict

# Write anew what the documents show of the command: the page of its options, and the recording in the README
reference: build
    @python3 docs/written/command_line.py
    @python3 docs/written/recording.py

# Write a page of docs/lab anew: `attacks` from the isolation tests, `servers` from the last `./just bench`
lab PAGE:
    @python3 docs/written/lab.py {{ PAGE }}

# Run the commands of README and guide, with the `wasgi` that a build left
test-docs:
    python3 -m unittest discover --quiet -s docs/tests/command

# Fuzz for some time, an hour by default: `./just fuzz slots`. As root, slots are fuzzed while the kernel moves, swaps out and
# merges their pages. The seeds are fixed, so what fails does so again; WASGI_SOAK_SEED is another one
fuzz TARGET SECONDS="3600": guest
    @case "{{ TARGET }}" in \
        slots) test="--lib slots::oracle::guests_of";; \
        rewriting) test="--lib polls::oracle";; \
        framing) test="--lib against_hyper";; \
        guest) test="--test wasgi hostile::whatever";; \
        *) echo "just fuzz: {{ TARGET }} is none of slots, rewriting, framing, guest" >&2; exit 2;; \
    esac; \
    WASGI_SOAK_SECONDS="{{ SECONDS }}" cargo test --release --locked -p wasgi $test -- --nocapture

# The peers run on the native Python that CPython for WASI was built with, of the same version
[private]
peers: guest
    @python=$(python3 benches/native_python.py); \
    test -x "{{ bench_env }}/bin/$(basename "$python")" || "$python" -m venv --clear {{ bench_env }}
    @{{ bench_env }}/bin/python -m pip install --quiet --require-hashes -r benches/requirements.txt

# The client that makes load
[private]
oha:
    @cargo install --quiet --locked --root "{{ engines }}/oha" --version ={{ oha_version }} oha

# Requests per second, latency, CPU and memory beside native servers and componentize-py: `just bench --quick`
bench *ARGS: optimised requirements engines peers oha
    {{ bench_env }}/bin/python benches/run.py {{ ARGS }}

# Which pages of its sandbox a request writes to, and how often it faults: `just pages`
pages: optimised requirements peers
    {{ bench_env }}/bin/python benches/pages.py

# What reference counts and cycle collection cost a native server, in pages that its workers no longer share
counts: requirements peers
    {{ bench_env }}/bin/python benches/counts.py

# What a sandbox, a request and its guest take inside the server, without sockets: `just micro hello/guest`
micro *ARGS: build requirements
    @python3 benches/components.py
    cargo bench --profile dist --locked -p wasgi --bench micro -- {{ ARGS }}

# How soon `wasgi run` serves an edit: of Python, a template, requirements.txt
rebuild: build
    @python3 benches/rebuild.py

# What a connection to PostgreSQL for each request costs, beside PgBouncer's pool and gunicorn with one: `just databases`
databases *ARGS: optimised servers peers oha
    @{{ bench_env }}/bin/python -m pip install --quiet --require-hashes -r tests/databases/requirements.txt
    {{ bench_env }}/bin/python benches/databases.py {{ ARGS }}

# What memory bombs do to other requests: wasgi beside gunicorn (needs root, for a control group)
neighbours: optimised peers
    {{ bench_env }}/bin/python benches/neighbours.py

# Formatting, lints, types of the Python, spelling, layout of the C: warnings refused
lint: ruff types spelling c-format
    cargo fmt --check
    cargo clippy --release --locked --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --release --locked -p wasgi --no-deps --document-private-items

# Whether modules of the host use each other in a circle (cargo-modules, and `acyclic` of Debian's graphviz)
cycles:
    @{{ quick_to_build }} cargo install --quiet --locked --root "{{ engines }}/cargo-modules" --version ={{ cargo_modules_version }} cargo-modules
    cd host && "{{ engines }}/cargo-modules/bin/cargo-modules" dependencies --package wasgi --lib --no-externs --no-sysroot \
        --no-fns --no-traits --no-types --no-owns | acyclic -nv

# What to run while working, under a minute when little changed: formatting, lints, unit tests. The oracles, which try what
# chance brings for a minute and a half, run in `./just test`
check: lint test-python
    cargo test --quiet --release --locked -p wasgi --lib -- --skip oracle

# All that is shipped, into dist/: the command by its profile, the wheel, the sources, a bill of materials, and the rest
release:
    @python3 release/build.py check
    @python3 host/build.py --release
    @python3 release/build.py all target/dist/wasgi

# The wheel alone, into dist/, from a plain build: `pip install dist/wasgi-*.whl`
wheel:
    @python3 host/build.py --carrying
    @python3 release/build.py wheel target/release/wasgi

# Install the wheel as its users do, and have it serve: by pip with nothing else on PATH, by uvx and by pipx
test-wheel:
    python3 release/tests/wheel_in_use.py dist/wasgi-*.whl

# Run the image of release/Containerfile without an engine: the command and its libraries alone in a root of their own (as root)
test-container BINARY="dist/wasgi":
    python3 release/tests/container_in_use.py {{ BINARY }}

# Run the same image by Debian's containerd and runc, which are not installed, as examples/cluster/kubernetes.yaml has it (as root)
test-containerd BINARY="dist/wasgi":
    python3 release/tests/containerd_in_use.py {{ BINARY }}

# The Python part of the lints
ruff: (install lint_env ".ci/lint.txt")
    {{ lint_env }}/bin/ruff check .
    {{ lint_env }}/bin/ruff format --check .

# Types of the Python that builds, measures and ships, folder by folder, as modules of the same name are in several
types: (install lint_env ".ci/lint.txt")
    MYPYPATH=python-wasm:host:host/training:. {{ mypy }} python-wasm/recipe host/*.py host/training/profiles.py guest/build.py
    MYPYPATH=python-wasm {{ mypy }} python-wasm/build.py .ci/deny.py tests/run.py tests/corpora/fetch.py
    MYPYPATH=release {{ mypy }} release/*.py
    MYPYPATH=benches:python-wasm:tests/native/all {{ mypy }} benches/*.py benches/peers/*.py
    MYPYPATH=docs/written:docs/tests:docs/tests/command {{ mypy }} docs/written/*.py docs/tests/*.py docs/tests/command/*.py

# Spelling, of everything; typos.toml has the words that are right
spelling: (install lint_env ".ci/lint.txt")
    {{ lint_env }}/bin/typos

# Licences, sources and advisories of the crates, by deny.toml
deny:
    @{{ quick_to_build }} cargo install --quiet --locked --root "{{ engines }}/cargo-deny" --no-default-features --version ={{ deny_version }} cargo-deny
    @python3 .ci/deny.py "{{ engines }}/cargo-deny"

# The layout of the guest's C; `./just c-format -i` applies it
c-format OPTIONS="--dry-run --Werror": (install lint_env ".ci/lint.txt")
    {{ lint_env }}/bin/clang-format {{ OPTIONS }} guest/src/*.[ch]

# Remove what was built here (the user's cache folder stays)
clean:
    cargo clean
    rm -rf guest/build dist site .tools {{ flask_env }} {{ django_env }} {{ bench_env }}
