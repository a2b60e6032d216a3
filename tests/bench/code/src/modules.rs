//! Which modules of a crate use which, and where that goes in a circle.
//!
//! A module is a file. It uses another when it names an item of it: in a `use`, by a path in its code or in a macro's
//! arguments. A name that a module only passes on (`pub use`) counts for the module that has the item. Naming a module
//! itself (`use crate::chat;`) is no use of it; what is reached through that name is.

use std::collections::BTreeMap;

use anyhow::Context as _;
use petgraph::{algo::tarjan_scc, graphmap::DiGraphMap};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

type Path = Vec<String>;

/// Modules that depend on each other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// Their files.
    pub(crate) files: Vec<String>,
    /// Who names what of whom.
    pub(crate) uses: Vec<String>,
    /// Whether it is one only because children name items of their parent.
    pub(crate) cosmetic: bool,
}

#[derive(Default)]
struct Module {
    file: String,
    /// Names that a `use` brings in, and what they stand for.
    imports: BTreeMap<String, Path>,
    /// Everything that it names by a path.
    named: Vec<Path>,
}

/// The modules of a crate by their paths; the root's is empty.
#[derive(Default)]
struct Modules(BTreeMap<Path, Module>);

/// The cycles in a crate, whose files are given by their paths below `src`.
pub(crate) fn cycles<'a>(
    sources: impl IntoIterator<Item = (&'a str, String)>,
) -> anyhow::Result<Vec<Cycle>> {
    let mut modules = Modules::default();
    for (file, text) in sources {
        let parsed = syn::parse_file(&text).with_context(|| file.to_owned())?;
        let mut reader = Reader {
            file,
            here: module_path(file),
            modules: &mut modules,
        };
        reader.visit_file(&parsed);
    }
    let uses = modules.uses();
    let mut graph = DiGraphMap::<&str, ()>::new();
    let mut downward = DiGraphMap::<&str, ()>::new();
    for (from, to) in uses.keys() {
        graph.add_edge(from, to, ());
        if !is_parent(&module_path(to), &module_path(from)) {
            downward.add_edge(from, to, ());
        }
    }
    let knots = |graph| tarjan_scc(graph).into_iter().filter(|knot| knot.len() > 1);
    let real: Vec<&str> = knots(&downward).flatten().collect();
    let mut cycles: Vec<Cycle> = knots(&graph)
        .map(|mut files| {
            files.sort_unstable();
            let inner = uses
                .iter()
                .filter(|((from, to), _)| files.contains(from) && files.contains(to));
            Cycle {
                uses: inner
                    .map(|((from, to), name)| format!("{from} → {to}: {name}"))
                    .collect(),
                cosmetic: !files.iter().any(|file| real.contains(file)),
                files: files.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect();
    cycles.sort_by_key(|cycle| (cycle.cosmetic, std::cmp::Reverse(cycle.files.len())));
    Ok(cycles)
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`.
fn module_path(file: &str) -> Path {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let parts = path
        .split('/')
        .filter(|part| !["lib", "main"].contains(part));
    parts.map(str::to_owned).collect()
}

fn is_parent(parent: &[String], child: &[String]) -> bool {
    child
        .split_last()
        .is_some_and(|(_, folder)| folder == parent)
}

impl Modules {
    /// Pairs of files of which the first uses the second, with a name by which it does.
    fn uses(&self) -> BTreeMap<(&str, &str), String> {
        let mut uses = BTreeMap::new();
        for (here, module) in &self.0 {
            for name in &module.named {
                if let Some(owner) = self.owner(here, name, 0)
                    && owner.file != module.file
                {
                    let both = (module.file.as_str(), owner.file.as_str());
                    uses.entry(both).or_insert_with(|| name.join("::"));
                }
            }
        }
        uses
    }

    /// The module that has the item with this path as `here` sees it; `None` of a module's own path, of what another
    /// crate has and of what `here` has itself.
    fn owner(&self, here: &[String], path: &[String], depth: usize) -> Option<&Module> {
        let mut at = here.to_vec();
        let mut rest = path;
        let mut known = false;
        while let Some((first, more)) = rest.split_first() {
            match first.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ => break,
            }
            (known, rest) = (true, more);
        }
        while let Some((name, more)) = rest.split_first() {
            let child = [&at, std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                (at, rest, known) = (child, more, true);
                continue;
            }
            let module = self.0.get(&at)?;
            return match module.imports.get(name) {
                // A chain of names that comes back to itself names another crate.
                Some(import) if depth < 8 => self.owner(&at, &[import, more].concat(), depth + 1),
                _ => known.then_some(module),
            };
        }
        None
    }
}

struct Reader<'a> {
    file: &'a str,
    here: Path,
    modules: &'a mut Modules,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        let module = self.modules.0.entry(self.here.clone()).or_default();
        self.file.clone_into(&mut module.file);
        module
    }

    fn import(&mut self, path: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| match name.to_string() {
            name if name == "self" && !path.is_empty() => path.to_vec(),
            name => [path, &[name]].concat(),
        };
        let last = |path: &[String]| path.last().cloned().unwrap_or_default();
        let (path, name) = match tree {
            syn::UseTree::Path(tree) => return self.import(&with(&tree.ident), &tree.tree),
            syn::UseTree::Group(tree) => {
                return tree.items.iter().for_each(|tree| self.import(path, tree));
            }
            syn::UseTree::Name(tree) => (with(&tree.ident), last(&with(&tree.ident))),
            syn::UseTree::Rename(tree) => (with(&tree.ident), tree.rename.to_string()),
            syn::UseTree::Glob(_) => ([path, &["*".to_owned()]].concat(), "*".to_owned()),
        };
        let module = self.module();
        module.named.push(path.clone());
        module.imports.insert(name, path);
    }

    fn scan(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Path::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) if colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.name(std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.scan(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.name(path);
    }

    /// Single names are either imported, which counts there, or the module's own.
    fn name(&mut self, path: Path) {
        if path.len() > 1 {
            self.module().named.push(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.module();
        visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.here.push(module.ident.to_string());
            self.module();
            visit::visit_item_mod(self, module);
            self.here.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.name(
                path.segments
                    .iter()
                    .map(|part| part.ident.to_string())
                    .collect(),
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.scan(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    // `pub(in crate::a)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sources: &[(&str, &str)]) -> Vec<(String, bool)> {
        let sources = sources
            .iter()
            .map(|(file, text)| (*file, (*text).to_owned()));
        let cycles = cycles(sources).unwrap();
        cycles
            .iter()
            .map(|cycle| (cycle.files.join(" "), cycle.cosmetic))
            .collect()
    }

    #[test]
    fn modules_that_name_items_of_each_other_are_a_cycle_however_they_do_it() {
        for use_of_a in [
            "use crate::a::A;",
            "use super::a::{self, A};",
            "use crate::a; fn f() { a::g() }",
            "fn f(_: crate::a::A) {}",
            "fn f() { println!(\"{}\", crate::a::g()) }",
            "use crate::A;",
        ] {
            let sources = [
                ("lib.rs", "mod a; mod b; pub use a::A;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", use_of_a),
            ];
            assert_eq!(
                found(&sources),
                [("a.rs b.rs".to_owned(), false)],
                "{use_of_a}"
            );
        }
    }

    #[test]
    fn modules_that_do_not_come_back_are_none() {
        for use_of_a in [
            "use crate::a;",
            "use super::c::C;",
            "use std::a::A;",
            "pub(in crate::a) fn f() {}",
        ] {
            let sources = [
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", use_of_a),
                ("c.rs", ""),
            ];
            assert_eq!(found(&sources), [], "{use_of_a}");
        }
    }

    #[test]
    fn parent_and_child_are_told_apart_from_circles_through_others() {
        let parent = ("a.rs", "mod b; use b::B;");
        let child = ("a/b.rs", "use super::A;");
        assert_eq!(found(&[parent, child]), [("a.rs a/b.rs".to_owned(), true)]);
        let child = ("a/b.rs", "use crate::c::C;");
        let other = ("c.rs", "use crate::a::A;");
        assert_eq!(
            found(&[parent, child, other]),
            [("a.rs a/b.rs c.rs".to_owned(), false)]
        );
    }
}
