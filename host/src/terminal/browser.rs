//! `wasgi run --open`: shows the application in the developer's browser.

use super::console;

/// Opens an address, beside the caller: a browser may take its time, and one in the terminal stays. Without an address
/// or a browser it says so, and no more.
pub fn open(address: Option<String>) {
    let Some(address) = address else {
        console::warning("wasgi: --open: a browser connects by TCP alone: give a --bind HOST:PORT, too");
        return;
    };
    let show = move || {
        if webbrowser::open(&address).is_err() {
            console::warning(&format!("wasgi: --open: there is no browser: set BROWSER, or open {address} yourself"));
        }
    };
    if let Err(error) = std::thread::Builder::new().name("browser".into()).spawn(show) {
        console::warning(&format!("wasgi: --open: {error}"));
    }
}
