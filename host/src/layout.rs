//! Paths in the guest, the same as in `guest/src/boot.c` and `wasgi_guest/layout.py`. The version in them is that of
//! the CPython that the guest was built with.

/// Where the application's folder appears.
pub const APP: &str = "/app";
/// Where packages appear: the place that `site` and `sysconfig` expect, so that `.pth` files are honoured.
pub const SITE_PACKAGES: &str = concat!("/wasgi/lib/python", env!("PYTHON_SERIES"), "/site-packages");
/// The guest's configuration beside the application.
pub const CONFIG: &str = "/wasgi/config.json";
/// The guest's `sys.implementation.cache_tag`.
pub const PYTHON_TAG: &str = env!("PYTHON_TAG");
