//! Removing images of earlier builds, so that disks do not fill.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Built, DIGITS, Image, docker, is_hexadecimal, short_name};
use crate::{
    kubernetes::{minikube::Minikube, objects::list},
    processes,
    terminal::{self, Step},
};

/// Removes images of earlier builds from the node and from docker, but for those that a pod uses or `helm rollback`
/// would bring back.
///
/// # Errors
/// When it cannot be asked what there is. What cannot be removed stays.
pub fn remove_older(minikube: &Minikube, current: &[Built]) -> anyhow::Result<()> {
    let users = minikube
        .kubectl("default")
        .get(&["pods,replicasets,statefulsets", "--all-namespaces"])?;
    let mut keep = named_by(&users);
    keep.extend(current.iter().map(Built::name));
    remove_from_node(minikube, &keep)?;
    remove_from_docker(&keep)
}

fn remove_from_node(minikube: &Minikube, keep: &BTreeSet<String>) -> anyhow::Result<()> {
    let old = removable(&minikube.images()?, keep);
    if old.is_empty() {
        return Ok(());
    }
    let mut command = minikube.command(&["image", "rm"]);
    command.args(&old);
    let log = minikube.logs().join("minikube-image-rm.log");
    let mut step = Step::start("Removing images of earlier builds");
    let status = processes::run_logged(&mut step, &mut command, &log)?;
    step.done(if status.success() { "" } else { "some stay" });
    Ok(())
}

fn remove_from_docker(keep: &BTreeSet<String>) -> anyhow::Result<()> {
    let names = docker(&["image", "ls", "--format={{.Repository}}:{{.Tag}}"])?;
    // Docker takes away the name alone, so each stands for itself.
    let names: Vec<Vec<String>> = names.lines().map(|name| vec![name.to_owned()]).collect();
    let old = removable(&names, keep);
    if old.is_empty() {
        return Ok(());
    }
    let mut arguments = vec!["image", "rm"];
    arguments.extend(old.iter().map(String::as_str));
    if let Err(error) = docker(&arguments) {
        println!("{} {error:#}", terminal::bold("note:"));
    }
    Ok(())
}

/// One name of each image that is of builds of ours only, and not to be kept under any of its names: the node forgets
/// all names of an image together.
#[must_use]
pub fn removable(images: &[Vec<String>], keep: &BTreeSet<String>) -> Vec<String> {
    images
        .iter()
        .filter(|names| {
            names.iter().all(|name| {
                let short = short_name(name);
                is_content_name(short) && !keep.contains(short)
            })
        })
        .filter_map(|names| names.first().cloned())
        .collect()
}

/// The images that pods and the objects that make pods name.
#[must_use]
pub fn named_by(objects: &Value) -> BTreeSet<String> {
    list(objects, "/items")
        .flat_map(|object| {
            ["/spec", "/spec/template/spec"]
                .into_iter()
                .flat_map(move |spec| {
                    ["containers", "initContainers"]
                        .into_iter()
                        .flat_map(move |kind| list(object, &format!("{spec}/{kind}")))
                })
        })
        .filter_map(|container| container.get("image")?.as_str())
        .map(|name| short_name(name).to_owned())
        .collect()
}

fn is_content_name(name: &str) -> bool {
    let Some((repository, tag)) = name.split_once(':') else {
        return false;
    };
    Image::ALL
        .iter()
        .any(|image| image.repository() == repository)
        && tag
            .rsplit_once('-')
            .is_some_and(|(_, digits)| digits.len() == DIGITS && is_hexadecimal(digits))
}
