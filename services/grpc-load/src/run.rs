//! A load from its options to its result: prepare, connect, load on all threads, put together.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clock::Clock;
use crate::connection::{CONNECTION_WINDOW, STREAM_WINDOW, Work};
use crate::options::Options;
use crate::prepare::{Server, find, work};
use crate::problem::{Problem, Result};
use crate::record::{Record, Window};
use crate::report::{Asked, AskedLoad, Http2, Measured, Report};
use crate::samples;
use crate::schedule::{Schedule, nanos};
use crate::slices;
use crate::worker::{Live, Load, Plan, Worker};

/// The exit code of figures that the generator's own delay spoiled.
pub(crate) const SPOILED: u8 = 3;
/// All threads begin together, so long after the last is ready.
const TOGETHER: Duration = Duration::from_millis(5);

/// Do what the options say. Returns the exit code.
///
/// # Errors
///
/// Says what of the input is wrong, what cannot be reached, or what cannot be written.
pub fn run(options: &Options, end: &Arc<AtomicBool>) -> Result<ExitCode> {
    options.check()?;
    if options.slices {
        return slices::run(options, end);
    }
    let server = Server::of(options, &options.target)?;
    let method = find(options, &server)?;
    let work = Arc::new(work(options, &server, &method)?);
    let asked = asked(options, &work);
    let (record, measured) = load(options, &server, &work, asked, end)?;
    let report = Report::new(&record, measured);
    put_out(options, &report)?;
    Ok(if report.spoiled.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(SPOILED)
    })
}

fn asked(options: &Options, work: &Work) -> Asked {
    let load = match (options.concurrency, options.rate) {
        (Some(concurrency), _) => AskedLoad::Closed { concurrency },
        (None, rate) => AskedLoad::Open {
            rate: rate.unwrap_or_default(),
            arrivals: options.arrivals,
            seed: options.seed,
            send_quantum_s: options.send_quantum.as_secs_f64(),
        },
    };
    Asked {
        target: options.target.clone(),
        method: options.method.trim_start_matches('/').to_owned(),
        tls: options.tls || options.cacert.is_some(),
        load,
        connections: options.connections,
        threads: options.threads,
        duration_s: options.duration.as_secs_f64(),
        drop_s: options.drop.as_secs_f64(),
        deadline_s: options.deadline.map(|deadline| deadline.as_secs_f64()),
        requests: work.bodies.len(),
        expected: work.expected.is_some(),
    }
}

/// A thread's share of a number.
fn share(total: u32, thread: u32, threads: u32) -> u32 {
    total / threads + u32::from(thread < total % threads)
}

fn load_of(options: &Options, thread: u32) -> Load {
    let threads = options.threads;
    match (options.concurrency, options.rate) {
        (Some(concurrency), _) => Load::Closed {
            concurrency: share(concurrency, thread, threads) as usize,
        },
        (None, rate) => Load::Open {
            schedule: Schedule::new(
                options.arrivals,
                rate.unwrap_or_default() / f64::from(threads),
                options.seed,
                thread,
                threads,
            ),
            quantum: nanos(options.send_quantum),
        },
    }
}

/// What one thread gave.
struct Part {
    record: Record,
    used: Clock,
    stream_limit: usize,
    reconnects: u64,
    last_loss: Option<String>,
}

/// A result before its threads are added up.
fn unmeasured(options: &Options, asked: Asked, began: Option<f64>, interrupted: bool) -> Measured {
    Measured {
        asked,
        began: began.unwrap_or_default(),
        used: Clock::NONE,
        http2: Http2 {
            max_concurrent_streams: None,
            stream_window: STREAM_WINDOW,
            connection_window: CONNECTION_WINDOW,
        },
        reconnects: 0,
        last_loss: None,
        send_delay_limit: nanos(options.send_delay_limit),
        interrupted,
    }
}

fn load(
    options: &Options,
    server: &Server,
    work: &Arc<Work>,
    asked: Asked,
    end: &Arc<AtomicBool>,
) -> Result<(Record, Measured)> {
    let window = Window {
        from: nanos(options.drop),
        to: nanos(options.duration),
    };
    let live: Vec<Arc<Live>> = (0..options.threads).map(|_| Arc::default()).collect();
    let ready = Barrier::new(options.threads as usize);
    let (starts, start) = mpsc::channel();
    thread::scope(|scope| {
        let (sender, writer) = match &options.samples {
            None => (None, None),
            Some(path) => {
                let (sender, receiver) = mpsc::sync_channel(1024);
                let about = serde_json::json!({"target": asked.target, "method": asked.method});
                (
                    Some(sender),
                    Some(scope.spawn(move || {
                        give_way();
                        samples::write(path, &about, &receiver)
                    })),
                )
            }
        };
        let threads: Vec<_> = (0..options.threads)
            .map(|thread| {
                let plan = Plan {
                    work: Arc::clone(work),
                    address: server.address,
                    tls: server.tls.clone(),
                    connections: share(options.connections, thread, options.threads) as usize,
                    stop: window.to,
                    drain: nanos(options.drain),
                    deadline: options.deadline.map(nanos),
                    most_held: options.most_held,
                    reconnects: true,
                    first: u64::from(thread),
                    step: u64::from(options.threads),
                };
                let (load, record) = (
                    load_of(options, thread),
                    Record::new(window, sender.clone()),
                );
                let live = live
                    .get(thread as usize)
                    .map(Arc::clone)
                    .unwrap_or_default();
                let (ready, starts) = (&ready, starts.clone());
                scope.spawn(move || {
                    one_thread(
                        plan,
                        load,
                        record,
                        live,
                        options.connect_timeout,
                        ready,
                        &starts,
                        end,
                    )
                })
            })
            .collect();
        drop((sender, starts));
        // No start comes where a thread could not connect.
        let began = start.recv().ok().map(|began: Instant| {
            let ago = Instant::now().saturating_duration_since(began);
            let unix = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            watch(options, &live, began, end, &|| {
                threads.iter().all(thread::ScopedJoinHandle::is_finished)
            });
            unix.saturating_sub(ago).as_secs_f64()
        });
        let mut whole = Record::new(window, None);
        let mut measured = unmeasured(options, asked, began, end.load(Ordering::Relaxed));
        let mut limit = usize::MAX;
        for thread in threads {
            let part = thread
                .join()
                .map_err(|_| Problem::Output("a thread of the load ended".to_owned()))?;
            let part =
                part.map_err(|why| Problem::Unreachable(format!("{}: {why}", options.target)))?;
            whole.merge(&part.record);
            measured.used = measured.used.plus(part.used);
            measured.reconnects += part.reconnects;
            measured.last_loss = measured.last_loss.or(part.last_loss);
            limit = limit.min(part.stream_limit);
        }
        measured.http2.max_concurrent_streams = u32::try_from(limit).ok();
        if let (Some(writer), Some(path)) = (writer, &options.samples) {
            let written = writer
                .join()
                .unwrap_or_else(|_| Err(std::io::Error::other("the writer ended")));
            written.map_err(|error| Problem::Output(format!("{}: {error}", path.display())))?;
        }
        Ok((whole, measured))
    })
}

