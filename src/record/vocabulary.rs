//! What the many formats call a thing, in the one vocabulary of [`Field`]: keys of JSON, CEF, LEEF and `key=value`
//! lines, and the names of columns.
//!
//! Names are compared by their letters and digits alone, in lower case: `src_ip`, `src-ip` and `SrcIP` are one name. An
//! entry with a dot asks for the name of the object around the key as well (`source.ip`).

use std::sync::LazyLock;

use crate::model::Field;

use super::access;
use super::{Record, Span, clock};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// A field; of several names for it the one with the lowest number counts.
    Field(Field, u8),
    /// A date whose clock stands elsewhere.
    Date,
    /// The query of a target that stands elsewhere.
    Query,
    /// Something that only looks like one of these: an address of the machine itself, a user that is acted upon.
    Nothing,
}

/// Names by field; the number is their rank. Sources: W3C WD-logfile, Elastic Common Schema 8, Suricata EVE format,
/// Zeek log formats, AWS CloudTrail record contents, Microsoft 365 audit schema, CEF and LEEF developer guides.
const NAMES: [(Field, u8, &str); 41] = [
    (
        Field::Time,
        0,
        "timestamp eventtime creationtime creationdate createddatetime datetime timecreated systemtime utctime realtimetimestamp ts timelocal timeiso8601 rt devtime activitydatetime occurrencetime logtime isotimestamp requestreceivedtimestamp eventtimestamp edgestarttimestamp unixtime",
    ),
    (Field::Time, 1, "time timegenerated start t published createdat"),
    (
        Field::Client,
        0,
        "clientip srcip sourceip sourceipaddress clientipaddress remoteaddr remoteip cip id.origh calleripaddress source.ip client.ip remotehost clienthost actoripaddress initiatedby.ipaddress httprequest.remoteip httprequest.clientip clientaddress clientaddr src idorigh sourceips srcaddr remoteendpoint actorip",
    ),
    (
        Field::Client,
        1,
        "client sourceaddress ipaddress source.address client.address ipaddr rip peer peerip remoteaddress visitorip requestip",
    ),
    (Field::Client, 2, "ip addr remote sourcenetworkaddress"),
    (
        Field::User,
        0,
        "user username csusername user.name targetusername usr suser authenticateduser userprincipalname acct useridentity.username sessionissuer.username accountname usrname clientusername",
    ),
    (
        Field::User,
        1,
        "userid userids subjectusername duser login account remoteuser upn useridentity.arn principal actor.email actor.alternateid",
    ),
    (Field::Method, 0, "method csmethod requestmethod httpmethod verb clientrequestmethod"),
    (
        Field::Target,
        0,
        "url uri requesturi requesturl httpurl url.original httprequest.uri clientrequesturi originalrequesturiwithargs",
    ),
    (
        Field::Target,
        1,
        "request csuristem csuri urlstem uripath requestpath url.path url.full clientrequestpath httppath httpuripath pathinfo",
    ),
    (Field::Target, 2, "path target"),
    (
        Field::Status,
        0,
        "status statuscode scstatus httpstatus responsecode responsestatus httpstatuscode httpresponsecode edgeresponsestatus",
    ),
    (Field::Status, 1, "code resstatus downstreamstatus replycode"),
    (
        Field::Size,
        0,
        "bytes size scbytes bytessent bodybytessent responsebodylen length sentbyte responsesize contentlength downstreamcontentsize edgeresponsebytes sentbytes responsebytes",
    ),
    (Field::Size, 1, "bytesout out"),
    (
        Field::Referer,
        0,
        "referer referrer csreferer csreferrer httpreferer httpreferrer httprefer clientrequestreferer requestreferer",
    ),
    (Field::Referer, 1, "requestcontext"),
    (
        Field::UserAgent,
        0,
        "useragent httpuseragent csuseragent requestclientapplication useragent.original clientrequestuseragent requestuseragent rawuseragent",
    ),
    (Field::UserAgent, 1, "agent ua"),
    (
        Field::Host,
        0,
        "host httphost http.hostname cshost vhost virtualhost urlhost requesthost url.domain clientrequesthost httphostname",
    ),
    (
        Field::Host,
        1,
        "servername sni query rrname dnsquery queryname qname domain domainname dhost destination.domain question.name",
    ),
    (
        Field::Process,
        0,
        "process processname program image syslogidentifier comm process.name newprocessname sprocess",
    ),
    (Field::Process, 1, "app appname exe application service process.executable logger"),
    (
        Field::Server,
        0,
        "computer computername scomputername hostname dvchost devname machine machinename host.name serverhostname",
    ),
    (Field::Server, 1, "node serverhost hostidentifier"),
    (
        Field::ServerAddress,
        0,
        "sip dstip destip destinationip serverip id.resph destination.ip server.ip dst idresph dstaddr",
    ),
    (
        Field::ServerAddress,
        1,
        "destinationaddress destaddress serveraddr dest localaddr destination.address localendpoint",
    ),
    (
        Field::File,
        0,
        "file filename filepath targetfilename file.path file.name fileinfo.filename fname sourcefilename",
    ),
    (Field::File, 1, "objectname objectid attachmentname"),
    (Field::Hash, 0, "sha256 hashes filehash"),
    (Field::Hash, 1, "sha1 md5 hash"),
    (Field::CommandLine, 0, "commandline processcommandline cmdline"),
    (Field::CommandLine, 1, "command cmd proctitle scriptblocktext"),
    (Field::Action, 0, "action eventname operation operations eventaction operationname act"),
    (Field::Action, 1, "eventtype event eventid"),
    (
        Field::Message,
        0,
        "raw rawdata rawmessage rawevent rawlog auditdata event.original log.original fullmessage textpayload syslogmessage",
    ),
    (Field::Message, 1, "message msg alert.signature"),
    (Field::Message, 2, "log description signature text line"),
    (Field::Message, 3, "reason info properties body payload"),
    (Field::Size, 2, "respbytes"),
    (
        Field::Forwarded,
        0,
        "xforwardedfor httpxforwardedfor requestxforwardedfor forwardedfor forwarded originalip xrealip requestxrealip trueclientip cfconnectingip xclientip xclusterclientip originalclientip proxied xff xoriginalforwardedfor xoriginatingip",
    ),
];

