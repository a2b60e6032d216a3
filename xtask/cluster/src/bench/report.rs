//! The table that is the outcome of a measurement.

use std::fmt;

/// What was measured, and the goal.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<[String; 4]>,
    notes: Vec<&'static str>,
}

impl Report {
    /// Adds a number that has to reach a goal.
    pub fn judged(&mut self, what: &str, measured: String, goal: &str, met: bool) {
        let met = if met { "✓" } else { "✗" };
        self.rows
            .push([what.to_owned(), measured, goal.to_owned(), met.to_owned()]);
    }

    /// Adds a number that is good to know.
    pub fn told(&mut self, what: &str, measured: String) {
        self.rows
            .push([what.to_owned(), measured, String::new(), String::new()]);
    }

    /// Adds how something was measured.
    pub fn note(&mut self, note: &'static str) {
        self.notes.push(note);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = ["what", "measured", "goal", "met?"].map(str::to_owned);
        let lines: Vec<&[String; 4]> = std::iter::once(&title).chain(&self.rows).collect();
        let widths = [0, 1, 2].map(|column| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        });
        let [first, second, third] = widths;
        for [what, measured, goal, met] in lines {
            let line = format!("{what:first$}  {measured:second$}  {goal:third$}  {met}");
            writeln!(formatter, "{}", line.trim_end())?;
        }
        for note in &self.notes {
            writeln!(formatter, "- {note}")?;
        }
        Ok(())
    }
}
