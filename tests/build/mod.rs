//! From an application's files to a component: what is packed, imported, warmed up and frozen.

mod building_machine;
mod compiling;
mod components;
mod environment;
mod granted_import;
mod held;
mod inspecting;
mod packages;
mod replaced;
mod reproducible;
mod selection;
mod sizes;
mod trusting;
mod user_data;
mod warming;
