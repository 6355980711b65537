//! How a request ended. Every request that was due ends in exactly one of these.

/// The end of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `grpc-status` 0, and the expected message where one is expected.
    Ok,
    /// `grpc-status` 0, and a message that is not the expected one.
    Wrong,
    /// Another `grpc-status`, 1 to 16.
    Status(u8),
    /// No gRPC response: another HTTP status, no `grpc-status`, a broken frame.
    Malformed,
    /// The server reset the stream.
    Reset,
    /// The server says that it never began with it: `REFUSED_STREAM`, or beyond a GOAWAY.
    Refused,
    /// Its connection ended before a response did.
    Lost,
    /// Its deadline (`--deadline`) passed, by this side's clock.
    Expired,
    /// No response came by the end of `--drain`.
    Unanswered,
    /// It was due and never left: the server's limits held it back until the end.
    NotSent,
}

/// The names of the gRPC status codes, 0 to 16.
pub(crate) const STATUS_NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// How many outcomes there are: the ten kinds, of which `Status` has 16.
pub(crate) const OUTCOMES: usize = 26;

impl Outcome {
    /// Return its number: a status is its own code, the others follow after.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Status(code) => code.min(16),
            Self::Wrong => 17,
            Self::Malformed => 18,
            Self::Reset => 19,
            Self::Refused => 20,
            Self::Lost => 21,
            Self::Expired => 22,
            Self::Unanswered => 23,
            Self::NotSent => 24,
        }
    }

    /// Return every outcome that is no OK response.
    pub(crate) fn failures() -> impl Iterator<Item = Self> {
        (1..=16).map(Self::Status).chain([
            Self::Wrong,
            Self::Malformed,
            Self::Reset,
            Self::Refused,
            Self::Lost,
            Self::Expired,
            Self::Unanswered,
            Self::NotSent,
        ])
    }

    /// Return its name: gRPC's of a status, this program's of the others.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Status(code) => STATUS_NAMES.get(usize::from(code)).unwrap_or(&"UNKNOWN"),
            Self::Wrong => "wrong",
            Self::Malformed => "malformed",
            Self::Reset => "reset",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Unanswered => "unanswered",
            Self::NotSent => "not_sent",
        }
    }

    /// Return the outcome of a `grpc-status` header.
    pub(crate) fn of_status(value: &[u8]) -> Self {
        let code = std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<u8>().ok());
        match code {
            Some(0) => Self::Ok,
            Some(code) if code <= 16 => Self::Status(code),
            Some(_) => Self::Status(2), // Unknown codes count as UNKNOWN, as gRPC has it.
            None => Self::Malformed,
        }
    }

    /// Return the outcome of a stream that `h2` failed.
    pub(crate) fn of_error(error: &h2::Error) -> Self {
        if error.is_go_away() && error.is_remote() {
            return Self::Refused;
        }
        if error.is_reset() && error.is_remote() {
            let refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return if refused { Self::Refused } else { Self::Reset };
        }
        if error.is_reset() {
            return Self::Malformed; // `h2` itself reset it: the server broke the protocol.
        }
        Self::Lost
    }

    /// Return the outcome, given whether the deadline had passed by then.
    ///
    /// The server was told the deadline too, and some servers reset what is past it.
    pub(crate) fn when(self, late: bool) -> Self {
        if late && self == Self::Reset {
            Self::Expired
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_after_the_deadline_is_the_deadlines_and_no_other_outcome_is() {
        assert_eq!(Outcome::Reset.when(true), Outcome::Expired);
        assert_eq!(Outcome::Reset.when(false), Outcome::Reset);
        for kept in [
            Outcome::Ok,
            Outcome::Status(4),
            Outcome::Refused,
            Outcome::Lost,
        ] {
            assert_eq!(kept.when(true), kept);
        }
    }
}
