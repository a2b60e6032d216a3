//! How soon a real model server says the first word of a second turn, of which it has read the first: through the backend, and
//! asked directly for the same.

use std::{
    net::TcpListener as Ports,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, Command},
    time::sleep,
};

use super::{client::Answer, request};
use crate::{
    client::find,
    config::Chat,
    programs::{Backend, Programs},
    statistics::{milliseconds, ms},
    table::Table,
    users::People,
};

const SAID: [&str; 2] = ["add buy milk", "thank you, and what is open now?"];
const PERSON: &str = "listener";
/// Reading the model's file takes longest.
const STARTS_WITHIN: Duration = Duration::from_mins(2);
const KEPT: f64 = 0.95;
const OF_THE_FIRST: f64 = 0.1;

pub(super) async fn measure(
    programs: &Programs,
    config: &Chat,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (Some(server), Some(template)) = (&config.llama_server, &config.llama_template) else {
        table.note("The first word was not measured: LLAMA_SERVER has to say how a model server is started, LLAMA_TEMPLATE to name a chat template.");
        return Ok(());
    };
    let server = || Server::start(server, template);
    let (through, requests) = through_the_backend(programs, &server().await?).await?;
    let direct = asked_directly(&server().await?, &requests).await?;
    for (name, [first, second]) in [("through the backend", &through), ("directly", &direct)] {
        let ratio = milliseconds(second.after) / milliseconds(first.after);
        table.told(&format!("first word, {name}: first turn"), ms(first.after));
        table.judged(
            &format!("first word, {name}: second turn"),
            format!("{} ({ratio:.2} of the first)", ms(second.after)),
            "≤ 0.1 of the first",
            ratio <= OF_THE_FIRST,
        );
        let share = second.kept / second.prompt;
        table.judged(
            &format!("  of its {} tokens the server kept", second.prompt),
            format!("{} ({:.1} %)", second.kept, share * 100.0),
            "≥ 95 %",
            share >= KEPT,
        );
    }
    table.note("First word: a conversation of two turns with a server that has just started, temperature 0; each first request of a turn.");
    Ok(())
}

/// The first request of a turn: when its first word came, and what of its prompt the server had kept, in tokens.
struct Heard {
    after: Duration,
    prompt: f64,
    kept: f64,
}

