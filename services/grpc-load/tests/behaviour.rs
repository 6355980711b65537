//! What the program counts against servers of every manner: nothing is lost, nothing hangs.

#![allow(
    clippy::indexing_slicing,
    reason = "JSON that lacks a key fails the test"
)]

mod common;

use std::time::Duration;

use common::{Manner, count, file, load, on_its_own, program, raw, serve};
use h2::Reason;

const CLOSED: [&str; 6] = [
    "--concurrency",
    "16",
    "--connections",
    "4",
    "--duration",
    "1s",
];
const OPEN: [&str; 8] = [
    "--rate",
    "2000",
    "--arrivals",
    "constant",
    "--connections",
    "4",
    "--duration",
    "500ms",
];
/// What the open loop schedules, however busy the machine is.
const DUE: u64 = 1000;
const SHORT: [&str; 2] = ["--drain", "300ms"];

fn both(manner: &Manner, judge: impl Fn(&serde_json::Value)) {
    for words in [&CLOSED[..], &OPEN[..]] {
        let served = serve(manner.clone());
        let result = load(words, served.address);
        let least = if words == &OPEN[..] { DUE } else { 16 };
        assert!(count(&result["all"], "scheduled") >= least, "{result}");
        judge(&result["all"]);
    }
}

#[test]
fn each_response_of_a_good_server_is_right() {
    let words = [
        "--data",
        &file("requests.json"),
        "--expect",
        &file("requests.json"),
    ];
    for load_words in [&CLOSED[..], &OPEN[..]] {
        let served = serve(Manner::Echo);
        let result = load(&[load_words, &words].concat(), served.address);
        let all = &result["all"];
        assert_eq!(count(all, "ok"), count(all, "scheduled"));
        assert_eq!(
            served.seen.load(std::sync::atomic::Ordering::Relaxed),
            count(all, "ok")
        );
        assert_eq!(result["asked"]["expected"], true);
    }
}

#[test]
fn a_message_that_is_encoded_in_another_way_is_as_right() {
    let words = [
        "--data",
        &file("requests.json"),
        "--expect",
        &file("requests.json"),
    ];
    let served = serve(Manner::EchoOtherwise);
    let result = load(&[&CLOSED[..], &words].concat(), served.address);
    assert_eq!(
        count(&result["all"], "ok"),
        count(&result["all"], "scheduled")
    );
}

#[test]
fn a_response_that_is_not_the_expected_one_is_wrong_and_no_throughput() {
    let words = [
        "--data",
        &file("requests.json"),
        "--expect",
        &file("others.json"),
    ];
    let served = serve(Manner::Echo);
    let result = load(&[&CLOSED[..], &words].concat(), served.address);
    // One of the four is expected as it comes.
    assert!(count(&result["all"], "wrong") > 2 * count(&result["all"], "ok"));
    assert_eq!(result["latency"]["count"], result["window"]["ok"]);
}

#[test]
fn statuses_are_counted_by_their_names() {
    for manner in [Manner::TrailersOnly("8"), Manner::StatusAfter("8")] {
        both(&manner, |all| {
            assert_eq!(
                count(&all["statuses"], "RESOURCE_EXHAUSTED"),
                count(all, "scheduled")
            );
        });
    }
}

#[test]
fn what_is_no_grpc_response_is_malformed() {
    let half = vec![0, 0, 0, 0, 9, 1, 2];
    let flagged = vec![1, 0, 0, 0, 0];
    // A whole message fills the first DATA frame, and more than that comes in a second.
    let longer = [&[0, 0, 0, 0x3f, 0xfb][..], &[0; 16_384]].concat();
    let manners = [
        Manner::NoStatus,
        Manner::Http(404),
        Manner::Raw(half),
        Manner::Raw(flagged),
        Manner::Raw(longer),
        Manner::TrailersOnly("0"),
    ];
    for manner in manners {
        both(&manner, |all| {
            assert_eq!(
                count(all, "malformed"),
                count(all, "scheduled"),
                "{manner:?}"
            );
        });
    }
}