/// Names of queries that stand apart from their path.
const QUERIES: &str = "csuriquery requestquery urlquery querystring url.query httprequest.args";

/// Names that would mislead, with the object around them. Elastic Common Schema 8 has addresses of the machine that tells
/// (`host.ip`, `observer.ip`); AWS CloudTrail tells in `requestParameters` and `responseElements` whom and what an action was for.
const MISLEADING: &str = "host.ip observer.ip agent.ip related.ip san.ip source.domain client.domain request.bytes event.code requestparameters.username responseelements.username accesskey.username requestparameters.path serviceurl.host serviceurl.path";

/// Names are looked up for each value of each record: by a hash, in a table that is mostly empty.
struct Table {
    names: Vec<(&'static [u8], Means)>,
    /// One more than the place in `names`; zero where there is none.
    slots: [u16; SLOTS],
    /// The hashes of the names of objects that any of them has in front: of other objects only the key is looked up.
    parents: [bool; PARENTS],
}

/// Many times as many as there are such objects. A power of two.
const PARENTS: usize = 256;

/// About four times as many as there are names, so that one look is usually enough. A power of two.
const SLOTS: usize = 2_048;

impl Table {
    fn new() -> Table {
        let fields = NAMES.iter().flat_map(|(field, rank, names)| {
            names.split(' ').map(|name| (name.as_bytes(), Means::Field(*field, *rank)))
        });
        let others = [("date", Means::Date), (QUERIES, Means::Query), (MISLEADING, Means::Nothing)];
        let others =
            others.iter().flat_map(|(names, means)| names.split(' ').map(|name| (name.as_bytes(), *means)));
        let names: Vec<_> = fields.chain(others).collect();
        let mut slots = [0; SLOTS];
        let mut parents = [false; PARENTS];
        for (place, (name, _)) in names.iter().enumerate() {
            let mut slot = hash(name) % SLOTS;
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = place as u16 + 1;
            if let Some(dot) = memchr::memchr(b'.', name) {
                parents[hash(&name[..=dot]) % PARENTS] = true;
            }
        }
        Table { names, slots, parents }
    }

