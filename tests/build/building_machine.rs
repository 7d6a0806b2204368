//! A component contains nothing from the machine that built it.

use crate::harness::{Project, SITE};
use std::fs;
use std::io::Read;
use wasmparser::{DataKind, Operator, Parser, Payload};

/// Collects and keeps every value that could identify the machine.
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

/// Part of every text of the building machine that must not be in the component.
const MARK: &[u8] = b"of-this-machine-9c41e7";

#[test]
fn a_component_says_nothing_of_the_machine_that_built_it() {
    let mark = String::from_utf8_lossy(MARK);
    let folder = format!("folder-{mark}");
    let site = format!("{folder}/.venv/{SITE}");
    let elsewhere = format!("file:///home/{mark}/shop");
    let project = Project::new(&[
        (&format!("{folder}/app.py"), CURIOUS),
        (&format!("{folder}/page.html"), "<p>known text of the page</p>"),
        (&format!("{folder}/.venv/pyvenv.cfg"), &format!("home = /home/{mark}\n")),
        (&format!("{site}/shop/__init__.py"), &"KNOWN = 'known text of the package'\n".repeat(9)),
        (&format!("{site}/shop-1.0.dist-info/direct_url.json"), &format!("{{\"url\": \"{elsewhere}\"}}")),
        (&format!("{site}/shop-1.0.dist-info/METADATA"), "Name: shop\n"),
        (&format!("{site}/other.pth"), &format!("/home/{mark}/other\n")),
        (&format!("{site}/__editable___other_finder.py"), &format!("MAPPING = {{'other': '/home/{mark}/other'}}\n")),
    ]);
    let own = project.path(&format!("{folder}/src"));
    project.write(&format!("{site}/own.pth"), &format!("{}\n", own.display()));
    let component = project.path(&format!("{folder}/built.wasm"));
    let mut command = project.wasgi(&["build", &format!("{folder}/app.py"), "--output", component.to_str().unwrap()]);
    for name in ["SECRET", "USER", "LOGNAME", "HOSTNAME", "PYTHONPATH", "PYTHONHOME", "TZ"] {
        command.env(name, &*mark);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(component).unwrap();
    let unpacked = unpacked(&memory(&bytes));
    assert!(unpacked.len() > 900, "the standard library's files are seen: {}", unpacked.len());
    let texts: Vec<_> = [&bytes].into_iter().chain(&unpacked).collect();
    let holds = |text: &[u8]| texts.iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text));
    assert!(holds(b"known text of the page") && holds(b"known text of the package"), "files are seen");
    assert!(!holds(MARK), "something of the building machine is in the component");
    for name in own_names() {
        assert!(!holds(name.as_bytes()), "{name:?} is in the component");
    }
}

/// An instance's initial linear memory.
fn memory(component: &[u8]) -> Vec<u8> {
    let mut memory = vec![];
    for payload in Parser::new(0).parse_all(component) {
        let Payload::DataSection(section) = payload.unwrap() else { continue };
        for data in section.into_iter().map(|data| data.unwrap()) {
            let DataKind::Active { offset_expr, .. } = data.kind else { continue };
            let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else { continue };
            let start = value.cast_unsigned() as usize;
            memory.resize(memory.len().max(start + data.data.len()), 0);
            memory[start..start + data.data.len()].copy_from_slice(data.data);
        }
    }
    memory
}

/// Unpacks every frame of Zstandard, with the dictionary of the file image (`host/src/image.rs` has its header).
fn unpacked(memory: &[u8]) -> Vec<Vec<u8>> {
    let image = memory.windows(12).position(|at| at == b"WASGIIMG\x02\0\0\0").expect("a file image");
    let field = |at: usize| u32::from_le_bytes(memory[image + at..][..4].try_into().unwrap()) as usize;
    let dictionary = &memory[image + field(24)..][..field(32)];
    let starts = memory.windows(4).enumerate().filter(|(_, bytes)| *bytes == [0x28, 0xb5, 0x2f, 0xfd]);
    let read = |(at, _)| {
        let mut text = vec![];
        let decoder = zstd::stream::read::Decoder::with_dictionary(&memory[at..], dictionary).unwrap();
        decoder.single_frame().read_to_end(&mut text).ok().map(|_| text)
    };
    starts.filter_map(read).collect()
}

/// This machine's own names, without those that are ordinary words.
fn own_names() -> Vec<String> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let home = std::env::var("HOME").unwrap_or_default();
    let cache = format!("{home}/.cache");
    let repository = env!("CARGO_MANIFEST_DIR").trim_end_matches("/host").to_owned();
    [host, home, cache, repository].into_iter().filter(|name| name.len() >= 8).collect()
}
