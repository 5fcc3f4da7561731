//! Those who come in `bench join`: at their time, whether or not those before them are in; who is told to wait
//! comes again with their ticket when it is their turn, as the door's page does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_model::id::EventId;
use serde::Deserialize;
use tokio::sync::{Mutex as Line, mpsc, watch};

use super::connection::Connection;

/// What was seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// From when each wanted to come in until they were told anything, in milliseconds.
    pub told_ms: Vec<f64>,
    /// The same until they were in.
    pub answered_ms: Vec<f64>,
    /// How often somebody was told to wait.
    pub told_to_wait: usize,
    /// Answers that were no answer.
    pub errors: usize,
    /// The first of them.
    pub first_error: Option<String>,
}

/// Those who come, shared by all connections.
pub struct Crowd {
    path: String,
    /// In the order in which they come.
    passes: Vec<String>,
    seen: Mutex<Seen>,
}

/// Somebody who stands before the door.
struct Comer {
    index: usize,
    /// When they wanted to come in first.
    due: Instant,
    /// From the last time.
    ticket: Option<String>,
}

/// What somebody is told who waits.
#[derive(Deserialize)]
struct Waiting {
    names: Turn,
}

#[derive(Deserialize)]
struct Turn {
    wait_ms: String,
    ticket: String,
}

impl Crowd {
    /// Members with these passes.
    pub fn new(event: EventId, passes: Vec<String>) -> Self {
        let path = format!("/api/events/{event}/join");
        Self { path, passes, seen: Mutex::default() }
    }

    /// What was seen until now.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets all come, so many each second over so many connections, and says how long it took until the last was in.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn come(
        self: &Arc<Self>,
        address: SocketAddr,
        (connection_count, per_second): (usize, u32),
    ) -> anyhow::Result<Duration> {
        let (line, door) = mpsc::unbounded_channel();
        let (over, is_over) = watch::channel(self.passes.is_empty());
        let (door, over) = (Arc::new(Line::new(door)), Arc::new(over));
        let mut connections = Vec::new();
        for _ in 0..connection_count {
            connections.push(Connection::open(address).await?);
        }
        let began = Instant::now();
        let tasks: Vec<_> = connections
            .into_iter()
            .map(|connection| {
                let ways = (line.clone(), Arc::clone(&door), is_over.clone());
                tokio::spawn(Arc::clone(self).knock(connection, ways, Arc::clone(&over)))
            })
            .collect();
        for index in 0..self.passes.len() {
            let due = began + Duration::from_secs_f64(index as f64 / f64::from(per_second));
            tokio::time::sleep_until(due.into()).await;
            line.send(Comer { index, due, ticket: None }).context("all connections are gone")?;
        }
        for task in tasks {
            task.await?;
        }
        Ok(began.elapsed())
    }

    /// Brings those who are due to the door over one connection, one after the other.
    async fn knock(
        self: Arc<Self>,
        mut connection: Connection,
        (line, door, mut is_over): (
            mpsc::UnboundedSender<Comer>,
            Arc<Line<mpsc::UnboundedReceiver<Comer>>>,
            watch::Receiver<bool>,
        ),
        over: Arc<watch::Sender<bool>>,
    ) {
        loop {
            let comer = tokio::select! {
                comer = async { door.lock().await.recv().await } => comer,
                _ = is_over.wait_for(|over| *over) => None,
            };
            let Some(comer) = comer else { return };
            let waits = self.ask(&mut connection, comer).await;
            if let Some((comer, wait)) = waits {
                let line = line.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    // Nobody is left to come in when all connections are gone.
                    let _ = line.send(comer);
                });
            } else if self.are_all_served() {
                over.send_replace(true);
            }
        }
    }

    fn are_all_served(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.passes.len() <= seen.answered_ms.len() + seen.errors
    }

    /// Asks to come in: who is told to wait, and for how long.
    async fn ask(&self, connection: &mut Connection, comer: Comer) -> Option<(Comer, Duration)> {
        let pass = self.passes.get(comer.index)?;
        let body = match &comer.ticket {
            Some(ticket) => format!(r#"{{"pass":"{pass}","ticket":"{ticket}"}}"#),
            None => format!(r#"{{"pass":"{pass}"}}"#),
        };
        let answer = connection.post(&self.path, &body).await;
        let passed_ms = comer.due.elapsed().as_secs_f64() * 1_000.0;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = match answer {
            Ok(answer) if answer.status() == 200 => {
                if comer.ticket.is_none() {
                    seen.told_ms.push(passed_ms);
                }
                seen.answered_ms.push(passed_ms);
                return None;
            }
            Ok(answer) if answer.status() == 503 => {
                match serde_json::from_slice::<Waiting>(answer.body()) {
                    Ok(Waiting { names: Turn { wait_ms, ticket } }) => {
                        if comer.ticket.is_none() {
                            seen.told_ms.push(passed_ms);
                        }
                        seen.told_to_wait += 1;
                        let wait = Duration::from_millis(wait_ms.parse().unwrap_or_default());
                        return Some((Comer { ticket: Some(ticket), ..comer }, wait));
                    }
                    Err(error) => error.to_string(),
                }
            }
            Ok(answer) => format!("{answer:?}"),
            Err(error) => error.to_string(),
        };
        seen.errors += 1;
        seen.first_error.get_or_insert(wrong);
        None
    }
}
