//! Whether every value does something: each is changed, and some object must change with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    chart::{self, Chart},
    helm::Helm,
    manifests::{self, Object},
    programs,
    shapes::{self, Shape},
    values::{COMPONENTS, Values},
};
use crate::terminal::Step;

/// A value that is changed to see what comes of it.
#[derive(Debug)]
struct Trial {
    path: String,
    value: Value,
}

/// One shape, with what it is without a change.
struct Base<'a> {
    shape: &'a Shape,
    objects: Vec<Object>,
}

/// What renders the chart.
struct Renderer<'a> {
    chart: &'a Chart<'a>,
    helm: &'a Helm,
    kubernetes: String,
}

/// The values that change nothing in any shape, as sentences.
///
/// # Errors
/// When the chart is not rendered.
pub fn missing(chart: &Chart<'_>, values: &Values, step: &mut Step) -> anyhow::Result<Vec<String>> {
    let Some(helm) = chart.helms().first() else {
        return Ok(Vec::new());
    };
    let [_, kubernetes] = chart.kubernetes()?;
    let renderer = Renderer {
        chart,
        helm,
        kubernetes,
    };
    let shapes = shapes::all(&chart.folder())?;
    let bases = renderer.bases(&shapes)?;
    let mut silent: Vec<Trial> = values
        .leaves()
        .into_iter()
        .map(|(path, value)| Trial {
            value: changed(value, values.schema_of(&path)),
            path,
        })
        .collect();
    if let Some(richest) = bases.first() {
        silent = renderer.silent(richest, grouped(silent))?;
    }
    for base in &bases {
        if silent.is_empty() {
            break;
        }
        step.tick(|| format!("{} left to see", silent.len()));
        silent = renderer.silent(base, silent.into_iter().map(|trial| vec![trial]).collect())?;
    }
    Ok(silent
        .into_iter()
        .map(|Trial { path, value }| {
            format!("{path} does nothing: no shape changes when it is {value}; use it, remove it, or add a shape to ci/ in which it matters")
        })
        .collect())
}

/// The same value of all components, to be tried at once: it must show in the objects of each.
fn grouped(trials: Vec<Trial>) -> Vec<Vec<Trial>> {
    let mut groups: BTreeMap<String, Vec<Trial>> = BTreeMap::new();
    for trial in trials {
        let shared = match component(&trial.path) {
            Some((_, rest)) => format!("*.{rest}"),
            None => trial.path.clone(),
        };
        groups.entry(shared).or_default().push(trial);
    }
    groups.into_values().collect()
}

fn component(path: &str) -> Option<(&str, &str)> {
    path.split_once('.')
        .filter(|(component, _)| COMPONENTS.contains(component))
}

impl Renderer<'_> {
    fn bases<'a>(&self, shapes: &'a [Shape]) -> anyhow::Result<Vec<Base<'a>>> {
        let plain = shapes
            .iter()
            .map(|shape| chart::template(self.helm, &self.chart.folder(), shape, &self.kubernetes));
        let mut bases = shapes
            .iter()
            .zip(programs::outputs(plain.collect())?)
            .map(|(shape, output)| {
                let objects = manifests::objects(&String::from_utf8_lossy(&output.stdout))?;
                Ok(Base { shape, objects })
            })
            .collect::<anyhow::Result<Vec<Base<'a>>>>()?;
        // The shapes with the most objects show the most values.
        bases.sort_by_key(|base| std::cmp::Reverse(base.objects.len()));
        Ok(bases)
    }

    /// The trials that change nothing in a shape. Those of one group are made at once.
    fn silent(&self, base: &Base<'_>, groups: Vec<Vec<Trial>>) -> anyhow::Result<Vec<Trial>> {
        let commands = groups.iter().map(|group| {
            let folder = self.chart.folder();
            let mut command = chart::template(self.helm, &folder, base.shape, &self.kubernetes);
            command.arg("--skip-schema-validation");
            for Trial { path, value } in group {
                command.arg("--set-json").arg(format!("{path}={value}"));
            }
            command
        });
        let outputs = programs::outputs(commands.collect())?;
        let mut silent = Vec::new();
        for (group, output) in groups.into_iter().zip(outputs) {
            let rendered = String::from_utf8_lossy(&output.stdout);
            let objects = manifests::objects(&rendered).ok();
            let objects = objects.filter(|_| output.status.success());
            let alone = group.len() == 1;
            silent.extend(group.into_iter().filter(|trial| match &objects {
                // A template that stumbles over a change has looked at it; of several changes, nobody knows over which.
                None => !alone,
                Some(objects) => {
                    let changed = manifests::changed(&base.objects, objects);
                    let is_its_own = |object: &&Object| {
                        alone || component(&trial.path).is_some_and(|(key, _)| belongs(object, key))
                    };
                    !changed.iter().any(is_its_own)
                }
            }));
        }
        Ok(silent)
    }
}

/// Whether an object is of the component with this key in `values.yaml`.
fn belongs(object: &Object, key: &str) -> bool {
    let label = object
        .value
        .pointer("/metadata/labels/app.kubernetes.io~1component");
    label
        .and_then(Value::as_str)
        .is_some_and(|label| label.replace('-', "") == key.to_lowercase())
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
