//! One direction of HTTP/1 (RFC 9112): bytes go in as they come, heads and bodies come out.

/// Longest head. Servers accept 8 to 64 KiB.
const LONGEST_HEAD: usize = 64 << 10;

/// Longest line that gives a chunk's length, with its extensions (RFC 9112 section 7.1).
const LONGEST_CHUNK_LINE: usize = 4 << 10;

/// Request methods: those of RFC 9110, of WebDAV (RFC 4918 and 3253), and of UPnP.
const METHODS: [&str; 29] = [
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "DELETE",
    "OPTIONS",
    "CONNECT",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "MERGE",
    "CHECKOUT",
    "MKACTIVITY",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "M-SEARCH",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "BCOPY",
    "DEBUG",
];

/// The start line and the fields of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Without its line end.
    pub(super) start: Vec<u8>,
    /// Names in lower case and values.
    pub(super) fields: Vec<(String, Vec<u8>)>,
}

/// What comes out of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'b> {
    /// A message begins.
    Head(Head),
    /// Bytes of its body, without transfer coding.
    Body(&'b [u8]),
    /// It ends; whether whole.
    End(bool),
    /// What is no HTTP message.
    Stray(&'b [u8]),
    /// The same, gathered before that was known.
    Mistaken(Vec<u8>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Head,
    /// So many bytes of body are left.
    Counted(u64),
    /// All that comes is body.
    Endless,
    /// The line with the length of the next chunk.
    ChunkLine,
    /// So many bytes of a chunk are left.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    /// Fields behind the last chunk, up to an empty line.
    Trailer,
    /// Looking for the next message.
    Lost,
    /// Another protocol goes on.
    Other,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Direction {
    phase: Phase,
    line: Vec<u8>,
    /// Bytes of the body are missing.
    holed: bool,
}

/// Whether a direction that begins with these bytes speaks HTTP/1; `None`: too few to say.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let starts = |word: &str| {
        let length = word.len().min(bytes.len());
        let same = bytes[..length] == word.as_bytes()[..length];
        if !same { Some(false) } else { (length == word.len()).then_some(true) }
    };
    if let Some(rest) = bytes.get(5..).filter(|_| bytes.starts_with(b"HTTP/")) {
        return rest.first().map(|digit| *digit == b'1');
    }
    let mut undecided = "HTTP/".as_bytes().starts_with(bytes);
    for method in METHODS {
        match starts(method) {
            Some(true) => match bytes.get(method.len()) {
                Some(b' ') => return Some(true),
                Some(_) => {}
                None => undecided = true,
            },
            Some(false) => {}
            None => undecided = true,
        }
    }
    if undecided { None } else { Some(false) }
}

impl Head {
    /// The first field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| {
            value.to_ascii_lowercase().windows(word.len()).any(|part| part == word.as_bytes())
        })
    }

    /// The status code of a response.
    pub(super) fn status(&self) -> Option<u16> {
        let mut words = self.start.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        words.next().filter(|word| word.starts_with(b"HTTP/"))?;
        std::str::from_utf8(words.next()?).ok()?.parse().ok()
    }

    /// Method and target of a request.
    pub(super) fn request(&self) -> (&[u8], &[u8]) {
        let line = self.start.trim_ascii();
        let Some(space) = line.iter().position(|byte| *byte == b' ') else { return (line, b"") };
        let (method, rest) = (&line[..space], line[space..].trim_ascii_start());
        let end = rest.iter().rposition(|byte| *byte == b' ');
        // Where the head is cut, the version may be, too.
        let is_version =
            |word: &[u8]| word.starts_with(b"HTTP/") || !word.is_empty() && b"HTTP/".starts_with(word);
        let end = end.filter(|end| is_version(&rest[end + 1..]));
        let target = end.map_or(rest, |end| rest[..end].trim_ascii_end());
        (method, target)
    }

    /// How the body is told (RFC 9112 section 6.3). `bare`: a response to `HEAD`.
    fn body(&self, bare: bool) -> Phase {
        let status = self.status();
        if bare || status.is_some_and(|status| matches!(status, 100..=199 | 204 | 304)) {
            return Phase::Head;
        }
        if self.says("transfer-encoding", "chunked") {
            return Phase::ChunkLine;
        }
        let length = self
            .get("content-length")
            .and_then(|value| std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok());
        match length {
            Some(0) => Phase::Head,
            Some(length) => Phase::Counted(length),
            None if status.is_some() => Phase::Endless,
            None => Phase::Head,
        }
    }
}

