//! Whether the values are documented and used.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};

use super::{Verdict, chart::Chart, effects, values::Values};
use crate::{
    node::{self, Stamp},
    terminal::Step,
};

/// `values.yaml`, its schema and the templates agree, and no value is without effect.
///
/// # Errors
/// With everything that was found.
pub fn values(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let folder = chart.folder();
    let read = |name: &str| {
        let file = folder.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let values = Values::read(&read("values.yaml")?, &read("values.schema.json")?)?;
    let mut findings = values.disagreements();
    each_template(&folder.join("templates"), &mut |file, text| {
        let name = file.strip_prefix(&folder).unwrap_or(file).display();
        findings.extend(values.unknown_in(&name.to_string(), text));
    })?;
    let leaves = values.leaves();
    let stamp = Stamp {
        file: chart
            .workspace()
            .target()
            .join("xtask")
            .join("chart-values.stamp"),
        value: node::hash(&[&folder])?,
    };
    // Hundreds of renders, which find the same as before while the chart is the same.
    let known = stamp.is_current();
    if !known {
        findings.extend(effects::missing(chart, &values, step)?);
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    stamp.write()?;
    let effects = if known {
        "their effects as when they were last tried"
    } else {
        "each changed to see what it does"
    };
    Ok(Some(format!("{} values, {effects}", leaves.len())))
}

fn each_template(folder: &Path, see: &mut impl FnMut(&Path, &str)) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            each_template(&path, see)?;
        } else {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            see(&path, &text);
        }
    }
    Ok(())
}
