//! Who calls and what that caller may do. Every kind of credential is checked here, for every process.

mod authenticator;
mod extract;
mod lookups;
mod personal_token;
mod recent;

use std::sync::Arc;

use serde_json::Value;

pub use authenticator::{Authenticator, Refused};
pub use lookups::{Grant, LookupFailed, Lookups, Pending, PersonalToken};
pub use personal_token::personal_token;

/// The longest name of a client that is kept, in characters.
const CLIENT_MAX: usize = 100;

/// The caller of a request. It comes from the verified credential and from nowhere else: no argument, header, query or
/// metadata can name another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The owner of everything the caller has.
    pub user_id: Arc<str>,
    /// By what the caller proved it.
    pub kind: Kind,
    /// Names the credential; not secret.
    pub token_id: Option<Arc<str>>,
    /// What the person calls the program that calls: the name of the key or of the connected app.
    pub client: Option<Arc<str>>,
    /// What the credential allows.
    pub scopes: Scopes,
}

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a person who signed in has: the browser's JWT, or an older peer's.
    Session,
    /// The backend's assertion to the MCP server.
    Service,
    /// A key that the person made.
    PersonalToken,
    /// An access token of an app that the person connected.
    OAuth,
}

/// What a credential may allow; writing includes reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `tasks:read`
    Read,
    /// `tasks:write`
    Write,
}

/// What a credential allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(Option<Scope>);

impl Scope {
    /// The scopes that a client asks for to get this one, separated by spaces.
    #[must_use]
    pub fn requested_as(self) -> &'static str {
        match self {
            Self::Read => "tasks:read",
            Self::Write => "tasks:read tasks:write",
        }
    }
}

impl Scopes {
    /// Nothing is allowed.
    pub const NONE: Self = Self(None);
    /// Reading and writing.
    pub const ALL: Self = Self(Some(Scope::Write));

    /// Those of an OAuth `scope` value; others in it are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let known = text.split(' ').filter_map(|scope| match scope {
            "tasks:read" => Some(Scope::Read),
            "tasks:write" => Some(Scope::Write),
            _ => None,
        });
        Self(known.max())
    }

    /// Those of a personal token as they are stored: `{"tasks":["read","write"]}`. Anything else grants nothing.
    fn stored(permissions: Option<&str>) -> Self {
        let stored: Option<Value> = permissions.and_then(|text| serde_json::from_str(text).ok());
        let tasks = stored.as_ref().and_then(|all| all.get("tasks")?.as_array());
        let known = tasks
            .into_iter()
            .flatten()
            .filter_map(|action| match action.as_str()? {
                "read" => Some(Scope::Read),
                "write" => Some(Scope::Write),
                _ => None,
            });
        Self(known.max())
    }

    /// Whether this is allowed.
    #[must_use]
    pub fn allow(self, scope: Scope) -> bool {
        self.0 >= Some(scope)
    }
}

impl Principal {
    fn signed_in(user_id: Arc<str>) -> Self {
        Self {
            user_id,
            kind: Kind::Session,
            token_id: None,
            client: None,
            scopes: Scopes::ALL,
        }
    }
}

/// A client's name as it may be shown: whoever chose it may have put anything into it.
fn shown_name(name: &str) -> Option<Arc<str>> {
    let printable = name.chars().filter(|c| !c.is_control());
    let name: String = printable.take(CLIENT_MAX).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading_and_unknown_scopes_grant_nothing() {
        for (text, read, write) in [
            ("", false, false),
            ("tasks:read", true, false),
            ("tasks:write", true, true),
            ("offline_access tasks:read tasks:write", true, true),
            ("openid tasks tasks:readwrite TASKS:READ", false, false),
        ] {
            let scopes = Scopes::parse(text);
            assert_eq!(
                (scopes.allow(Scope::Read), scopes.allow(Scope::Write)),
                (read, write),
                "{text}"
            );
        }
    }

    #[test]
    fn permissions_of_another_form_grant_nothing() {
        for (stored, expected) in [
            (Some(r#"{"tasks":["read","write"]}"#), Scopes::ALL),
            (Some(r#"{"tasks":["read"]}"#), Scopes(Some(Scope::Read))),
            (Some(r#"{"tasks":[]}"#), Scopes::NONE),
            (Some(r#"{"tasks":"write"}"#), Scopes::NONE),
            (Some(r#"{"files":["write"]}"#), Scopes::NONE),
            (Some(r#"["write"]"#), Scopes::NONE),
            (Some("null"), Scopes::NONE),
            (Some("tasks:write"), Scopes::NONE),
            (None, Scopes::NONE),
        ] {
            assert_eq!(Scopes::stored(stored), expected, "{stored:?}");
        }
    }
}
