//! Short loads of several servers, one after another, as lines of standard input order them.
//!
//! The connections stay open from the first slice to the last, so that two servers are compared at
//! the same age, and so often that a drift of the machine falls on both.

mod answer;
mod lines;
mod order;

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::connection::Work;
use crate::options::Options;
use crate::prepare::{Server, find, work};
use crate::problem::{Problem, Result};
use crate::record::{Record, Window};
use crate::run::{SPOILED, wake_on_time};
use crate::schedule::{Schedule, nanos};
use crate::worker::{Live, Load, Plan, Worker};

use answer::{Answer, Ready, Refusal, Settings};
use lines::Lines;
use order::{Kind, Order, Slice};

/// Load slices until the input ends. Returns the exit code.
///
/// # Errors
///
/// Says what of the options is wrong, which target cannot be reached, or what cannot be written.
pub(crate) fn run(options: &Options, end: &AtomicBool) -> Result<ExitCode> {
    let names: Vec<&str> = options.target.split(',').map(str::trim).collect();
    let (targets, requests) = connected(options, &names)?;
    wake_on_time();
    let mut session = Session {
        options,
        targets,
        schedule: Schedule::new(options.arrivals, 1.0, options.seed, 0, 1),
        signals: signals().map_err(|error| Problem::Output(format!("signals: {error}")))?,
        end,
    };
    say(&session.ready(&names, requests))?;
    session.serve()
}

/// A server, and the connections to it.
struct Target {
    name: String,
    worker: Worker,
    /// How many connections were opened again since the last answer.
    reconnected: u64,
}

/// Connect to each target. Returns them, and how many request bodies there are.
fn connected(options: &Options, names: &[&str]) -> Result<(Vec<Target>, usize)> {
    let servers: Vec<Server> = names
        .iter()
        .map(|name| Server::of(options, name))
        .collect::<Result<_>>()?;
    let Some(first) = servers.first() else {
        return Err(Problem::Input("give a target".to_owned()));
    };
    let method = find(options, first)?;
    let mut requests = 0;
    let mut targets = Vec::new();
    for (name, server) in names.iter().zip(&servers) {
        let unreachable =
            |why: &dyn std::fmt::Display| Problem::Unreachable(format!("{name}: {why}"));
        let work = Arc::new(work(options, server, &method)?);
        requests = work.bodies.len();
        let mut worker = Worker::new(
            plan(options, server, work),
            Load::Closed { concurrency: 0 },
            Record::new(Window { from: 0, to: 0 }, None),
            Arc::<Live>::default(),
        )
        .map_err(|error| unreachable(&error))?;
        worker
            .settle(options.connect_timeout)
            .map_err(|why| unreachable(&why))?;
        targets.push(Target {
            name: (*name).to_owned(),
            worker,
            reconnected: 0,
        });
    }
    Ok((targets, requests))
}

fn plan(options: &Options, server: &Server, work: Arc<Work>) -> Plan {
    Plan {
        work,
        address: server.address,
        tls: server.tls.clone(),
        connections: options.connections as usize,
        stop: 0,
        drain: nanos(options.drain),
        deadline: options.deadline.map(nanos),
        most_held: options.most_held,
        reconnects: false,
        first: 0,
        step: 1,
    }
}

/// Return what is readable once a signal came: else one that comes while nothing is awaited but
/// input would be seen with the next line.
fn signals() -> io::Result<UnixStream> {
    let (heard, told) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        signal_hook::low_level::pipe::register(signal, told.try_clone()?)?;
    }
    Ok(heard)
}

/// Write one line, at once.
fn say(line: &impl Serialize) -> Result<()> {
    let failed =
        |error: &dyn std::fmt::Display| Problem::Output(format!("standard output: {error}"));
    let mut text = serde_json::to_vec(line).map_err(|error| failed(&error))?;
    text.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&text)
        .and_then(|()| out.flush())
        .map_err(|error| failed(&error))
}

/// All targets, and what goes on from slice to slice.
struct Session<'a> {
    options: &'a Options,
    targets: Vec<Target>,
    /// Goes on from one open loop to the next.
    schedule: Schedule,
    signals: UnixStream,
    end: &'a AtomicBool,
}

