//! ar (Unix ar(5): the common form, with the long names of GNU and BSD). Debian packages are ar archives.

use super::{Member, Members, Unpacker, error, shown};
use crate::model::Flow;

const MARK: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;

/// Longest table of long names, and longest BSD name, that is read.
const LONGEST_NAMES: u64 = 1 << 20;

/// The table of symbols of a library. It is searched like any member: what stands in it need not be one.
const SYMBOLS: &str = "(symbols)";

enum State {
    Mark,
    Header,
    /// The table of long names (GNU), this many bytes of it left.
    Names(u64),
    /// A name before the data (BSD): its length, the data's length.
    Name(usize, u64),
    Data(u64),
    /// Something that is no member.
    Skip(u64),
    Over,
}

/// Reads ar.
pub(super) struct Ar {
    state: State,
    held: Vec<u8>,
    names: Vec<u8>,
    odd: bool,
    open: bool,
    offset: u64,
}

impl Ar {
    pub(super) fn new() -> Ar {
        Ar { state: State::Mark, held: Vec::new(), names: Vec::new(), odd: false, open: false, offset: 0 }
    }

    fn corrupt(&mut self, members: &mut dyn Members) {
        members.diagnostic(error(
            "ar-corrupt",
            format!("no valid header before offset {}: the rest of the archive is not read", self.offset),
            "what came out was examined; fetch the archive again",
        ));
        self.state = State::Over;
    }

    fn header(&mut self, members: &mut dyn Members) -> Flow {
        let header = std::mem::take(&mut self.held);
        let text =
            |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
        let size = text(48..58).parse::<u64>();
        let (Ok(size), b"`\n") = (size, &header[58..60]) else {
            self.corrupt(members);
            return Flow::Continue;
        };
        self.odd = size % 2 == 1;
        let name = text(0..16);
        match name.as_str() {
            "//" if size <= LONGEST_NAMES => {
                self.names.clear();
                self.state = State::Names(size);
            }
            "/" | "/SYM64/" | "__.SYMDEF" | "__.SYMDEF SORTED" => return self.begin(SYMBOLS, size, members),
            "//" => return self.begin("(long names)", size, members),
            _ => {
                if let Some(length) = name.strip_prefix("#1/").and_then(|length| length.parse::<u64>().ok())
                    && length <= size.min(LONGEST_NAMES)
                {
                    self.state = State::Name(length as usize, size - length);
                    return Flow::Continue;
                }
                let long = name.strip_prefix('/').and_then(|at| at.parse::<usize>().ok());
                let long = long.and_then(|at| self.names.get(at..)).map(|rest| {
                    let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0)).unwrap_or(rest.len());
                    String::from_utf8_lossy(&rest[..end]).into_owned()
                });
                let name = long.unwrap_or(name);
                return self.begin(name.strip_suffix('/').unwrap_or(&name), size, members);
            }
        }
        Flow::Continue
    }

    fn begin(&mut self, name: &str, size: u64, members: &mut dyn Members) -> Flow {
        self.state = State::Data(size);
        self.open = true;
        let name = if name.is_empty() { "(no name)".to_owned() } else { shown(name) };
        members.begin(Member { name, size: Some(size) })
    }

    /// Closes what is whole.
    fn ends(&mut self, members: &mut dyn Members) {
        if let State::Data(0) | State::Skip(0) | State::Names(0) = self.state {
            if std::mem::take(&mut self.open) {
                members.end(true);
            }
            self.state = if std::mem::take(&mut self.odd) { State::Skip(1) } else { State::Header };
        }
    }

    fn gather(&mut self, input: &[u8], wanted: usize) -> (usize, bool) {
        let used = input.len().min(wanted - self.held.len());
        self.held.extend_from_slice(&input[..used]);
        (used, self.held.len() == wanted)
    }

    fn step(&mut self, rest: &[u8], members: &mut dyn Members) -> (usize, Flow) {
        let upto = |left: u64| rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match self.state {
            State::Mark => {
                let (used, whole) = self.gather(rest, MARK.len());
                if whole {
                    self.state = State::Header;
                    if std::mem::take(&mut self.held) != MARK {
                        self.corrupt(members);
                    }
                }
                (used, Flow::Continue)
            }
            State::Header => {
                let (used, whole) = self.gather(rest, HEADER);
                (used, if whole { self.header(members) } else { Flow::Continue })
            }
            State::Name(length, size) => {
                let (used, whole) = self.gather(rest, length);
                if !whole {
                    return (used, Flow::Continue);
                }
                let name = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
                let name = name.trim_end_matches('\0');
                let name = if name.starts_with("__.SYMDEF") { SYMBOLS } else { name };
                (used, self.begin(name, size, members))
            }
            State::Names(left) => {
                let used = upto(left);
                self.names.extend_from_slice(&rest[..used]);
                self.state = State::Names(left - used as u64);
                (used, Flow::Continue)
            }
            State::Data(left) => {
                let used = upto(left);
                self.state = State::Data(left - used as u64);
                (used, if used > 0 { members.data(&rest[..used]) } else { Flow::Continue })
            }
            State::Skip(left) => {
                let used = upto(left);
                self.state = State::Skip(left - used as u64);
                (used, Flow::Continue)
            }
            State::Over => (rest.len(), Flow::Continue),
        }
    }
}

impl Unpacker for Ar {
    fn feed(&mut self, block: &[u8], members: &mut dyn Members) -> Flow {
        let mut rest = block;
        while !rest.is_empty() {
            let (used, flow) = self.step(rest, members);
            if flow == Flow::Stop {
                return Flow::Stop;
            }
            self.offset += used as u64;
            self.ends(members);
            rest = &rest[used..];
        }
        Flow::Continue
    }

    fn finish(&mut self, members: &mut dyn Members) {
        if let State::Name(0, size) = self.state {
            self.begin("", size, members);
            self.ends(members);
        }
        let whole = match self.state {
            State::Header => self.held.iter().all(|byte| matches!(byte, b'\n' | 0)),
            State::Skip(left) => left <= 1,
            State::Over => true,
            _ => false,
        };
        if !whole {
            members.diagnostic(error(
                "ar-truncated",
                format!("the archive ends in the middle of a member, after {} bytes", self.offset),
                "what came out was examined; fetch the whole archive",
            ));
        }
        if std::mem::take(&mut self.open) {
            members.end(false);
        }
    }
}
