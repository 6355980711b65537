//! Standard input, line by line, never read but where something is there.

use std::io;
use std::os::fd::AsFd;

/// The longest line that is read (bytes).
const LONGEST_LINE: usize = 64 << 10;

/// Lines that came and are not done yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    here: Vec<u8>,
    /// Whether what comes, up to the end of its line, belongs to one that was too long.
    skipping: bool,
    ended: bool,
}

impl Lines {
    /// Read once what is there. It blocks where nothing is: the caller knows that something is.
    ///
    /// # Errors
    ///
    /// Returns the kernel's error.
    pub(super) fn fill(&mut self, from: impl AsFd) -> io::Result<()> {
        let mut room = [0; 4096];
        match rustix::io::read(from, &mut room) {
            Ok(0) => self.ended = true,
            Ok(count) => self.take(room.get(..count).unwrap_or_default()),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn take(&mut self, mut bytes: &[u8]) {
        if self.skipping {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            self.skipping = end.is_none();
            let rest = end.map_or(bytes.len(), |end| end + 1);
            bytes = bytes.get(rest..).unwrap_or_default();
        }
        self.here.extend_from_slice(bytes);
    }

    /// Return the next line, without its end. The last may have none; of one that is too long only
    /// its beginning is a line.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        if let Some(end) = self.here.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.here.drain(..=end).collect();
            line.pop();
            return Some(line);
        }
        let overlong = self.here.len() > LONGEST_LINE;
        self.skipping |= overlong;
        (overlong || (self.ended && !self.here.is_empty())).then(|| std::mem::take(&mut self.here))
    }

    /// Return whether nothing more will come.
    pub(super) fn ended(&self) -> bool {
        self.ended && self.here.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for part in parts {
            lines.take(part);
            all.extend(std::iter::from_fn(|| lines.next()));
        }
        lines.ended = true;
        all.extend(std::iter::from_fn(|| lines.next()));
        all
    }

    #[test]
    fn lines_come_in_any_parts_and_the_last_needs_no_end() {
        let expected = [
            b"one".to_vec(),
            b"two".to_vec(),
            b"".to_vec(),
            b"end".to_vec(),
        ];
        assert_eq!(lines(&[b"one\ntwo\n\nend"]), expected);
        assert_eq!(lines(&[b"o", b"ne\nt", b"wo\n", b"\nend"]), expected);
    }

    #[test]
    fn of_a_line_that_is_too_long_one_line_comes_and_the_next_is_whole() {
        let long = vec![b'x'; LONGEST_LINE + 1];
        let read = lines(&[&long, &long, b"rest\nnext\n"]);
        assert_eq!(read, [long.clone(), b"next".to_vec()]);
    }
}
