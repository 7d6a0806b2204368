//! Nothing of the machine that builds a component travels in it.

use crate::harness::Project;
use flate2::read::ZlibDecoder;
use std::fs;
use std::io::Read;

/// Asks for all that could name the machine, and holds on to it.
const CURIOUS: &str = "
import getpass, os, platform, socket, sys, sysconfig, tempfile, traceback
import shop

HELD = [dict(os.environ), sys.argv, sys.path, sysconfig.get_config_vars(), platform.uname(), shop.__file__]
ASK = ((socket, 'gethostname'), (getpass, 'getuser'), (os, 'getlogin'), (tempfile, 'gettempdir'), (os, 'getcwd'))
for module, name in ASK:
    try:
        HELD.append(getattr(module, name)())
    except Exception as error:
        HELD.append(traceback.format_exception(error))


def app(environ, start_response):
    start_response('200 OK', [])
    return [repr(HELD).encode()]
";

/// In every text of the building machine that must not travel.
const MARK: &[u8] = b"of-this-machine-9c41e7";

#[test]
fn a_component_says_nothing_of_the_machine_that_built_it() {
    let mark = String::from_utf8_lossy(MARK);
    let folder = format!("folder-{mark}");
    let site = format!("{folder}/.venv/lib/python3.13/site-packages");
    let elsewhere = format!("file:///home/{mark}/shop");
    let project = Project::new(&[
        (&format!("{folder}/app.py"), CURIOUS),
        (&format!("{folder}/page.html"), "<p>known text of the page</p>"),
        (&format!("{folder}/.venv/pyvenv.cfg"), &format!("home = /home/{mark}\n")),
        (&format!("{site}/shop/__init__.py"), &"KNOWN = 'known text of the package'\n".repeat(9)),
        (&format!("{site}/shop-1.0.dist-info/direct_url.json"), &format!("{{\"url\": \"{elsewhere}\"}}")),
        (&format!("{site}/shop-1.0.dist-info/METADATA"), "Name: shop\n"),
        (&format!("{site}/other.pth"), &format!("/home/{mark}/other\n")),
    ]);
    let component = project.path(&format!("{folder}/built.wasm"));
    let mut command = project.wasgi(&["build", &format!("{folder}/app.py"), "--output", component.to_str().unwrap()]);
    for name in ["SECRET", "USER", "LOGNAME", "HOSTNAME", "PYTHONPATH", "PYTHONHOME", "TZ"] {
        command.env(name, &*mark);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(component).unwrap();
    let inflated = inflated(&bytes);
    assert!(inflated.len() > 1000, "the standard library's files are seen: {}", inflated.len());
    let texts: Vec<_> = [&bytes].into_iter().chain(&inflated).collect();
    let holds = |text: &[u8]| texts.iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text));
    assert!(holds(b"known text of the page") && holds(b"known text of the package"), "files are seen");
    assert!(!holds(MARK), "something of the building machine is in the component");
    for name in own_names() {
        assert!(!holds(name.as_bytes()), "{name:?} is in the component");
    }
}

/// Everything that looks like a zlib stream and is one.
fn inflated(bytes: &[u8]) -> Vec<Vec<u8>> {
    let starts = (0..bytes.len().saturating_sub(1)).filter(|&at| bytes[at] == 0x78 && bytes[at + 1] == 0x9c);
    let read = |at| {
        let mut text = vec![];
        ZlibDecoder::new(&bytes[at..]).read_to_end(&mut text).ok().map(|_| text)
    };
    starts.filter_map(read).collect()
}

/// This machine's own names, as far as they are not words that may be anywhere.
fn own_names() -> Vec<String> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let home = std::env::var("HOME").unwrap_or_default();
    let cache = format!("{home}/.cache");
    let repository = env!("CARGO_MANIFEST_DIR").trim_end_matches("/host").to_owned();
    [host, home, cache, repository].into_iter().filter(|name| name.len() >= 8).collect()
}
