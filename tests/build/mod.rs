//! From an application's files to a component: packing, import, warm-up and snapshot.

mod building_machine;
mod compiling;
mod components;
mod declared;
mod environment;
mod granted_import;
mod held;
mod inspecting;
mod joined;
mod packages;
mod replaced;
mod reproducible;
mod selection;
mod sizes;
mod trusting;
mod user_data;
mod warming;
