//! The table that is the outcome.

use std::fmt;

use crate::{
    release::Release,
    statistics::{middle, spread},
};

const TITLES: [&str; 7] = [
    "what",
    "measured",
    "yardstick",
    "ratio",
    "last release",
    "goal",
    "met?",
];

/// Rows and notes, in the order of measurement.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

#[derive(Default)]
struct Row {
    name: String,
    measured: String,
    yardstick: String,
    /// Of each round.
    ratios: Vec<f64>,
    goal: String,
    met: Option<bool>,
}

/// What a row has to reach, and whether it does.
pub(crate) struct Goal(pub(crate) String, pub(crate) bool);

impl Goal {
    /// So much at least, of the middle of these rounds.
    pub(crate) fn at_least(goal: f64, rounds: &[f64]) -> Self {
        let met = middle(&mut rounds.to_vec()) >= goal;
        Self(format!("≥ {goal}"), met)
    }

    /// So much at most.
    pub(crate) fn at_most(goal: f64, rounds: &[f64]) -> Self {
        let met = middle(&mut rounds.to_vec()) <= goal;
        Self(format!("≤ {goal}"), met)
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A number that has to reach a goal.
    pub(crate) fn judged(&mut self, name: &str, measured: String, goal: &str, met: bool) {
        self.push(Row {
            name: name.to_owned(),
            measured,
            goal: goal.to_owned(),
            met: Some(met),
            ..Row::default()
        });
    }

    /// A number that is good to know.
    pub(crate) fn told(&mut self, name: &str, measured: String) {
        self.push(Row {
            name: name.to_owned(),
            measured,
            ..Row::default()
        });
    }

    /// A number beside that of a yardstick in the same rounds.
    pub(crate) fn compared(
        &mut self,
        name: &str,
        [measured, yardstick]: [String; 2],
        ratios: Vec<f64>,
        goal: Option<Goal>,
    ) {
        let (goal, met) = goal.map(|Goal(goal, met)| (goal, met)).unzip();
        self.push(Row {
            name: name.to_owned(),
            measured,
            yardstick,
            ratios,
            goal: goal.unwrap_or_default(),
            met,
        });
    }

    /// How something was measured, or why it was not.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The middle ratio of each row that has some.
    pub(crate) fn ratios(&self) -> impl Iterator<Item = (String, f64)> {
        let compared = self.rows.iter().filter(|row| !row.ratios.is_empty());
        let ratios = compared.map(|row| (row.name.clone(), middle(&mut row.ratios.clone())));
        ratios.filter(|(_, ratio)| ratio.is_finite())
    }

    /// The table with the ratios of an earlier release.
    pub(crate) fn beside(&self, last: &Release) -> String {
        let rows = self.rows.iter().map(|row| row.cells(last));
        let rows: Vec<[String; TITLES.len()]> = rows.collect();
        let widths = std::array::from_fn(|column| width(&rows, column));
        let mut text = format!("\n{}\n", line(&TITLES.map(str::to_owned), &widths));
        let whole = text.trim().chars().count();
        text = format!("{text}{}\n", "─".repeat(whole));
        for row in &rows {
            text = format!("{text}{}\n", line(row, &widths));
        }
        if !self.notes.is_empty() {
            text.push_str("\nNotes\n");
        }
        for note in &self.notes {
            text = format!("{text}- {note}\n");
        }
        text
    }

    fn push(&mut self, row: Row) {
        // Shown at once as well: the whole takes minutes.
        let shown = line(&row.cells(&Release::default()), &[1; TITLES.len()]);
        eprintln!("  {shown}");
        self.rows.push(row);
    }
}

impl Row {
    fn cells(&self, last: &Release) -> [String; TITLES.len()] {
        let (ratio, last) = match &*self.ratios {
            [] => Default::default(),
            ratios => {
                let ratio = spread(ratios, |ratio| format!("{ratio:.2}"));
                (ratio, last.ratio(&self.name))
            }
        };
        [
            self.name.clone(),
            self.measured.clone(),
            self.yardstick.clone(),
            ratio,
            last,
            self.goal.clone(),
            self.met
                .map_or("", |met| if met { "✓" } else { "✗" })
                .to_owned(),
        ]
    }
}

/// Nothing of a column that is empty.
fn width(rows: &[[String; TITLES.len()]], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let title = TITLES.get(column).map_or(0, |title| title.len());
    match cells.map(|cell| cell.chars().count()).max() {
        None | Some(0) => 0,
        Some(width) => width.max(title),
    }
}

fn line(cells: &[String; TITLES.len()], widths: &[usize; TITLES.len()]) -> String {
    let cells = cells.iter().zip(widths).filter(|(_, width)| **width > 0);
    let cells: Vec<String> = cells
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.beside(&Release::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_its_ratio_with_its_spread_the_last_release_s_and_whether_the_goal_is_met() {
        let mut table = Table::new();
        let ratios = vec![9.0, 12.0, 10.0];
        let goal = Goal::at_least(15.0, &ratios);
        let cells = ["3000/s", "300/s"].map(str::to_owned);
        table.compared("create", cells, ratios, Some(goal));
        let last = serde_json::from_str(r#"{"release": "1.0", "ratios": {"create": 8.5}}"#);
        let text = table.beside(&last.unwrap());
        let row = text
            .lines()
            .find(|line| line.starts_with("create"))
            .unwrap();
        let cells: Vec<&str> = row
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        assert_eq!(
            cells,
            [
                "create",
                "3000/s",
                "300/s",
                "10.00 (9.00–12.00)",
                "8.50",
                "≥ 15",
                "✗"
            ]
        );
        assert!(
            table.to_string().contains('–'),
            "no earlier release is a dash"
        );
    }

    #[test]
    fn columns_without_anything_in_them_are_left_out() {
        let mut table = Table::new();
        table.told("size", "9 MB".to_owned());
        assert_eq!(table.to_string().lines().nth(1), Some("what  measured"));
    }
}
