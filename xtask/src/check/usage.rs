//! Whether every value does something: each is changed by itself, and some object must change with it.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{
    Verdict,
    chart::{self, Chart},
    helm::Helm,
    manifests::{self, Object},
    programs,
    shapes::{self, Shape},
    values::Values,
};
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
        findings.extend(without_effect(chart, &values, step)?);
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    stamp.write()?;
    let effects = if known {
        "their effects as when they were last tried"
    } else {
        "each changed by itself"
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

/// One shape, with what it is without a change.
struct Base<'a> {
    shape: &'a Shape,
    objects: Vec<Object>,
}

fn without_effect(
    chart: &Chart<'_>,
    values: &Values,
    step: &mut Step,
) -> anyhow::Result<Vec<String>> {
    let Some(helm) = chart.helms().first() else {
        return Ok(Vec::new());
    };
    let [_, kubernetes] = chart.kubernetes()?;
    let shapes = shapes::all(&chart.folder())?;
    let plain = shapes
        .iter()
        .map(|shape| chart::template(helm, &chart.folder(), shape, &kubernetes));
    let rendered = programs::outputs(plain.collect())?;
    let mut bases = shapes
        .iter()
        .zip(rendered)
        .map(|(shape, output)| {
            let objects = manifests::objects(&String::from_utf8_lossy(&output.stdout))?;
            Ok(Base { shape, objects })
        })
        .collect::<anyhow::Result<Vec<Base<'_>>>>()?;
    // The shapes with the most objects show the most values.
    bases.sort_by_key(|base| std::cmp::Reverse(base.objects.len()));
    let mut silent: Vec<(String, Value)> = values
        .leaves()
        .into_iter()
        .map(|(path, value)| {
            let changed = changed(value, values.schema_of(&path));
            (path, changed)
        })
        .collect();
    for base in &bases {
        if silent.is_empty() {
            break;
        }
        step.tick(|| format!("{} left to see", silent.len()));
        silent = still_silent(chart, helm, &kubernetes, base, silent)?;
    }
    Ok(silent
        .into_iter()
        .map(|(path, value)| {
            format!("{path} does nothing: no shape changes when it is {value}; use it, remove it, or add a shape to ci/ in which it matters")
        })
        .collect())
}

fn still_silent(
    chart: &Chart<'_>,
    helm: &Helm,
    kubernetes: &str,
    base: &Base<'_>,
    values: Vec<(String, Value)>,
) -> anyhow::Result<Vec<(String, Value)>> {
    let commands = values.iter().map(|(path, value)| {
        let mut command = chart::template(helm, &chart.folder(), base.shape, kubernetes);
        command
            .arg("--skip-schema-validation")
            .arg("--set-json")
            .arg(format!("{path}={value}"));
        command
    });
    let outputs = programs::outputs(commands.collect())?;
    Ok(values
        .into_iter()
        .zip(outputs)
        // A template that stumbles over the change has looked at it, too.
        .filter(|(_, output)| output.status.success() && makes(&base.objects, &output.stdout))
        .map(|(value, _)| value)
        .collect())
}

fn makes(objects: &[Object], rendered: &[u8]) -> bool {
    manifests::objects(&String::from_utf8_lossy(rendered))
        .is_ok_and(|others| manifests::differences(objects, &others).is_empty())
}

/// Another value of the same sort.
#[must_use]
pub fn changed(value: &Value, schema: Option<&Value>) -> Value {
    let others = schema
        .and_then(|schema| schema.get("enum"))
        .and_then(Value::as_array);
    if let Some(other) = others.and_then(|all| all.iter().find(|other| *other != value)) {
        return other.clone();
    }
    match value {
        Value::Null => json!(12345),
        Value::Bool(on) => json!(!on),
        Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(items) => json!([items.as_slice(), &[json!({"name": "added"})]].concat()),
        Value::Object(map) => {
            let mut map = map.clone();
            map.insert("added".to_owned(), json!("x"));
            Value::Object(map)
        }
    }
}