/// Have this thread give way to those that load: a file can wait, and what is due cannot.
fn give_way() {
    // On Linux it is this thread's alone. Where a sandbox refuses, it competes with them.
    let _ = rustix::process::nice(19);
}

/// Have the kernel wake this thread on time: else it may do so 50 us late, to wake several at once.
pub(crate) fn wake_on_time() {
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

#[expect(
    clippy::too_many_arguments,
    reason = "it is the body of a thread, and takes what that needs"
)]
fn one_thread(
    plan: Plan,
    load: Load,
    record: Record,
    live: Arc<Live>,
    connect_timeout: Duration,
    ready: &Barrier,
    starts: &mpsc::Sender<Instant>,
    end: &AtomicBool,
) -> std::result::Result<Part, String> {
    wake_on_time();
    let prepared = Worker::new(plan, load, record, live)
        .map_err(|error| error.to_string())
        .and_then(|mut worker| worker.settle(connect_timeout).map(|()| worker));
    // A thread that failed comes here too, so that no other waits for it in vain.
    ready.wait();
    let worker = prepared?;
    let began = Instant::now() + TOGETHER;
    let _ = starts.send(began);
    let stream_limit = worker.stream_limit();
    thread::sleep(TOGETHER);
    let mut worker = worker.run(began, end).map_err(|error| error.to_string())?;
    Ok(Part {
        used: worker.used(),
        stream_limit,
        reconnects: worker.reconnects,
        last_loss: worker.last_loss.take(),
        record: worker.into_record(),
    })
}

/// Show a live line on a terminal until all threads are done.
fn watch(
    options: &Options,
    live: &[Arc<Live>],
    began: Instant,
    end: &AtomicBool,
    done: &dyn Fn() -> bool,
) {
    let shown = !options.quiet && std::io::stderr().is_terminal();
    let (mut last, mut last_ok) = (Instant::now(), 0);
    while !done() {
        thread::sleep(Duration::from_millis(20));
        if !shown || last.elapsed() < Duration::from_secs(1) {
            continue;
        }
        let total = |of: fn(&Live) -> u64| live.iter().map(|one| of(one)).sum::<u64>();
        let ok = total(|one| one.ok.load(Ordering::Relaxed));
        let ended = total(|one| one.ended.load(Ordering::Relaxed));
        let scheduled = total(|one| one.scheduled.load(Ordering::Relaxed));
        eprint!(
            "\r\x1b[K{:.0} of {:.0} s: {} OK per second, {} in flight, {} failed{}",
            began.elapsed().as_secs_f64(),
            options.duration.as_secs_f64(),
            ok.saturating_sub(last_ok) * 1000
                / u64::try_from(last.elapsed().as_millis())
                    .unwrap_or(1)
                    .max(1),
            scheduled.saturating_sub(ended),
            ended.saturating_sub(ok),
            if end.load(Ordering::Relaxed) {
                ", ending"
            } else {
                ""
            }
        );
        (last, last_ok) = (Instant::now(), ok);
    }
    if shown {
        eprint!("\r\x1b[K");
    }
}

fn put_out(options: &Options, report: &Report) -> Result<()> {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| Problem::Output(format!("{what}: {error}"));
    let to_stdout = options.output.as_deref() == Some(Path::new("-"));
    if let Some(path) = &options.output {
        let mut text =
            serde_json::to_string_pretty(report).map_err(|error| failed("the result", &error))?;
        text.push('\n');
        if to_stdout {
            std::io::stdout()
                .write_all(text.as_bytes())
                .map_err(|error| failed("standard output", &error))?;
        } else {
            fs::write(path, text).map_err(|error| failed(&path.display().to_string(), &error))?;
        }
    }
    if !options.quiet {
        let text = report.summary();
        let written = if to_stdout {
            std::io::stderr().write_all(text.as_bytes())
        } else {
            std::io::stdout().write_all(text.as_bytes())
        };
        written.map_err(|error| failed("the summary", &error))?;
    }
    Ok(())
}
