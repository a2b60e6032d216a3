//! A TCP proxy before the database, which tests cut, freeze and restore.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinHandle,
};

pub(crate) struct Proxy {
    address: SocketAddr,
    target: String,
    /// How many times the connections of the moment were frozen.
    frozen: watch::Sender<u32>,
    sent: Arc<AtomicU64>,
    /// How many more announcements are refused.
    refused: Arc<AtomicU64>,
    open: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) async fn start(options: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut proxy = Self {
            address: listener.local_addr().unwrap(),
            target: format!("{}:{}", options.get_host(), options.get_port()),
            frozen: watch::Sender::new(0),
            sent: Arc::default(),
            refused: Arc::default(),
            open: None,
        };
        proxy.serve(listener);
        proxy
    }

    /// The URL of the database through the proxy.
    pub(crate) fn url(&self, options: &PgConnectOptions) -> String {
        let mut url = options.to_url_lossy();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    /// Bytes that went to the database so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// Ends every connection, and refuses new ones.
    pub(crate) async fn cut(&mut self) {
        let open = self.open.take().unwrap();
        open.abort();
        // When it is gone, its connections and its port are.
        let _ = open.await;
    }

    /// Lets connections through again.
    pub(crate) async fn restore(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    /// Makes the connections of the moment hang without a word, as a network does that lost its other end. New ones
    /// work.
    pub(crate) fn freeze(&self) {
        self.frozen.send_modify(|times| *times += 1);
    }

    /// Ends the connection of so many announcements of changes before they arrive.
    pub(crate) fn refuse_announcements(&self, times: u64) {
        self.refused.store(times, Ordering::SeqCst);
    }

    /// How many announcements are still to be refused.
    pub(crate) fn still_refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    fn serve(&mut self, listener: TcpListener) {
        let (target, sent, refused, frozen) = (
            self.target.clone(),
            Arc::clone(&self.sent),
            Arc::clone(&self.refused),
            self.frozen.subscribe(),
        );
        self.open = Some(tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (target, sent, mut frozen) =
                    (target.clone(), Arc::clone(&sent), frozen.clone());
                let refused = Arc::clone(&refused);
                connections.spawn(async move {
                    frozen.mark_unchanged();
                    let server = TcpStream::connect(target).await.unwrap();
                    let (mut from_client, mut to_client) = client.into_split();
                    let (mut from_server, mut to_server) = server.into_split();
                    let passes = |bytes: &[u8]| {
                        sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
                        let announces = bytes.windows(9).any(|part| part == b"pg_notify");
                        let less = |times: u64| times.checked_sub(1);
                        !announces
                            || refused
                                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
                                .is_err()
                    };
                    tokio::select! {
                        () = pipe(&mut from_client, &mut to_server, passes) => {}
                        () = pipe(&mut from_server, &mut to_client, |_| true) => {}
                        _ = frozen.changed() => std::future::pending().await,
                    }
                });
            }
        }));
    }
}

async fn pipe(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 8192];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if !passes(&buffer[..n]) || to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
