//! Small applications, each with one habit at import: notices name the lines of those that a snapshot makes unsafe, and
//! leave out the safe ones.

use crate::harness::{Project, Server, wasgi};
use std::path::Path;

const FROZEN: &str = "warning: app.py:{line}: the same in every request, and in the file";
const STALE: &str = "note: app.py:{line}: the time of the build, the same in every request";
const REFUSED: &str = "note: app.py:{line}: refused: ";

/// The code before the habit, the habit (the line to be named), and the build's notice.
const UNSAFE: &[(&str, &str, &str)] = &[
    ("import secrets", "SECRET_KEY = secrets.token_hex()", FROZEN),
    ("import os", "SALT = os.urandom(16)", FROZEN),
    ("import ssl\n\nssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)", "SALT = ssl.RAND_bytes(16)", FROZEN),
    ("import uuid", "INSTANCE = uuid.uuid4()", FROZEN),
    ("import uuid", "INSTANCE = uuid.uuid1()", FROZEN),
    ("import random", "PORT = random.randint(1, 9)", FROZEN),
    ("import random", "CHANCE = random.random()", FROZEN),
    ("from random import getrandbits as bits", "CHANCE = bits(32)", FROZEN),
    ("import random\n\nITEMS = [1, 2, 3]", "random.shuffle(ITEMS)", FROZEN),
    ("import random\n\nDICE = random.Random()", "FIRST = DICE.random()", FROZEN),
    ("import random", "CHANCE = random.SystemRandom().random()", FROZEN),
    (
        "import email.message\n\nMAIL = email.message.EmailMessage()\nMAIL.make_mixed()",
        "TEXT = MAIL.as_string()",
        FROZEN,
    ),
    ("import secrets\n\n\ndef make():", "    return secrets.token_bytes()\n\n\nKEY = make()", FROZEN),
    ("import secrets\n\n\nclass Settings:", "    KEY = secrets.token_urlsafe(8)", FROZEN),
    ("import time", "STARTED = time.time()", STALE),
    ("import datetime", "STARTED = datetime.datetime.now()", STALE),
    ("import time", "TODAY = time.strftime('%Y')", STALE),
    ("import os", "DEBUG = os.environ.get('DEBUG', '')", "note: app.py:{line}: DEBUG is not set at import"),
    ("from os import getenv", "DEBUG = getenv('SHOP_DEBUG')", "note: app.py:{line}: SHOP_DEBUG is not set at import"),
    ("import os", "ALL = dict(os.environ)", "note: app.py:{line}: all that is granted is there only in requests"),
    ("TEXT = 'x'", "FILE = open('/app/data.txt')", "note: app.py:{line}: stays open"),
    ("try:", "    open('/data/config.json')\nexcept OSError:\n    pass", "note: app.py:{line}: not there at import"),
    ("try:", "    open('/app/log.txt', 'a')\nexcept OSError:\n    pass", REFUSED),
    ("import socket\n\ntry:", "    socket.socket().connect(('127.0.0.1', 1))\nexcept OSError:\n    pass", REFUSED),
    ("import threading", "threading.Thread(target=print).start()", "note: app.py:{line}: the thread is set aside"),
    ("import subprocess\n\ntry:", "    subprocess.run(['true'])\nexcept OSError:\n    pass", REFUSED),
];

/// These get no notice.
const SAFE: &[&str] = &[
    "import asyncio, email, hashlib, logging, multiprocessing, random, secrets, socket, sqlite3, ssl_free, tempfile, uuid",
    "import random\nDICE = random.Random()",
    "import random\nDICE = random.Random(42)\nFIRST = DICE.random()",
    "import random\nrandom.seed(42)\nFIRST = random.random()",
    "import tempfile\nFOLDER = tempfile.mkdtemp()",
    "import time\nSTARTED = time.monotonic(), time.perf_counter()",
    "import os\nos.environ.setdefault('SETTINGS', 'shop')\nNAME = os.environ['SETTINGS']",
    "with open('/app/data.txt') as file:\n    DATA = file.read()",
    "import pathlib\nDATA = pathlib.Path(__file__).with_name('data.txt').read_text()",
    "import sqlite3\nDB = sqlite3.connect(':memory:')\nDB.execute('create table t (x)')",
    "import sqlite3\nDB = sqlite3.connect('/tmp/scratch.db')\nDB.execute('create table t (x)')",
    "import logging\nlogging.basicConfig(level='INFO')\nlogging.getLogger().info('imported')",
    "import collections, dataclasses, enum, re\nPAIR = collections.namedtuple('PAIR', 'a b')\nWORD = re.compile('x')",
    "import hashlib, hmac\nDIGEST = hmac.new(b'k', b'm', 'sha256').hexdigest()\nORDER = list({'a', 'b'})",
    "import ssl\nCONTEXT = ssl.create_default_context()\nSERVER = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)",
    "import socket, threading, subprocess\nLOCK = threading.Lock()",
    "import threading\nTHREAD = threading.Thread(target=len, args=('a',))\nTHREAD.start()\nTHREAD.join()",
];

const APP: &str = "\n\n\ndef app(environ, start_response): ...\n";

/// The notices on the import of one application.
fn told(app: &str) -> Vec<String> {
    let project = Project::new(&[("app.py", &format!("{app}{APP}")), ("data.txt", "data"), ("ssl_free.py", "")]);
    let said = project.succeed(&["build", "app.py"]);
    let told = said.lines().filter(|line| line.contains("warning: ") || line.contains("note: "));
    told.map(str::to_owned).collect()
}

