//! Opening the port.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::net::TcpListener;

use rust_tonic::bind::listeners;

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

#[test]
fn port_zero_takes_a_free_one_for_all_workers() {
    let listeners = listeners("127.0.0.1", 0, 3).unwrap();
    assert_eq!(listeners.len(), 3);
    assert!(port(&listeners[0]) > 0);
    assert!(
        listeners
            .iter()
            .all(|listener| port(listener) == port(&listeners[0]))
    );
}

#[test]
fn a_taken_port_is_refused_whoever_holds_it_and_however_many_workers_ask() {
    for holders in [1, 2] {
        let held = listeners("127.0.0.1", 0, holders).unwrap();
        for workers in [1, 2] {
            let error = listeners("127.0.0.1", port(&held[0]), workers).unwrap_err();
            let told = error.to_string();
            assert!(
                told.contains("the port is taken") && told.contains("--port"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_name_without_an_address_is_told() {
    let told = listeners("no.such.host.invalid", 0, 1)
        .unwrap_err()
        .to_string();
    assert!(
        told.starts_with("cannot listen on no.such.host.invalid:0: "),
        "{told}"
    );
}
