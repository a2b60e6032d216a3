//! Medians and percentiles.

use std::time::Duration;

/// The value that the share `q` (0 to 1) of all values does not exceed; zero of nothing.
pub(crate) fn quantile(values: &mut [Duration], q: f64) -> Duration {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index into a few hundred thousand values"
    )]
    let index = (last as f64 * q).round() as usize;
    values.get(index).copied().unwrap_or_default()
}

/// The middle value.
pub(crate) fn median(values: &mut [Duration]) -> Duration {
    quantile(values, 0.5)
}

/// The middle of numbers; of an even count the lower one.
pub(crate) fn middle(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let index = values.len().saturating_sub(1) / 2;
    values.get(index).copied().unwrap_or_default()
}

/// How many times as much one is as the other, round by round.
pub(crate) fn ratios(ours: &[f64], yardstick: &[f64]) -> Vec<f64> {
    let rounds = ours.iter().zip(yardstick);
    rounds.map(|(ours, yardstick)| ours / yardstick).collect()
}

/// The middle of rounds with the least and the greatest, as people read it.
pub(crate) fn spread(rounds: &[f64], show: impl Fn(f64) -> String) -> String {
    let mut rounds = rounds.to_vec();
    let middle = show(middle(&mut rounds));
    match &*rounds {
        [least, .., most] => format!("{middle} ({}–{})", show(*least), show(*most)),
        _ => middle,
    }
}

/// In milliseconds, as people read it.
pub(crate) fn ms(duration: Duration) -> String {
    format!("{:.2} ms", milliseconds(duration))
}

/// The middle, and what all but one in a hundred stay below.
pub(crate) fn p50_and_p99(times: &mut [Duration]) -> String {
    let [p50, p99] = [0.5, 0.99].map(|q| ms(quantile(times, q)));
    format!("{p50}, {p99}")
}

/// In milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round_and_shown_with_their_spread() {
        let ratios = ratios(&[20.0, 30.0, 50.0], &[10.0, 10.0, 20.0]);
        assert_eq!(
            spread(&ratios, |ratio| format!("{ratio:.1}")),
            "2.5 (2.0–3.0)"
        );
        assert_eq!(spread(&[7.0], |rate| format!("{rate:.0}")), "7");
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let mut values: Vec<_> = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!(median(&mut values), Duration::from_millis(51));
        assert_eq!(quantile(&mut values, 0.99), Duration::from_millis(100));
        assert_eq!(quantile(&mut [], 0.99), Duration::ZERO);
        assert!((middle(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
