//! The table that is the outcome.

use std::fmt;

/// Rows and notes, in the order of measurement.
pub(crate) struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    name: String,
    measured: String,
    goal: String,
    met: Option<bool>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let (rows, notes) = (Vec::new(), Vec::new());
        Self { rows, notes }
    }

    /// A number that has to reach a goal.
    pub(crate) fn judged(&mut self, name: &str, measured: String, goal: &str, met: bool) {
        self.push(name, measured, goal, Some(met));
    }

    /// A number that is good to know.
    pub(crate) fn told(&mut self, name: &str, measured: String) {
        self.push(name, measured, "", None);
    }

    /// How something was measured, or why it was not.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn push(&mut self, name: &str, measured: String, goal: &str, met: Option<bool>) {
        // Shown at once as well: the whole takes minutes.
        eprintln!("  {name}: {measured}");
        let (name, goal) = (name.to_owned(), goal.to_owned());
        self.rows.push(Row {
            name,
            measured,
            goal,
            met,
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: fn(&Row) -> &str, title: &str| {
            let cells = self.rows.iter().map(|row| cell(row).chars().count());
            cells.max().unwrap_or(0).max(title.len())
        };
        let name = width(|row| &row.name, "what");
        let measured = width(|row| &row.measured, "measured");
        let goal = width(|row| &row.goal, "goal");
        writeln!(
            f,
            "\n{:name$}  {:measured$}  {:goal$}  met?",
            "what", "measured", "goal"
        )?;
        writeln!(f, "{}", "─".repeat(name + measured + goal + 10))?;
        for row in &self.rows {
            let met = match row.met {
                Some(true) => "✓",
                Some(false) => "✗",
                None => "",
            };
            let line = format!(
                "{:name$}  {:measured$}  {:goal$}  {met}",
                row.name, row.measured, row.goal
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nNotes")?;
        }
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        Ok(())
    }
}