#[test]
fn a_response_that_is_too_long_is_malformed() {
    let served = serve(Manner::Raw(vec![0; 100_000]));
    let result = load(
        &[&CLOSED[..], &["--longest-response", "5000"]].concat(),
        served.address,
    );
    assert_eq!(
        count(&result["all"], "malformed"),
        count(&result["all"], "scheduled")
    );
}

#[test]
fn a_response_that_is_longer_than_the_windows_is_right() {
    let mut long = vec![0; 5 + (3 << 20)];
    long[1..5].copy_from_slice(&(3_u32 << 20).to_be_bytes());
    let served = serve(Manner::Raw(long));
    let result = load(&[&CLOSED[..], &["--drain", "60s"]].concat(), served.address);
    assert_eq!(
        count(&result["all"], "ok"),
        count(&result["all"], "scheduled"),
        "{result}"
    );
}

#[test]
fn streams_that_are_reset_are_told_from_those_that_are_refused() {
    both(&Manner::Reset(3, Reason::INTERNAL_ERROR), |all| {
        assert_eq!(count(all, "reset"), count(all, "scheduled").div_ceil(3));
        assert_eq!(count(all, "refused"), 0);
    });
    both(&Manner::Reset(3, Reason::REFUSED_STREAM), |all| {
        assert_eq!(count(all, "refused"), count(all, "scheduled").div_ceil(3));
        assert_eq!(count(all, "reset"), 0);
    });
}

#[test]
fn a_server_that_says_goodbye_loses_no_request() {
    both(&Manner::GoodbyeAfter(40), |all| {
        // It answers what it took, and says of the rest that it did not.
        assert_eq!(
            count(all, "ok") + count(all, "refused"),
            count(all, "scheduled"),
            "{all}"
        );
        assert!(count(all, "ok") > 0);
    });
}

#[test]
fn a_connection_that_breaks_is_made_again_and_its_requests_are_lost() {
    for words in [&CLOSED[..], &OPEN[..]] {
        let served = serve(Manner::CloseAfter(5));
        let result = load(words, served.address);
        assert!(count(&result["all"], "lost") > 0, "{result}");
        assert!(result["reconnects"].as_u64() > Some(1), "{result}");
        assert!(
            served
                .connections
                .load(std::sync::atomic::Ordering::Relaxed)
                > 4
        );
    }
}

#[test]
fn requests_that_nobody_answers_are_counted_at_the_end() {
    for (words, least) in [(&CLOSED[..], 16), (&OPEN[..], DUE)] {
        let served = serve(Manner::Silent);
        let result = load(&[words, &SHORT].concat(), served.address);
        assert!(count(&result["all"], "scheduled") >= least, "{result}");
        assert_eq!(
            count(&result["all"], "unanswered"),
            count(&result["all"], "scheduled")
        );
    }
}

#[test]
fn a_deadline_ends_a_request_that_nobody_answers() {
    for words in [&CLOSED[..], &OPEN[..]] {
        let served = serve(Manner::Silent);
        let result = load(&[words, &["--deadline", "50ms"]].concat(), served.address);
        assert!(count(&result["all"], "scheduled") >= 16, "{result}");
        assert_eq!(
            count(&result["all"], "expired"),
            count(&result["all"], "scheduled")
        );
    }
}

#[test]
fn a_limit_of_streams_is_blamed_on_the_server_and_not_on_the_generator() {
    let served = serve(Manner::Limited(1, Duration::from_millis(5)));
    let words = [
        "--rate",
        "400",
        "--connections",
        "1",
        "--duration",
        "1s",
        "--drain",
        "60s",
    ];
    let result = load(&words, served.address);
    assert_eq!(result["http2"]["max_concurrent_streams"], 1);
    assert_eq!(
        count(&result["all"], "ok"),
        count(&result["all"], "scheduled")
    );
    let p99 = |name: &str| result[name]["p99"].as_f64().unwrap();
    // It answers 200 of the 400 per second: the last wait about a second.
    assert!(p99("held_back") > 0.3, "{result}");
    assert!(p99("send_delay") < p99("held_back") / 2.0, "{result}");
    assert!(p99("latency") >= p99("held_back"), "{result}");
}

