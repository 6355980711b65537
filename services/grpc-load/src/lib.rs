//! Puts load on a gRPC server by a fixed concurrency or a fixed schedule, and checks every response.

mod clock;
mod connection;
mod deadlines;
mod link;
mod messages;
pub mod options;
mod outcome;
mod pipe;
mod prepare;
pub mod problem;
mod record;
mod reflection;
mod report;
pub mod run;
mod samples;
pub mod schedule;
mod slices;
mod wake;
mod worker;
