//! The instructions that machine code may use: not all of this processor's, but those of a level of the x86-64 psABI
//! ("Micro-Architecture Levels"), which other processors share. So machine code made on one machine works on others.

use wasmtime::Config;

/// The instructions that Cranelift uses, by its names.
#[cfg(target_arch = "x86_64")]
const V2: [&str; 6] = ["has_cmpxchg16b", "has_popcnt", "has_sse3", "has_sse41", "has_sse42", "has_ssse3"];
#[cfg(target_arch = "x86_64")]
const V3: [&str; 6] = ["has_avx", "has_avx2", "has_bmi1", "has_bmi2", "has_fma", "has_lzcnt"];

#[cfg(target_arch = "x86_64")]
fn has_v2() -> bool {
    is_x86_feature_detected!("cmpxchg16b")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("sse3")
        && is_x86_feature_detected!("sse4.1")
        && is_x86_feature_detected!("sse4.2")
        && is_x86_feature_detected!("ssse3")
}

#[cfg(target_arch = "x86_64")]
fn has_v3() -> bool {
    has_v2()
        && is_x86_feature_detected!("avx")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("lzcnt")
}

/// Compiles for the highest level of this processor; for this very processor if it has none, or if the architecture has
/// no levels.
pub fn config() -> Config {
    let mut config = Config::new();
    for flag in flags() {
        // Without a named target, wasmtime uses the flags of this very processor.
        config.target(env!("TARGET")).expect("this program was compiled for it");
        // SAFETY: the processor has these instructions, and wasmtime checks that itself before it loads code.
        unsafe { config.cranelift_flag_enable(flag) };
    }
    config
}

/// The level's name for messages.
pub fn name() -> &'static str {
    match flags().len() {
        0 => "of this very processor",
        6 => "x86-64-v2",
        _ => "x86-64-v3",
    }
}

fn flags() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        if has_v3() {
            return [V2, V3].concat();
        } else if has_v2() {
            return V2.to_vec();
        }
    }
    vec![]
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Module};

    #[test]
    fn this_machine_runs_code_of_its_level() {
        let engine = Engine::new(&config()).unwrap();
        let code = engine.precompile_module(b"\0asm\x01\0\0\0").unwrap();
        // SAFETY: it was compiled just now.
        assert!(unsafe { Module::deserialize(&engine, code) }.is_ok());
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_level_is_less_than_this_very_processor() {
        let compatibility = |config: &Config| {
            let mut hash = std::hash::DefaultHasher::new();
            std::hash::Hash::hash(&Engine::new(config).unwrap().precompile_compatibility_hash(), &mut hash);
            std::hash::Hasher::finish(&hash)
        };
        assert_eq!(compatibility(&config()), compatibility(&config()));
        let mut lower = Config::new();
        lower.target(env!("TARGET")).unwrap();
        assert_ne!(compatibility(&config()), compatibility(&lower), "the level's instructions count");
    }
}