async fn through_the_backend(
    programs: &Programs,
    server: &Server,
) -> anyhow::Result<([Heard; 2], Vec<Vec<u8>>)> {
    let relay = Relay::to(server.port).await?;
    let mcp = programs.mcp()?;
    let backend = programs.backend(&Backend {
        model_port: relay.port,
        mcp_port: mcp.port,
        settings: vec![
            ("CHAT_TITLES", "words"),
            ("LLM_EXTRA_PARAMS", r#"{"temperature":0}"#),
            ("LLM_MAX_TOKENS", "24"),
            ("LLM_WIRE", "chat"),
        ],
        ..Backend::default()
    })?;
    let mut thread = None;
    let mut begins = Vec::new();
    for (number, text) in SAID.iter().enumerate() {
        begins.push(relay.exchanges().len());
        let body = request::say(thread.as_deref(), text);
        let request = People::default().chatkit(PERSON, Some(&number.to_string()), &body)?;
        let mut answer = Answer::to(backend.port, &request).await?;
        while let Some(event) = answer.event().await? {
            let created = event.pointer("/thread/id").and_then(Value::as_str);
            thread = thread.or(created.map(str::to_owned));
        }
    }
    let exchanges = relay.exchanges();
    let turns = begins
        .iter()
        .map(|begin| exchanges.get(*begin).context("the model was not asked"));
    let turns = turns.collect::<anyhow::Result<Vec<_>>>()?;
    let heard = turns.iter().map(|exchange| exchange.heard());
    let heard = pair(heard.collect::<anyhow::Result<Vec<_>>>()?)?;
    // All of them, so that the server asked directly has read as much before the second turn.
    let until = begins.last().map_or(0, |begin| begin + 1);
    let requests = exchanges.iter().take(until);
    Ok((
        heard,
        requests.map(|exchange| exchange.asked.clone()).collect(),
    ))
}

async fn asked_directly(server: &Server, requests: &[Vec<u8>]) -> anyhow::Result<[Heard; 2]> {
    let mut heard = Vec::new();
    for request in requests {
        let mut exchange = Exchange::new(request.clone());
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await?;
        stream.write_all(request).await?;
        let mut piece = vec![0; 16 * 1024];
        while !exchange.is_over() {
            let read = stream.read(&mut piece).await?;
            ensure!(read > 0, "the model server broke off");
            exchange.hear(piece.get(..read).unwrap_or_default());
        }
        heard.push(exchange.heard()?);
    }
    let last = heard.pop();
    pair(heard.into_iter().take(1).chain(last).collect())
}

fn pair(heard: Vec<Heard>) -> anyhow::Result<[Heard; 2]> {
    heard.try_into().ok().context("there were no two turns")
}

/// A model server that ends when this is dropped.
struct Server {
    port: u16,
    _process: Child,
}

impl Server {
    async fn start(command: &str, template: &str) -> anyhow::Result<Self> {
        let port = Ports::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut words = command.split_whitespace();
        let program = words.next().context("LLAMA_SERVER is empty")?;
        let process = Command::new(program)
            .args(words)
            .args(["--ctx", "8192", "--template", template, "--port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let begun = Instant::now();
        while !is_ready(port).await {
            ensure!(
                begun.elapsed() < STARTS_WITHIN,
                "the model server does not start"
            );
            sleep(Duration::from_millis(200)).await;
        }
        Ok(Self {
            port,
            _process: process,
        })
    }
}

async fn is_ready(port: u16) -> bool {
    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = Answer::to(port, request).await;
    answer.is_ok_and(|answer| answer.status == 200)
}

/// A request to the model and what came back.
struct Exchange {
    asked: Vec<u8>,
    at: Instant,
    came: Vec<u8>,
    first: Option<Duration>,
}

impl Exchange {
    fn new(asked: Vec<u8>) -> Self {
        Self {
            asked,
            at: Instant::now(),
            came: Vec::new(),
            first: None,
        }
    }

    fn hear(&mut self, piece: &[u8]) {
        self.came.extend_from_slice(piece);
        let spoken = [&b"\"content\":\""[..], b"\"tool_calls\""];
        if self.first.is_none() && spoken.iter().any(|word| find(&self.came, word).is_some()) {
            self.first = Some(self.at.elapsed());
        }
    }

    fn is_over(&self) -> bool {
        find(&self.came, b"[DONE]").is_some()
    }

    fn heard(&self) -> anyhow::Result<Heard> {
        let came = String::from_utf8_lossy(&self.came);
        let number = |name: &str| {
            let (_, rest) = came.rsplit_once(&format!("\"{name}\":"))?;
            let end = rest.find(|sign: char| !sign.is_ascii_digit())?;
            rest.get(..end)?.parse::<f64>().ok()
        };
        let prompt = number("prompt_tokens").context("the server counted nothing")?;
        Ok(Heard {
            after: self.first.context("the model said nothing")?,
            prompt,
            kept: number("cached_tokens")
                .or(number("cache_n"))
                .unwrap_or_default(),
        })
    }
}

/// Stands between the backend and the model, and remembers what goes through.
struct Relay {
    port: u16,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Relay {
    async fn to(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let relay = Self {
            port: listener.local_addr()?.port(),
            exchanges: Arc::default(),
        };
        let exchanges = Arc::clone(&relay.exchanges);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let ((from, to), (back, out)) = (server.into_split(), client.into_split());
                tokio::spawn(pass(back, to, Arc::clone(&exchanges), true));
                tokio::spawn(pass(from, out, Arc::clone(&exchanges), false));
            }
        });
        Ok(relay)
    }

    fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges = lock(&self.exchanges);
        let copy = exchanges.iter_mut().map(|exchange| Exchange {
            asked: exchange.asked.clone(),
            at: exchange.at,
            came: exchange.came.clone(),
            first: exchange.first,
        });
        copy.collect()
    }
}

/// One direction. The backend asks one thing at a time here, so what comes back belongs to what was asked last.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    asks: bool,
) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut piece).await
        && read > 0
    {
        let bytes = piece.get(..read).unwrap_or_default();
        {
            let mut exchanges = lock(&exchanges);
            match exchanges.last_mut() {
                Some(last) if asks && last.came.is_empty() => last.asked.extend_from_slice(bytes),
                _ if asks => exchanges.push(Exchange::new(bytes.to_vec())),
                Some(last) => last.hear(bytes),
                None => {}
            }
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

fn lock(exchanges: &Mutex<Vec<Exchange>>) -> std::sync::MutexGuard<'_, Vec<Exchange>> {
    exchanges.lock().unwrap_or_else(PoisonError::into_inner)
}