#[test]
fn what_waits_for_the_server_is_bounded_and_the_rest_is_given_up() {
    let served = serve(Manner::Silent);
    let words = [&OPEN[..], &SHORT, &["--most-held", "10"]].concat();
    let served_limited = serve(Manner::Limited(1, Duration::from_secs(60)));
    let result = load(&words, served_limited.address);
    assert!(count(&result["all"], "not_sent") > 900, "{result}");
    drop(served);
}

#[test]
fn a_window_that_is_shut_holds_back_and_no_request_is_lost() {
    let served = serve(Manner::ShutWindow(Duration::from_millis(600)));
    let result = load(
        &["--rate", "200", "--connections", "1", "--duration", "300ms"],
        served.address,
    );
    // Empty bodies need no window, but the prefix of five bytes does.
    assert_eq!(
        count(&result["all"], "ok"),
        count(&result["all"], "scheduled"),
        "{result}"
    );
    assert!(result["held_back"]["p50"].as_f64() > Some(0.05), "{result}");
}

#[test]
fn settings_that_change_in_mid_flight_lose_nothing() {
    both(&Manner::Restless, |all| {
        assert_eq!(count(all, "ok"), count(all, "scheduled"), "{all}");
    });
}

#[test]
fn what_is_no_http2_server_is_named_and_the_program_ends() {
    let manners: [(&[u8], bool); 3] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", true),
        (b"", true),
        (b"", false),
    ];
    for (bytes, close) in manners {
        let served = on_its_own(move |stream, _| raw(stream, bytes.to_vec(), close));
        let done = program(
            &["--rate", "10", "--connect-timeout", "500ms"],
            served.address,
        );
        assert_eq!(done.status.code(), Some(1));
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            said.contains(&served.address.to_string()) && !said.contains("panicked"),
            "{said}"
        );
    }
}

#[test]
fn a_server_that_hangs_up_before_its_settings_is_said_to_be_no_grpc_server() {
    let served = on_its_own(|stream, _| raw(stream, Vec::new(), true));
    let done = program(&["--rate", "10"], served.address);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(
        said.contains("before its HTTP/2 settings came") && said.contains("--tls"),
        "{said}"
    );
}

