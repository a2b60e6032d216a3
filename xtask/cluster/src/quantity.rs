//! Quantities as Kubernetes writes them.

use anyhow::Context as _;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// CPUs: `500m` is half of one.
///
/// # Errors
/// When it is no number of CPUs.
pub fn cpu(quantity: &Quantity) -> anyhow::Result<f64> {
    scaled(quantity, &[("n", 1e-9), ("u", 1e-6), ("m", 1e-3)])
}

/// Bytes: `1Ki` is 1024.
///
/// # Errors
/// When it is no number of bytes.
pub fn memory(quantity: &Quantity) -> anyhow::Result<f64> {
    const KI: f64 = 1024.0;
    let units = [
        ("Ki", KI),
        ("Mi", KI * KI),
        ("Gi", KI * KI * KI),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
    ];
    scaled(quantity, &units)
}

fn scaled(quantity: &Quantity, units: &[(&str, f64)]) -> anyhow::Result<f64> {
    let text = quantity.0.as_str();
    let unit = units
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)));
    let (number, scale) = unit.unwrap_or((text, 1.0));
    let number: f64 = number
        .parse()
        .with_context(|| format!("the quantity {text}"))?;
    Ok(number * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_their_units() {
        let read = |text: &str| Quantity(text.to_owned());
        assert!((cpu(&read("500m")).unwrap() - 0.5).abs() < 1e-9);
        assert!((cpu(&read("2")).unwrap() - 2.0).abs() < 1e-9);
        assert!((memory(&read("128Mi")).unwrap() - 134_217_728.0).abs() < 1.0);
        assert!(memory(&read("much")).is_err());
    }
}
