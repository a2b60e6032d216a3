//! What checking tokens needs to know.

use secrecy::SecretString;

/// Where tokens come from and what they must say.
#[derive(Clone, Debug)]
pub struct UserTokensConfig {
    /// `BETTER_AUTH_URL`; the keys are at `{auth_url}/api/auth/jwks`.
    pub auth_url: String,
    /// Where set, tokens signed with HS256 under it are accepted too.
    pub hs256_secret: Option<SecretString>,
    /// Where set, tokens must carry this `iss`.
    pub issuer: Option<String>,
    /// Where set, tokens must carry this `aud`.
    pub audience: Option<String>,
}

/// Why token checks could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not an address one could fetch keys from.
    #[error("the address must be an http or https URL")]
    Url,
    /// An empty secret would accept everybody's signature.
    #[error("the HS256 secret must not be empty")]
    EmptySecret,
    /// The HTTP client could not be made, for want of a TLS provider or of root certificates.
    #[error("no HTTP client to fetch keys with")]
    Client(#[source] reqwest::Error),
}
