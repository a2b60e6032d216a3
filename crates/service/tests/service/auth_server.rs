use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// A stand-in for the frontend's key endpoint, on a real port, which counts who asks.
#[derive(Clone)]
pub struct AuthServer {
    pub url: String,
    state: Arc<Inner>,
}

struct Inner {
    asked: Mutex<usize>,
    answer: Mutex<(StatusCode, String)>,
    open: Semaphore,
    arrived: Semaphore,
}

impl AuthServer {
    pub async fn start(keys: &[Value]) -> Self {
        let state = Arc::new(Inner {
            asked: Mutex::new(0),
            answer: Mutex::default(),
            open: Semaphore::new(Semaphore::MAX_PERMITS),
            arrived: Semaphore::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/api/auth/jwks", get(jwks))
            .route("/elsewhere", get(elsewhere))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let server = Self { url, state };
        server.publish(keys);
        server
    }

    pub fn publish(&self, keys: &[Value]) {
        self.say(StatusCode::OK, json!({ "keys": keys }).to_string());
    }

    pub fn say(&self, status: StatusCode, body: impl Into<String>) {
        *self.state.answer.lock().unwrap() = (status, body.into());
    }

    pub fn asked(&self) -> usize {
        *self.state.asked.lock().unwrap()
    }

    /// From now on requests wait for [`AuthServer::let_through`].
    pub fn hold(&self) {
        self.state.open.forget_permits(usize::MAX);
    }

    pub fn let_through(&self) {
        self.state.open.add_permits(1_000);
    }

    /// Waits until a request has come in that was not waited for yet.
    pub async fn arrival(&self) {
        self.state.arrived.acquire().await.unwrap().forget();
    }
}

async fn jwks(State(state): State<Arc<Inner>>) -> Response {
    *state.asked.lock().unwrap() += 1;
    state.arrived.add_permits(1);
    drop(state.open.acquire().await.unwrap());
    let (status, body) = state.answer.lock().unwrap().clone();
    (status, [("location", "/elsewhere")], body).into_response()
}

/// A good key set where only a redirect leads.
async fn elsewhere() -> String {
    json!({ "keys": [SigningKey::new("a", 1).public()] }).to_string()
}

/// An Ed25519 key pair.
pub struct SigningKey {
    kid: &'static str,
    encoding: EncodingKey,
}

impl SigningKey {
    /// The pair that grows from a seed of 32 times this byte.
    pub fn new(kid: &'static str, seed: u8) -> Self {
        // PKCS #8, version 1: algorithm 1.3.101.112, then the seed.
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend([seed; 32]);
        Self {
            kid,
            encoding: EncodingKey::from_ed_der(&der),
        }
    }

    /// As Better Auth publishes it.
    pub fn public(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, Algorithm::EdDSA).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!("EdDSA");
        jwk
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as("JWT", claims)
    }

    /// A token of another type.
    pub fn sign_as(&self, typ: &str, claims: &Value) -> String {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.kid.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }
}