    fn find(&self, name: &[u8]) -> Option<Means> {
        let mut slot = hash(name) % SLOTS;
        loop {
            let place = usize::from(self.slots[slot]).checked_sub(1)?;
            let (known, means) = self.names[place];
            if known == name {
                return Some(means);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// FNV-1a (draft-eastlake-fnv), 32 bits.
fn hash(name: &[u8]) -> usize {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
    name.iter().fold(2_166_136_261, step) as usize
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// The longest name that is looked up; longer ones are no names of the table.
const LONGEST: usize = 64;

/// A name in the form of the table: `parent.key`, and where the key begins.
struct Name {
    bytes: [u8; LONGEST],
    length: usize,
    key: usize,
}

impl Name {
    fn new(parent: &[u8], key: &[u8]) -> Option<Name> {
        let (parent, key) = match memchr::memrchr(b'.', key) {
            Some(dot) => (&key[..dot], &key[dot + 1..]),
            None => (parent, key),
        };
        let parent = memchr::memrchr(b'.', parent).map_or(parent, |dot| &parent[dot + 1..]);
        let mut name = Name { bytes: [0; LONGEST], length: 0, key: 0 };
        name.push(parent)?;
        if name.length > 0 {
            *name.bytes.get_mut(name.length)? = b'.';
            name.length += 1;
        }
        name.key = name.length;
        name.push(key)?;
        (name.length > name.key).then_some(name)
    }

    fn push(&mut self, text: &[u8]) -> Option<()> {
        for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            *self.bytes.get_mut(self.length)? = byte.to_ascii_lowercase();
            self.length += 1;
        }
        Some(())
    }
}

/// What a key, in an object with the key `parent`, stands for.
pub(super) fn means(parent: &[u8], key: &[u8]) -> Option<Means> {
    find(parent, key).map(|(means, _)| means)
}

/// The same, and whether the object around the key is part of the name.
fn find(parent: &[u8], key: &[u8]) -> Option<(Means, bool)> {
    // Zeek names the log itself in `_path`.
    if key == b"_path" {
        return None;
    }
    let name = Name::new(parent, key)?;
    let table = &*TABLE;
    let is_parent = name.key > 0 && table.parents[hash(&name.bytes[..name.key]) % PARENTS];
    let whole = if is_parent { table.find(&name.bytes[..name.length]) } else { None };
    let alone = || table.find(&name.bytes[name.key..name.length]).map(|means| (means, false));
    whole.map(|means| (means, true)).or_else(alone)
}

/// Whether a column or key of this name is of the vocabulary.
pub(super) fn knows(name: &[u8]) -> bool {
    means(b"", name).is_some()
}

/// Whether a value is a time and its name says so, in the vocabulary or not.
pub(super) fn looks_like_time(key: &[u8], value: &[u8]) -> bool {
    key.to_ascii_lowercase().windows(4).any(|part| part == b"time") && clock::any(value, 0).is_some()
}

/// Whether a value of this name is the time of what is told.
pub(super) fn is_time(parent: &[u8], key: &[u8], value: &[u8]) -> bool {
    matches!(means(parent, key), Some(Means::Field(Field::Time, _))) && clock::any(value, 0).is_some()
}

/// Gathers named values into a record.
#[derive(Debug, Default)]
pub(super) struct Gather {
    record: Record,
    ranks: [u8; Field::ALL.len()],
    date: Option<Span>,
    query: Option<Span>,
}

impl Gather {
    /// Takes one value. `depth`: objects around it; of two values for a field the outer one counts, or the one whose name says more.
    pub(super) fn add(&mut self, line: &[u8], parent: &[u8], key: &[u8], value: Span, depth: usize) {
        if line.get(value.clone()).is_some_and(|bytes| !is_nothing(bytes))
            && let Some((means, exact)) = find(parent, key)
        {
            self.take(line, Some(means), value, depth.saturating_sub(usize::from(exact)));
        }
    }

    /// Takes the value of a column whose meaning is known.
    pub(super) fn take(&mut self, line: &[u8], means: Option<Means>, value: Span, depth: usize) {
        let Some(bytes) = line.get(value.clone()).filter(|bytes| !is_nothing(bytes)) else { return };
        match means {
            Some(Means::Field(field, rank)) if fits(field, bytes) => {
                let rank = 1 + rank * 8 + depth.min(7) as u8;
                let slot = &mut self.ranks[field as usize];
                if *slot == 0 || rank < *slot {
                    *slot = rank;
                    let is_address = matches!(field, Field::Client | Field::ServerAddress);
                    self.record.set(field, if is_address { address(line, value) } else { value });
                }
            }
            Some(Means::Date) => self.date = Some(value),
            Some(Means::Query) => self.query = Some(value),
            _ => {}
        }
    }

    /// The record, with its time and its request taken apart.
    pub(super) fn finish(mut self, line: &[u8]) -> Record {
        let stamp = self.record.span(Field::Time);
        self.record.time = match (&self.date, &stamp) {
            (Some(date), Some(time)) => clock::of_cells(&line[date.clone()], &line[time.clone()]),
            _ => None,
        };
        if self.record.time.is_none()
            && let Some(span) = stamp.or(self.date)
        {
            self.record.time = clock::any(&line[..span.end], span.start).map(|(time, _)| time);
            self.record.set(Field::Time, span);
        }
        let has = |record: &Record, field| record.span(field).is_some();
        if let Some(target) = self.record.span(Field::Target) {
            if memchr::memmem::find(&line[target.clone()], b" HTTP/").is_some() {
                access::request(line, &target, &mut self.record);
            } else if !has(&self.record, Field::Method)
                && !has(&self.record, Field::Status)
                && self.ranks[Field::Target as usize] > 8
            {
                // A path without method and status is a file's.
                self.record.clear(Field::Target);
                let is_root = matches!(&line[target.clone()], b"/" | b"\\/");
                if !has(&self.record, Field::File) && !is_root {
                    self.record.set(Field::File, target);
                }
            }
        }
        // The method of a login, and others, are no requests.
        if !has(&self.record, Field::Target) && !has(&self.record, Field::Status) {
            self.record.clear(Field::Method);
        }
        if let Some(target) = self.record.span(Field::Target)
            && memchr::memchr(b'?', &line[target]).is_none()
            && let Some(query) = self.query
        {
            self.record.set_query(query);
        }
        // Where nothing else tells who asked, the first address of a proxy's list does.
        if let Some(chain) = self.record.span(Field::Forwarded)
            && !has(&self.record, Field::Client)
        {
            let first = address(line, chain);
            if access::is_address(&line[first.clone()]) {
                self.record.set(Field::Client, first);
            }
        }
        self.record
    }

    /// How many fields were taken.
    pub(super) fn count(&self) -> usize {
        self.ranks.iter().filter(|rank| **rank > 0).count()
    }
}

/// The address in a value: the first of a list, `192.0.2.7, 10.0.0.1`; that of a Java socket, `/192.0.2.7:123`; and Asterisk's form
/// `IPV4/TCP/192.0.2.7/5060`; without a port.
fn address(line: &[u8], value: Span) -> Span {
    let bytes = &line[value.clone()];
    if matches!(bytes.get(..5), Some(b"IPV4/" | b"IPV6/")) {
        let mut slashes = memchr::memchr_iter(b'/', &bytes[5..]).map(|slash| value.start + 5 + slash);
        if let (Some(start), Some(end)) = (slashes.next(), slashes.next()) {
            return start + 1..end;
        }
    }
    let end = memchr::memchr2(b',', b';', bytes).unwrap_or(bytes.len());
    let slash = usize::from(bytes.first() == Some(&b'/'));
    without_port(
        line,
        value.start + slash.min(end)..value.start + bytes[..end].trim_ascii_end().len().max(slash.min(end)),
    )
}

/// The address in `192.0.2.7:123`, `[::1]:123` and `[::1]`, as Microsoft 365 and others write them; else the value itself.
fn without_port(line: &[u8], value: Span) -> Span {
    let bytes = &line[value.clone()];
    if bytes.first() == Some(&b'[') {
        return memchr::memchr(b']', bytes).map_or(value.clone(), |end| value.start + 1..value.start + end);
    }
    let mut colons = memchr::memchr_iter(b':', bytes);
    match (colons.next(), colons.next()) {
        (Some(colon), None) if bytes[colon + 1..].iter().all(u8::is_ascii_digit) => {
            value.start..value.start + colon
        }
        _ => value,
    }
}

/// How formats write that there is no value.
fn is_nothing(value: &[u8]) -> bool {
    matches!(value, b"-" | b"--" | b"?" | b"null" | b"NULL" | b"N/A" | b"(empty)" | b"(null)")
        || value.iter().all(u8::is_ascii_whitespace)
}

/// Methods that are also written in small letters.
const METHODS: [&[u8]; 7] = [b"get", b"post", b"put", b"head", b"delete", b"options", b"patch"];

/// Whether a value can be what its name says: a status is three digits, a method is a word in capitals, and who asked is no path.
fn fits(field: Field, value: &[u8]) -> bool {
    match field {
        Field::Status => {
            value.len() == 3 && matches!(value[0], b'1'..=b'5') && value.iter().all(u8::is_ascii_digit)
        }
        Field::Size => value.iter().all(u8::is_ascii_digit),
        Field::Method => {
            (3..=20).contains(&value.len())
                && (value.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
                    || METHODS.contains(&value))
        }
        Field::Client | Field::ServerAddress => {
            value.starts_with(b"IPV") || !value.iter().skip(1).any(|byte| *byte == b'/')
        }
        Field::Forwarded => value.iter().any(|byte| matches!(byte, b'.' | b':')),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_however_it_is_written_and_the_object_around_it_counts() {
        for name in ["src_ip", "src-ip", "SrcIP", "c-ip", "ClientIpAddress", "id.orig_h", "source.ip"] {
            assert_eq!(means(b"", name.as_bytes()), Some(Means::Field(Field::Client, 0)), "{name}");
        }
        assert_eq!(means(b"http", b"hostname"), Some(Means::Field(Field::Host, 0)));
        assert_eq!(means(b"", b"hostname"), Some(Means::Field(Field::Server, 0)));
        assert_eq!(means(b"", b"_path"), None);
        assert_eq!(means(b"", b"colour"), None);
    }

    #[test]
    fn an_address_has_no_port() {
        for (value, wanted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:123", "192.0.2.7"),
            ("[2001:db8::7]:123", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("h.example", "h.example"),
            ("192.0.2.7, 10.0.0.1", "192.0.2.7"),
            ("192.0.2.7,", "192.0.2.7"),
            ("/192.0.2.7:123", "192.0.2.7"),
            ("IPV4/TCP/192.0.2.7/5060", "192.0.2.7"),
            ("/", ""),
            (",", ""),
            ("/,", ""),
            ("IPV4/TCP", "IPV4/TCP"),
        ] {
            assert_eq!(&value[address(value.as_bytes(), 0..value.len())], wanted, "{value}");
        }
    }

    #[test]
    fn no_name_stands_in_the_table_twice() {
        let mut names: Vec<&[u8]> = TABLE.names.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "{}", String::from_utf8_lossy(pair[0]));
        }
        assert!(names.len() * 3 < SLOTS, "{} names", names.len());
        for (name, means) in &TABLE.names {
            assert_eq!(TABLE.find(name), Some(*means), "{}", String::from_utf8_lossy(name));
        }
    }
}
