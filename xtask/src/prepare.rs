//! `cargo xtask prepare`: makes the generated files anew.

use std::fs;

use crate::{
    freshness::{self, Generated},
    terminal::Step,
    workspace::Workspace,
};

/// Regenerates query data, `OpenAPI` document and frontend types.
///
/// # Errors
/// When something does not build; what was made before it stays.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let generated = Generated::of(workspace);

    let mut step = Step::start("Query data");
    let result = query_data(workspace, &generated, &mut step);
    end(step, &result);
    result?;

    let mut step = Step::start("OpenAPI document");
    let result = freshness::openapi(workspace, &mut step)
        .and_then(|document| Ok(fs::write(&generated.openapi, document)?));
    end(step, &result);
    result?;

    let mut step = Step::start("Frontend types");
    let result = freshness::write_types(workspace, &generated.openapi, &generated.types, &mut step);
    end(step, &result);
    result
}

/// Made beside the committed data and then moved, so that a statement that does not compile loses nothing.
fn query_data(workspace: &Workspace, generated: &Generated, step: &mut Step) -> anyhow::Result<()> {
    let made = tempfile::tempdir()?;
    freshness::write_query_data(workspace, made.path(), step)?;
    if generated.query_data.is_dir() {
        fs::remove_dir_all(&generated.query_data)?;
    }
    fs::create_dir(&generated.query_data)?;
    for entry in fs::read_dir(made.path())? {
        let entry = entry?;
        fs::copy(entry.path(), generated.query_data.join(entry.file_name()))?;
    }
    Ok(())
}

fn end(step: Step, result: &anyhow::Result<()>) {
    match result {
        Ok(()) => step.done(""),
        Err(_) => step.failed(),
    }
}