#[test]
fn unsafe_ones_are_told_with_their_line() {
    for (before, habit, expected) in UNSAFE {
        let told = told(&format!("{before}\n{habit}"));
        let number = before.lines().count() + 1;
        let line = format!("{number} {}", habit.lines().next().unwrap().trim());
        let expected = expected.replace("{line}", &line);
        assert!(told.len() == 1 && told[0].contains(&expected), "{habit}: {told:?}, not {expected}");
        println!("{}", told[0]);
    }
}

#[test]
fn safe_ones_are_not() {
    for app in SAFE {
        assert_eq!(told(app), [""; 0], "{app}");
    }
}

const TOKEN: &str = "import secrets\n\nTOKEN = secrets.token_hex()\n";

/// An application that is safe itself, with a package that is not.
fn with_package() -> Project {
    let app = format!("import tokens.made{APP}");
    Project::new(&[("app/app.py", &app), ("packages/tokens/__init__.py", ""), ("packages/tokens/made.py", TOKEN)])
}

const BUILD: &[&str] = &["build", "app/app.py", "--site-packages", "packages"];

#[test]
fn a_package_is_named_too() {
    let said = with_package().succeed(BUILD);
    assert!(said.contains("warning: tokens/made.py:3 TOKEN = secrets.token_hex(): the same in every"), "{said}");
}

/// Reads variables at its own import, for itself in functions, as many packages do, and for its callers.
const CONFIG: &str = "\
import os

COLOR = os.environ.get('NO_COLOR')


def init():
    return [os.environ.get(name) for name in ('HEROKU_SLUG_COMMIT', 'DYNO')]


def config(name, default=None):
    return os.environ.get(name, default)
";

#[test]
fn variables_are_told_where_the_application_itself_reads_them() {
    let app = "\
import os

import tool

tool.init()
DEBUG = tool.config('DEBUG')
HOST, PORT, NAME = (os.environ.get(name) for name in ('HOST', 'PORT', 'NAME'))
DEBUG = [tool.config('DEBUG') for _ in range(3)]
";
    let project = Project::new(&[("app/app.py", &format!("{app}{APP}")), ("packages/tool.py", CONFIG)]);
    let said = project.succeed(BUILD);
    let notes: Vec<_> = said.lines().filter(|line| line.contains("note: ")).collect();
    let [debug, several, again] = notes[..] else { panic!("three notes: {said}") };
    assert!(debug.contains("app.py:6 DEBUG = tool.config('DEBUG'): DEBUG is not set at import, and what"), "{debug}");
    assert!(several.contains("app.py:7 HOST, PORT, NAME = ("), "{several}");
    assert!(several.contains("HOST, PORT and NAME are not set at import, and what stands for them"), "{several}");
    assert!(again.contains("app.py:8 DEBUG = [tool.config"), "{again}");
}

#[test]
fn entropy_can_be_denied_and_allowed() {
    let project = with_package();
    let with = |options: &[&'static str]| [BUILD, options].concat();
    let message = project.refused(&with(&["--deny-import-entropy"]));
    assert!(message.contains("--allow-import-entropy tokens.made"), "{message}");
    assert!(!project.path("app.wasm").exists());
    let said = project.succeed(&with(&["--deny-import-entropy", "--allow-import-entropy", "tokens"]));
    assert!(!said.contains("warning: "), "{said}");
    project.refused(&with(&["--deny-import-entropy", "--allow-import-entropy", "token"]));
}

#[test]
fn warnings_stay_with_the_application() {
    let project = Project::new(&[("app.py", &format!("{TOKEN}{APP}"))]);
    let warning = "warning: app.py:3 TOKEN = secrets.token_hex()";
    drop(project.run(&["app.py"]));
    let server = project.run(&["app.py"]);
    server.wait_for("the snapshot comes from the cache");
    server.wait_for(warning);
    let message = project.refused(&["run", "app.py", "--deny-import-entropy"]);
    assert!(message.contains("from the cache") && message.contains(warning), "{message}");
    project.build("app.py");
    let shown = project.succeed(&["inspect", "built.wasm"]);
    assert!(shown.contains(warning), "{shown}");
}

#[test]
fn nothing_of_the_watch_stays() {
    let app = "
import os
import random
import subprocess
import sys
from random import getrandbits, random as draw


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    left = [
        draw is random.random,
        getrandbits is random.getrandbits,
        getattr(draw, '__self__', None) is random._inst,
        'random' not in vars(random.Random),
        *(function.__module__ == module for function, module in [
            (random.Random.seed, 'random'),
            (subprocess.Popen.__init__, 'subprocess'),
            (type(os.environ).__getitem__, 'os'),
            (type(os.environ).setdefault, 'os'),
        ]),
        type(random.__spec__.loader).__module__.startswith('_frozen_importlib'),
        # What waits for asyncio.
        [type(finder).__module__ for finder in sys.meta_path].count('wasgi_guest.late') == 1,
    ]
    return [repr(left).encode()]
";
    let project = Project::new(&[("app.py", app)]);
    let reply = project.run(&["app.py"]).get("/");
    assert!(!reply.ok().contains("False"), "{}", reply.text());
}

#[test]
fn flask_is_quiet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut command = wasgi(&["run", "flask_app/app.py"]);
    command.current_dir(folder);
    let log = Server::start(command).log();
    assert!(!log.contains("note: ") && !log.contains("warning: "), "{log}");
}
