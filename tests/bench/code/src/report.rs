//! The tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lines,
    modules::{self, Cycle},
    tree::Tree,
};

/// The commit that the aims were set for.
pub(crate) const BASE: &str = "a5d8a07";
/// Its code lines, for a clone that does not have it.
const BASE_LINES: [(&str, usize); 6] = [
    ("backend", 11_781),
    ("mcp-server", 1_057),
    ("offline-model", 6_934),
    ("service", 1_627),
    ("store", 3_196),
    ("xtask", 9_812),
];
const AIMS: [(&str, usize); 8] = [
    ("backend", 6_800),
    ("capture", 500),
    ("mcp-server", 1_050),
    ("model", 1_300),
    ("offline-model", 1_900),
    ("service", 1_400),
    ("store", 2_800),
    ("xtask", 2_600),
];
/// Written by a tool.
const GENERATED: &str = "frontend/src/lib/api/schema.d.ts";

/// What one state of the repository has.
pub(crate) struct Measured {
    /// Code lines of the product's crates.
    crates: BTreeMap<String, usize>,
    /// Code lines of everything beside it.
    beside: BTreeMap<String, usize>,
    cycles: BTreeMap<String, Vec<Cycle>>,
}

impl Measured {
    pub(crate) fn of(tree: &Tree) -> anyhow::Result<Self> {
        let packages = tree.packages();
        let mut measured = Self {
            crates: BTreeMap::new(),
            beside: BTreeMap::new(),
            cycles: BTreeMap::new(),
        };
        let mut sources = BTreeMap::<&str, Vec<(&str, String)>>::new();
        for (path, text) in tree.files() {
            if path.rsplit('.').next() != Some("rs") {
                measured.count_other(path, text);
                continue;
            }
            // The innermost of nested packages has it.
            let inside = |folder: &&str| {
                path.strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            let Some(folder) = packages
                .keys()
                .copied()
                .filter(inside)
                .max_by_key(|folder| folder.len())
            else {
                continue;
            };
            let name = packages.get(folder).copied().unwrap_or_default();
            let within = path.get(folder.len() + 1..).unwrap_or_default();
            let code = if lines::is_test(within) {
                String::new()
            } else {
                lines::without_tests(text)
            };
            let (all, product) = (lines::code(text), lines::code(&code));
            if folder.starts_with("tests/") {
                *measured
                    .beside
                    .entry(format!("{folder} (Rust)"))
                    .or_default() += all;
            } else {
                // What `xtask` calls for clusters is counted with it.
                let row = if folder.starts_with("xtask") {
                    "xtask"
                } else {
                    name
                };
                *measured.crates.entry(row.to_owned()).or_default() += product;
                *measured
                    .beside
                    .entry("tests of the crates (Rust)".to_owned())
                    .or_default() += all - product;
            }
            if let Some(file) = within.strip_prefix("src/")
                && !lines::is_test(within)
            {
                sources.entry(name).or_default().push((file, code));
            }
        }
        for (name, mut files) in sources {
            // The program is a crate of its own then, and nothing can use it.
            if files.iter().any(|(file, _)| *file == "lib.rs") {
                files.retain(|(file, _)| *file != "main.rs");
            }
            measured
                .cycles
                .insert(name.to_owned(), modules::cycles(files)?);
        }
        Ok(measured)
    }

    fn count_other(&mut self, path: &str, text: &str) {
        let row = match path {
            GENERATED => return,
            _ if path.starts_with("tests/e2e/") => "tests/e2e (browser)",
            _ if !path.starts_with("frontend/") => return,
            _ if path.starts_with("frontend/tests/")
                || path.contains(".test.")
                || path.contains("/testing/") =>
            {
                "tests of the frontend"
            }
            _ => "frontend",
        };
        *self.beside.entry(row.to_owned()).or_default() += lines::code(text);
    }
}

/// Prints code lines, then cycles.
pub(crate) fn print(before: Option<&Measured>, now: &Measured, names: bool) {
    let recorded = || {
        BASE_LINES
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    };
    let of_base = before.map_or_else(recorded, |before| before.crates.clone());
    if before.is_none() {
        println!(
            "{BASE} is not in this clone: its recorded numbers are shown, and none for what is beside.\n"
        );
    }
    println!(
        "{:32} {BASE:>8} {:>8} {:>8} {:>8}",
        "code lines", "now", "ratio", "aim"
    );
    let (mut all, mut of_all) = (0, 0);
    for name in keys(&of_base, &now.crates) {
        let (was, is) = (of_base.get(name), now.crates.get(name));
        let aim = AIMS.iter().find(|(of, _)| *of == name).map(|(_, aim)| *aim);
        row(name, was, is, aim);
        all += is.unwrap_or(&0);
        of_all += was.unwrap_or(&0);
    }
    let aim = AIMS.iter().map(|(_, aim)| aim).sum();
    row("all", Some(&of_all), Some(&all), Some(aim));
    println!();
    let nothing = BTreeMap::new();
    let beside = before.map_or(&nothing, |before| &before.beside);
    for name in keys(beside, &now.beside) {
        row(name, beside.get(name), now.beside.get(name), None);
    }
    println!("\n{:32} {BASE:>26} {:>26}", "module cycles", "now");
    let nothing = BTreeMap::new();
    let cycles = before.map_or(&nothing, |before| &before.cycles);
    for name in keys(cycles, &now.cycles) {
        let [was, is] = [cycles.get(name), now.cycles.get(name)]
            .map(|all| all.map_or("–".to_owned(), |all| summary(all)));
        println!("{name:32} {was:>26} {is:>26}");
    }
    for (name, cycles) in &now.cycles {
        for cycle in cycles {
            let kind = if cycle.cosmetic {
                ", parent and child"
            } else {
                ""
            };
            println!(
                "\n{name}, {} modules{kind}: {}",
                cycle.files.len(),
                cycle.files.join(" ")
            );
            for one in cycle.uses.iter().filter(|_| names) {
                println!("  {one}");
            }
        }
    }
}

fn keys<'a, V>(one: &'a BTreeMap<String, V>, other: &'a BTreeMap<String, V>) -> BTreeSet<&'a str> {
    one.keys().chain(other.keys()).map(String::as_str).collect()
}

fn row(name: &str, was: Option<&usize>, is: Option<&usize>, aim: Option<usize>) {
    let number =
        |number: Option<usize>| number.map_or("–".to_owned(), |number| number.to_string());
    let ratio = was.zip(is).map_or("–".to_owned(), |(was, is)| {
        format!("{} %", is * 100 / was.max(&1))
    });
    let met = match aim {
        Some(aim) if is.is_some_and(|is| *is <= aim) => "✓",
        Some(_) => "✗",
        None => "",
    };
    let [was, is, aim] = [was.copied(), is.copied(), aim].map(number);
    let aim = if met.is_empty() { String::new() } else { aim };
    println!(
        "{}",
        format!("{name:32} {was:>8} {is:>8} {ratio:>8} {aim:>8} {met}").trim_end()
    );
}

/// Such as `1 of 34 files`, and those of parent and child beside.
fn summary(cycles: &[Cycle]) -> String {
    let (cosmetic, real): (Vec<&Cycle>, Vec<&Cycle>) =
        cycles.iter().partition(|cycle| cycle.cosmetic);
    let files: usize = real.iter().map(|cycle| cycle.files.len()).sum();
    let real = match real.len() {
        0 => "0".to_owned(),
        count => format!("{count} ({files} modules)"),
    };
    match cosmetic.len() {
        0 => real,
        count => format!("{real} + {count} cosmetic"),
    }
}