impl Session<'_> {
    fn ready<'b>(&'b self, names: &[&'b str], requests: usize) -> Ready<'b> {
        let options = self.options;
        Ready {
            ready: true,
            targets: names.to_vec(),
            settings: Settings {
                grpc_load: env!("CARGO_PKG_VERSION"),
                method: options.method.trim_start_matches('/'),
                tls: options.tls || options.cacert.is_some(),
                connections: options.connections,
                arrivals: options.arrivals,
                seed: options.seed,
                send_quantum_s: options.send_quantum.as_secs_f64(),
                deadline_s: options.deadline.map(|deadline| deadline.as_secs_f64()),
                drain_s: options.drain.as_secs_f64(),
                requests,
                expected: options.expect.is_some(),
                max_concurrent_streams: self
                    .targets
                    .iter()
                    .map(|target| u32::try_from(target.worker.stream_limit()).ok())
                    .collect(),
            },
        }
    }

    /// Do what the lines say, until they end.
    fn serve(&mut self) -> Result<ExitCode> {
        let mut lines = Lines::default();
        loop {
            while let Some(line) = lines.next() {
                match order::read(&line, self.targets.len(), self.options.connections) {
                    Ok(Order::Close) => return Ok(ExitCode::SUCCESS),
                    Ok(Order::Slice(slice)) => match self.load(slice) {
                        Ok(answer) => say(&answer)?,
                        Err(refusal) => say(&refusal)?,
                    },
                    Err(error) => say(&Refusal {
                        error,
                        target: None,
                    })?,
                }
                if self.end.load(Ordering::Relaxed) {
                    return Ok(ExitCode::from(SPOILED));
                }
            }
            if lines.ended() {
                return Ok(ExitCode::SUCCESS);
            }
            if self.end.load(Ordering::Relaxed) {
                return Ok(ExitCode::SUCCESS);
            }
            self.idle(&mut lines)
                .map_err(|error| Problem::Input(format!("standard input: {error}")))?;
        }
    }

    /// Wait for a line, a signal, or news on a connection, and take it.
    fn idle(&mut self, lines: &mut Lines) -> io::Result<()> {
        let input = io::stdin();
        let mut watched = vec![
            PollFd::new(&input, PollFlags::IN),
            PollFd::new(&self.signals, PollFlags::IN),
        ];
        let connections: Vec<_> = self.targets.iter().map(|t| t.worker.watch()).collect();
        watched.extend(
            connections
                .iter()
                .map(|watch| PollFd::new(watch, PollFlags::IN)),
        );
        match poll(&mut watched, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let news: Vec<bool> = watched
            .iter()
            .map(|one| !one.revents().is_empty())
            .collect();
        let (own, others) = news.split_at(2);
        for (target, _) in self
            .targets
            .iter_mut()
            .zip(others)
            .filter(|(_, news)| **news)
        {
            target.worker.tend()?;
        }
        if own.first() == Some(&true) {
            lines.fill(input.as_fd())?;
        }
        Ok(())
    }

    /// Load one slice. Returns its answer, or why it could not be loaded.
    fn load(&mut self, slice: Slice) -> std::result::Result<Answer, Refusal> {
        let index = slice.target;
        let within = self.options.connect_timeout;
        let (before, rest) = self.targets.split_at_mut(index);
        let Some((target, after)) = rest.split_first_mut() else {
            unreachable!("an order's target is one of them")
        };
        let refusal = |why: &str| Refusal {
            error: format!("target {index} ({}): {why}", target.name),
            target: Some(index),
        };
        let tended = target.worker.tend();
        let (opened, renewed) = target.worker.renew(within);
        target.reconnected += opened;
        tended.map_err(|error| refusal(&error.to_string()))?;
        renewed.map_err(|why| refusal(&why))?;

        let load = match slice.kind {
            Kind::Closed(concurrency) => Load::Closed {
                concurrency: concurrency as usize,
            },
            Kind::Open(rate) => Load::Open {
                schedule: self.schedule.restarted(rate),
                quantum: nanos(self.options.send_quantum),
            },
        };
        let window = Window {
            from: 0,
            to: nanos(slice.duration),
        };
        let began = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let mut aside = || {
            before
                .iter_mut()
                .chain(&mut *after)
                .try_for_each(|other| other.worker.tend())
        };
        let sliced = target
            .worker
            .load_slice(load, Record::new(window, None), self.end, &mut aside)
            .map_err(|error| refusal(&error.to_string()))?;
        if self.end.load(Ordering::Relaxed) {
            return Err(refusal("a signal ended the slice before its time"));
        }
        let reconnected = std::mem::take(&mut target.reconnected);
        let answer = Answer::new(index, began.as_secs_f64(), reconnected, &sliced);
        if let Load::Open { schedule, .. } = sliced.load {
            self.schedule = schedule;
        }
        Ok(answer)
    }
}
