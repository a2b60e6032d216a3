//! The rows of a conversation as a turn knows them: read once, then kept in step with what the turn itself writes; and
//! what the model reads of them.

use model::ModelMessage;
use store::messages::{self, Role};

use super::{state::Turn, transcript::Transcript};
use crate::chat::{elicitation::Elicitation, event::TurnEvent, failure::Failure, message::Message};

/// So many rows are read at least: a question to the person may still wait that far back, as after it come only presses
/// of buttons and notes about them.
const FEWEST: usize = 100;

/// The newest rows of a conversation, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    pub rows: Vec<Message>,
    /// Whether there may be older ones.
    more: bool,
    /// How many messages that people see are before these.
    left_out: usize,
}

impl History {
    /// Reads the rows up to the end, with as many before `question` as a turn can need.
    pub async fn read(turn: &Turn<'_>, question: Option<i64>) -> Result<Self, Failure> {
        // Notes stand between the messages that the setting counts.
        let before = (turn.chat.max_history * 2).max(FEWEST);
        let question = question.unwrap_or(i64::MAX);
        let (db, owner) = (&turn.chat.db, &turn.request.owner);
        let limit = i64::try_from(before).unwrap_or(i64::MAX);
        let rows = messages::around(db, owner, turn.conversation, question, limit).await?;
        let earlier = rows.iter().take_while(|row| row.id < question).count();
        Ok(Self {
            rows: rows.into_iter().map(Message::from).collect(),
            more: earlier >= before,
            left_out: 0,
        })
    }

    pub fn get(&self, id: i64) -> Option<&Message> {
        self.rows.iter().find(|row| row.id == id)
    }

    pub fn get_mut(&mut self, id: i64) -> Option<&mut Message> {
        self.rows.iter_mut().find(|row| row.id == id)
    }

    /// The last question to the person, and its row.
    pub fn last_elicitation(&self) -> Option<(i64, &Elicitation)> {
        let mut newest = self.rows.iter().rev();
        newest.find_map(|row| Some((row.id, row.elicitation()?)))
    }

    /// The rows of the answer to a question that people see, and whether something else was asked since.
    pub fn answer_to(&self, question: i64) -> (Vec<Message>, bool) {
        let after = || self.rows.iter().filter(|row| row.id > question);
        let answer = after().take_while(|row| row.role != Role::User);
        let shown = answer.filter(|row| is_shown(row));
        let gone_on = after().any(|row| row.role == Role::User);
        (shown.cloned().collect(), gone_on)
    }

    /// Forgets what came after a question, but for the calls of its own answer that changed something, which it gives: the
    /// model has to see them, or it would do the same again.
    pub async fn forget_after(
        &mut self,
        turn: &Turn<'_>,
        question: i64,
    ) -> Result<Vec<TurnEvent>, Failure> {
        let (mut kept, _) = self.answer_to(question);
        kept.retain(Message::changed_something);
        let ids: Vec<i64> = kept.iter().map(|row| row.id).collect();
        let (db, owner) = (&turn.chat.db, &turn.request.owner);
        messages::delete_after(db, owner, turn.conversation, question, &ids).await?;
        self.rows
            .retain(|row| row.id <= question || ids.contains(&row.id));
        Ok(kept.into_iter().map(TurnEvent::Kept).collect())
    }

    /// Leaves out what the model does not read: it gets as many whole turns as are no more than the setting allows. A turn
    /// begins with what the person said, so no call is cut from its result; the one that is being answered stays whole.
    pub async fn cut(&mut self, turn: &Turn<'_>, question: i64) -> Result<(), Failure> {
        let before = match self.rows.first().filter(|_| self.more) {
            Some(first) => {
                let (db, owner) = (&turn.chat.db, &turn.request.owner);
                messages::count_before(db, owner, turn.conversation, first.id).await?
            }
            None => 0,
        };
        let before = usize::try_from(before).unwrap_or_default();
        let first = first_read(&self.rows, before, turn.chat.max_history, question);
        let out = self.rows.drain(..first).filter(is_shown).count();
        self.left_out = before + out;
        Ok(())
    }

    /// What the model reads: the prompt, then the rows.
    pub fn to_model(&self, prompt: String, time_zone: &str) -> Vec<ModelMessage> {
        let mut transcript = Transcript::new(prompt, time_zone);
        if self.left_out > 0 {
            transcript.note(&format!(
                "The conversation is longer: {} older messages are left out.",
                self.left_out
            ));
        }
        self.rows.iter().for_each(|row| transcript.row(row));
        transcript.into_messages()
    }
}

/// Where the turns begin that the model reads, of rows with so many that people see before them. From one message to the
/// next it stays where it is, until it moves on by half of what is read: what a provider's cache holds begins there.
fn first_read(rows: &[Message], before: usize, most: usize, question: i64) -> usize {
    let step = (most / 2).max(1);
    let all = before + rows.iter().filter(|row| is_shown(row)).count();
    let out = all.saturating_sub(most).div_ceil(step) * step;
    let mut seen = before;
    let beyond = |row: &Message| {
        let is_beyond = seen >= out;
        seen += usize::from(is_shown(row));
        is_beyond && row.begins_exchange()
    };
    let first = rows.iter().position(beyond).unwrap_or(rows.len());
    let asked = rows.partition_point(|row| row.id <= question);
    let asked = rows.get(..asked).unwrap_or_default();
    let asked = asked.iter().rposition(Message::begins_exchange);
    first.min(asked.unwrap_or_default())
}

/// Whether people see a row.
fn is_shown(row: &Message) -> bool {
    row.role != Role::System
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::chat::message::Payload;

    /// A conversation of so many questions with an answer each, and a question.
    fn conversation(turns: i64) -> Vec<Message> {
        let row = |id, role| Message {
            id,
            conversation_id: 1,
            role,
            content: format!("row {id}"),
            payload: Payload::None,
            feedback: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        let roles = [Role::User, Role::Assistant].into_iter().cycle();
        (0..=turns * 2)
            .zip(roles)
            .map(|(id, role)| row(id, role))
            .collect()
    }

    #[test]
    fn what_is_left_out_grows_in_steps_and_the_rest_begins_with_the_person() {
        let first = |turns: i64, most| {
            let rows = conversation(turns);
            first_read(&rows, 0, most, turns * 2)
        };
        let firsts: Vec<usize> = (0..12).map(|turns| first(turns, 10)).collect();
        assert_eq!(firsts, [0, 0, 0, 0, 0, 6, 6, 6, 10, 10, 16, 16]);
        assert_eq!(first(12, 1), 24, "the question is always read");
    }

    #[test]
    fn the_same_is_left_out_when_fewer_of_the_older_rows_are_known() {
        let mut rows = conversation(10);
        let all = first_read(&rows, 0, 10, 20);
        rows.drain(..4);
        assert_eq!(first_read(&rows, 4, 10, 20) + 4, all);
    }

    #[test]
    fn a_question_far_back_stays_with_what_it_was_asked_about() {
        let rows = conversation(10);
        assert_eq!(first_read(&rows, 0, 4, 5), 4);
    }
}