/// Reads a head, without the empty line behind it.
fn head(bytes: &[u8]) -> Head {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut head = Head { start: lines.next().unwrap_or_default().to_vec(), ..Head::default() };
    for line in lines {
        // A line that begins with a blank goes on with the one before (RFC 9112 section 5.2).
        if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            if let Some((_, value)) = head.fields.last_mut() {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
        } else if !line.is_empty() {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            head.fields.push((name, line.get(colon + 1..).unwrap_or_default().trim_ascii().to_vec()));
        }
    }
    head
}

impl Direction {
    /// Bytes it holds.
    pub(super) fn held(&self) -> usize {
        self.line.len()
    }

    /// What comes from now on is another protocol.
    pub(super) fn leave(&mut self) {
        self.phase = Phase::Other;
    }

    /// Takes bytes from the front of `bytes`; returns how many, and what they are. `bare`: the message that begins
    /// next answers a `HEAD` and has no body. Call it until nothing is left.
    pub(super) fn take<'b>(&mut self, bytes: &'b [u8], bare: bool) -> (usize, Option<Piece<'b>>) {
        match self.phase {
            Phase::Head => self.take_head(bytes, bare),
            Phase::Counted(left) => self.take_body(bytes, left, Phase::Counted),
            Phase::Chunk(left) => self.take_body(bytes, left, Phase::Chunk),
            Phase::Endless => (bytes.len(), Some(Piece::Body(bytes))),
            Phase::ChunkLine | Phase::ChunkEnd | Phase::Trailer => self.take_line(bytes),
            Phase::Other => (bytes.len(), Some(Piece::Stray(bytes))),
            Phase::Lost => {
                if begins(bytes) == Some(true) {
                    self.phase = Phase::Head;
                    return self.take_head(bytes, bare);
                }
                (bytes.len(), Some(Piece::Stray(bytes)))
            }
        }
    }

    fn take_head<'b>(&mut self, bytes: &'b [u8], bare: bool) -> (usize, Option<Piece<'b>>) {
        // Empty lines before a message are passed over (RFC 9112 section 2.2).
        if self.line.is_empty() {
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if blank > 0 {
                return (blank, None);
            }
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.line.push(*byte);
            if *byte == b'\n' && (self.line.ends_with(b"\n\r\n") || self.line.ends_with(b"\n\n")) {
                let head = head(&std::mem::take(&mut self.line));
                self.holed = false;
                self.phase = head.body(bare);
                return (at + 1, Some(Piece::Head(head)));
            }
            let is_other = self.line.len() == 16 && begins(&self.line) == Some(false);
            if is_other || self.line.len() > LONGEST_HEAD {
                self.phase = Phase::Lost;
                return (at + 1, Some(Piece::Mistaken(std::mem::take(&mut self.line))));
            }
        }
        (bytes.len(), None)
    }

    fn take_body<'b>(
        &mut self,
        bytes: &'b [u8],
        left: u64,
        phase: fn(u64) -> Phase,
    ) -> (usize, Option<Piece<'b>>) {
        if left == 0 {
            self.phase = if phase(0) == Phase::Chunk(0) { Phase::ChunkEnd } else { Phase::Head };
            let end = matches!(self.phase, Phase::Head).then_some(Piece::End(!self.holed));
            return (0, end);
        }
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.phase = phase(left - count as u64);
        (count, Some(Piece::Body(&bytes[..count])))
    }

    fn take_line<'b>(&mut self, bytes: &'b [u8]) -> (usize, Option<Piece<'b>>) {
        let end = memchr::memchr(b'\n', bytes);
        let count = end.map_or(bytes.len(), |end| end + 1);
        self.line.extend_from_slice(&bytes[..count.min(LONGEST_CHUNK_LINE)]);
        if self.line.len() > LONGEST_CHUNK_LINE {
            self.line.clear();
            self.phase = Phase::Lost;
            return (count, Some(Piece::End(false)));
        }
        if end.is_none() {
            return (count, None);
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii();
        match self.phase {
            Phase::ChunkEnd => self.phase = Phase::ChunkLine,
            Phase::Trailer if line.is_empty() => {
                self.phase = Phase::Head;
                return (count, Some(Piece::End(!self.holed)));
            }
            Phase::Trailer => {}
            _ => {
                let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                let digits = std::str::from_utf8(&line[..digits]).unwrap_or_default();
                self.phase = match u64::from_str_radix(digits, 16) {
                    Ok(0) => Phase::Trailer,
                    Ok(length) => Phase::Chunk(length),
                    Err(_) => {
                        self.phase = Phase::Lost;
                        return (count, Some(Piece::End(false)));
                    }
                };
            }
        }
        (count, None)
    }

    /// Whether the body that is being read is over without further bytes.
    pub(super) fn is_due(&self) -> bool {
        matches!(self.phase, Phase::Counted(0) | Phase::Chunk(0))
    }

    /// The head that was begun, where it will not be whole.
    pub(super) fn cut(&mut self) -> Option<Head> {
        if self.phase != Phase::Head || self.line.is_empty() {
            return None;
        }
        self.phase = Phase::Lost;
        Some(head(&std::mem::take(&mut self.line)))
    }

    /// Whether a message has begun and has not ended.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Head | Phase::Lost | Phase::Other)
    }

    /// So many bytes are missing. Tells whether the open message goes on behind them.
    pub(super) fn gap(&mut self, count: u64) -> bool {
        self.holed = true;
        match &mut self.phase {
            Phase::Counted(left) | Phase::Chunk(left) if *left >= count => *left -= count,
            Phase::Endless => {}
            Phase::Other => return false,
            phase => {
                *phase = Phase::Lost;
                self.line.clear();
                return false;
            }
        }
        true
    }

    /// No further bytes come. Gives how the open message ended.
    pub(super) fn finish(&mut self) -> Option<bool> {
        let ended = match self.phase {
            Phase::Head | Phase::Lost | Phase::Other => None,
            Phase::Endless | Phase::Counted(0) => Some(!self.holed),
            _ => Some(false),
        };
        self.phase = Phase::Lost;
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &[u8], size: usize) -> String {
        let mut direction = Direction::default();
        let mut all = String::new();
        for block in stream.chunks(size) {
            let mut rest = block;
            while !rest.is_empty() || direction.is_due() {
                let (used, piece) = direction.take(rest, false);
                rest = &rest[used..];
                match piece {
                    Some(Piece::Head(head)) => all.push_str(&format!(
                        "<{}|{}>",
                        String::from_utf8_lossy(&head.start),
                        head.fields.len()
                    )),
                    Some(Piece::Body(bytes)) => all.push_str(&String::from_utf8_lossy(bytes)),
                    Some(Piece::End(whole)) => all.push_str(if whole { "." } else { "!" }),
                    Some(Piece::Stray(_) | Piece::Mistaken(_)) | None => {}
                }
            }
        }
        all
    }

    #[test]
    fn bodies_are_counted_or_come_in_chunks_however_the_stream_is_cut() {
        let stream = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 No\r\n\r\n\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nT: 1\r\n\r\nHTTP/1.0 200 OK\n\nrest";
        let wanted =
            "<HTTP/1.1 200 OK|1>abc.<HTTP/1.1 204 No|0><HTTP/1.1 200 OK|1>def.<HTTP/1.0 200 OK|0>rest";
        for size in [1, 7, 4_096] {
            assert_eq!(read(stream, size), wanted, "blocks of {size}");
        }
        for length in 0..stream.len() {
            read(&stream[..length], 5);
        }
    }

    #[test]
    fn tells_http_from_other_protocols_by_its_beginning() {
        for (bytes, wanted) in [
            (&b"GET /"[..], Some(true)),
            (b"GE", None),
            (b"GETX", Some(false)),
            (b"HTTP/1.1", Some(true)),
            (b"HTTP/2", Some(false)),
            (b"SSH-2.0", Some(false)),
            (b"M-SEARCH * HTTP/1.1", Some(true)),
        ] {
            assert_eq!(begins(bytes), wanted, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