#[test]
fn what_tls_finds_wrong_is_told_and_not_only_that_the_connection_ended() {
    let served = on_its_own(|stream, _| raw(stream, b"HTTP/1.1 400 No\r\n\r\n".to_vec(), true));
    let words = ["--rate", "10", "--cacert", &file("authority.pem")];
    let done = program(&words, served.address);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(said.contains("corrupt message"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let done = program(&["--rate", "10"], address);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("refused"));
}

#[test]
fn input_that_does_not_fit_is_named_and_nothing_is_sent() {
    let served = serve(Manner::Echo);
    let (requests, misfit) = (file("requests.json"), file("misfit.json"));
    let cases: [(&[&str], &str); 5] = [
        (
            &["--rate", "10", "--data", &misfit],
            "message 1 is no test.Text",
        ),
        (&["--rate", "10", "--data", &file("echo.proto")], "not JSON"),
        (
            &["--rate", "10", "--data", "/nowhere.json"],
            "/nowhere.json",
        ),
        (
            &["--rate", "10", "--expect", &requests],
            "4 responses for 1 requests",
        ),
        (&["--rate", "10", "--header", "nonsense"], "NAME: VALUE"),
    ];
    for (words, said) in cases {
        let done = program(words, served.address);
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{errors}");
        assert!(errors.contains(said), "{errors}");
    }
    assert_eq!(
        served
            .connections
            .load(std::sync::atomic::Ordering::Relaxed),
        0
    );
}

#[test]
fn a_method_that_streams_or_is_not_there_is_refused() {
    let said = |method: &str| {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_grpc-load"))
            .args([
                "--rate",
                "10",
                "--proto",
                &file("echo.proto"),
                "127.0.0.1:1",
                method,
            ])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(2));
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    assert!(said("test.Echo/Chat").contains("streams"));
    assert!(said("test.Echo/Sing").contains("it has Say, Chat"));
    assert!(said("test.Ecco/Say").contains("there: test.Echo"));
    assert!(said("nonsense").contains("package.Service/Method"));
}

#[test]
fn several_threads_share_the_load_and_add_up() {
    let served = serve(Manner::Echo);
    let words = [
        "--rate",
        "3000",
        "--threads",
        "3",
        "--connections",
        "6",
        "--duration",
        "500ms",
    ];
    let result = load(&words, served.address);
    let scheduled = count(&result["all"], "scheduled");
    assert!((1200..1800).contains(&scheduled), "{scheduled}");
    assert_eq!(count(&result["all"], "ok"), scheduled);
    assert_eq!(
        served
            .connections
            .load(std::sync::atomic::Ordering::Relaxed),
        6
    );
}

#[test]
fn what_is_dropped_counts_in_all_and_not_in_the_window() {
    let served = serve(Manner::Echo);
    let words = [
        "--rate",
        "1000",
        "--arrivals",
        "constant",
        "--duration",
        "1s",
        "--drop",
        "750ms",
    ];
    let result = load(&words, served.address);
    assert_eq!(count(&result["all"], "scheduled"), 1000);
    assert_eq!(count(&result["window"], "scheduled"), 250);
    assert_eq!(result["window"]["seconds"], 0.25);
}

#[test]
fn the_run_delay_is_told_where_this_kernel_tells_it() {
    let file = std::fs::read_to_string("/proc/thread-self/schedstat");
    let served = serve(Manner::Echo);
    let result = load(&OPEN, served.address);
    let told = file.is_ok_and(|text| text.trim() != "0 0 0");
    assert_eq!(result["run_delay_s"].as_f64().is_some(), told, "{result}");
}

#[test]
fn samples_hold_each_request_once() {
    let served = serve(Manner::Echo);
    let path = std::env::temp_dir().join(format!("grpc-load-samples-{}", std::process::id()));
    let name = path.display().to_string();
    let words = [&OPEN[..], &["--samples", &name]].concat();
    let result = load(&words, served.address);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(bytes.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    let start = usize::try_from(header["header_bytes"].as_u64().unwrap()).unwrap();
    let mut scheduled: Vec<u64> = bytes[start..]
        .chunks_exact(40)
        .map(|record| u64::from_le_bytes(record[..8].try_into().unwrap()))
        .collect();
    scheduled.sort_unstable();
    let due: Vec<u64> = (0..1000).map(|index| index * 500_000).collect();
    assert_eq!(scheduled, due);
    assert_eq!(count(&result["all"], "ok"), 1000);
}

#[test]
fn a_stop_of_a_second_shows_in_an_open_loop_and_hides_in_a_closed_one() {
    let stopped = || {
        serve(Manner::Stopped(
            Duration::from_secs(2),
            Duration::from_secs(3),
        ))
    };
    let p99 = |words: &[&str]| {
        let words = [words, &["--connections", "2", "--duration", "5s"]].concat();
        load(&words, stopped().address)["latency"]["p99"]
            .as_f64()
            .unwrap()
    };
    let (open, closed) = (p99(&["--rate", "500"]), p99(&["--concurrency", "4"]));
    assert!(open > 0.6, "open loop: p99 {open} s");
    assert!(
        closed < open / 2.0,
        "closed loop: p99 {closed} s, open loop {open} s"
    );
}
