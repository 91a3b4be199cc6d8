//! One open artifact: its bytes are hashed, named by their beginning, then unpacked or searched.

use crate::container::{self, Unpacker};
use crate::decode::{self, Decoder};
use crate::digest::Digester;
use crate::identify::{self, Identity};
use crate::model::{
    ArtifactKind, ArtifactSummary, DecodedRecord, Diagnostic, DiagnosticSeverity, Digests, Flow, Kind,
    Limits, Member, Members, Outcome, Parts, ScanEvent, Sighting, TextSummary,
};
use crate::source::{Opening, Source};

use super::context::Context;
use super::excerpt;
use super::own;
use super::text::{Content, State};

/// Bytes of an artifact's beginning that its summary keeps.
const HEAD: usize = 16;

/// One open artifact.
pub(super) struct Artifact {
    path: String,
    name: String,
    depth: usize,
    size: u64,
    hashing: Hashing,
    /// Its bytes at any place, until its format's reader takes it.
    source: Option<Box<dyn Source>>,
    head: Vec<u8>,
    identity: Identity,
    /// What the artifact around it says that it is.
    stated: Option<ArtifactKind>,
    own: Option<&'static str>,
    complete: bool,
    stage: Stage,
}

/// Who hashes an artifact's bytes.
enum Hashing {
    Here(Box<Digester>),
    /// Whoever feeds it does, and brings the digests before its end.
    Elsewhere(Digests),
}

enum Stage {
    /// Too few bytes yet to say what it is.
    Beginning,
    Container {
        unpacker: Box<dyn Unpacker>,
        open: Option<Box<Artifact>>,
        over: bool,
    },
    /// Records come out of it, and perhaps members.
    Decoded {
        decoder: Box<dyn Decoder>,
        open: Option<Box<Artifact>>,
        over: bool,
        records: Box<State>,
    },
    Content(Box<Content>),
}

impl Artifact {
    /// A dropped file, or a member at `depth`.
    pub(super) fn new(path: String, name: String, depth: usize) -> Artifact {
        Artifact {
            path,
            name,
            depth,
            size: 0,
            hashing: Hashing::Here(Box::default()),
            source: None,
            head: Vec::new(),
            identity: Identity { kind: ArtifactKind::Empty, detail: String::new() },
            stated: None,
            own: None,
            complete: true,
            stage: Stage::Beginning,
        }
    }

    /// The same, with its bytes at any place.
    pub(super) fn with_source(self, source: Option<Box<dyn Source>>) -> Artifact {
        Artifact { source, ..self }
    }

    /// The same, but not hashed here: whoever feeds it brings its digests before it ends, empty until then.
    pub(super) fn with_digests(self, digests: Digests) -> Artifact {
        Artifact { hashing: Hashing::Elsewhere(digests), ..self }
    }

    /// Takes its next bytes.
    pub(super) fn feed(&mut self, block: &[u8], context: &mut Context<'_>) {
        self.size += block.len() as u64;
        let hashing = std::mem::replace(&mut self.hashing, Hashing::Elsewhere(Digests::default()));
        self.hashing = match hashing {
            Hashing::Here(mut digester) => {
                digester.update_beside(block, || self.read(block, context));
                Hashing::Here(digester)
            }
            elsewhere => {
                self.read(block, context);
                elsewhere
            }
        };
    }

    /// Says what it is by its first bytes, and hands on the others.
    fn read(&mut self, block: &[u8], context: &mut Context<'_>) {
        match &mut self.stage {
            Stage::Beginning => {
                let (now, later) = block.split_at(block.len().min(identify::HEAD - self.head.len()));
                self.head.extend_from_slice(now);
                if self.head.len() == identify::HEAD {
                    self.begin(false, context);
                    self.pass(later, context);
                }
            }
            _ => self.pass(block, context),
        }
    }

    /// The beginning is known: says what the artifact is and hands the beginning on.
    fn begin(&mut self, whole: bool, context: &mut Context<'_>) {
        let head = std::mem::take(&mut self.head);
        self.identity = identify::identify(&head, whole);
        if let Some(kind) = self.stated {
            self.identity = Identity { kind, detail: String::new() };
        }
        self.own = own::recognize(&head);
        let kind = self.identity.kind;
        // Dictionaries of nested streams are held at once: each level below the second may have half of the one above.
        let dictionary = context.limits.dictionary >> self.depth.saturating_sub(1).min(63);
        let limits = Limits { dictionary, ..*context.limits };
        let mut opening = Opening {
            name: &self.name,
            limits: &limits,
            passwords: context.passwords,
            allowance: context.allowance,
            source: self.source.take(),
        };
        let unpacker = container::unpacker(kind, &mut opening);
        let decoder = decode::decoder(kind, &opening);
        if (unpacker.is_some() || decoder.is_some()) && self.depth >= context.limits.depth {
            self.not_opened(
                context,
                "limit-depth",
                format!("containers are nested more than {} deep", context.limits.depth),
            );
        } else if kind == ArtifactKind::UnopenedContainer {
            self.not_opened(
                context,
                "container-not-opened",
                format!("this is a {}, which is not opened", self.identity.detail),
            );
        }
        if let Some(hint) = identify::export(&self.identity) {
            self.complete = false;
            let message = format!("this is a {}, which is not read", self.identity.detail);
            let hint =
                format!("its digests were checked and its bytes searched, but what it packs was not; {hint}");
            let said = Diagnostic::new(DiagnosticSeverity::Error, "format-not-read", message, hint);
            context.diagnose(said.at(&self.path));
        }
        let deep = self.depth >= context.limits.depth;
        self.stage = match (unpacker, decoder) {
            (Some(unpacker), _) if !deep => Stage::Container { unpacker, open: None, over: false },
            (_, Some(decoder)) if !deep => {
                let records = Box::new(State::new(&self.path));
                Stage::Decoded { decoder, open: None, over: false, records }
            }
            _ => Stage::Content(Box::new(Content::new(&self.path, kind, &head, whole, context))),
        };
        self.pass(&head, context);
        self.head = head;
        self.head.truncate(HEAD);
    }

    fn not_opened(&mut self, context: &mut Context<'_>, code: &str, message: String) {
        self.complete = false;
        let hint = "its digests were checked and its bytes searched, but what is inside was not; unpack it and drop its contents";
        context.diagnose(Diagnostic::new(DiagnosticSeverity::Error, code, message, hint).at(&self.path));
    }

    /// Hands bytes on to the unpacker or the search.
    fn pass(&mut self, block: &[u8], context: &mut Context<'_>) {
        match &mut self.stage {
            Stage::Content(content) => content.feed(block, context),
            Stage::Container { unpacker, open, over } if !*over => {
                let mut opener = Opener {
                    path: &self.path,
                    depth: self.depth,
                    open,
                    records: None,
                    complete: &mut self.complete,
                    context,
                };
                *over = unpacker.feed(block, &mut opener) == Flow::Stop;
            }
            Stage::Decoded { decoder, open, over, records } if !*over => {
                let mut opener = Opener {
                    path: &self.path,
                    depth: self.depth,
                    open,
                    records: Some(records),
                    complete: &mut self.complete,
                    context,
                };
                *over = decoder.feed(block, &mut opener) == Flow::Stop;
            }
            _ => {}
        }
    }

    /// Its bytes are over: closes what is open and tells the sink. `complete`: whether the container around it
    /// gave all its bytes.
    pub(super) fn finish(mut self, complete: bool, context: &mut Context<'_>) {
        if matches!(self.stage, Stage::Beginning) {
            self.begin(true, context);
        }
        let mut text = None;
        match std::mem::replace(&mut self.stage, Stage::Beginning) {
            Stage::Content(content) => text = content.finish(context),
            Stage::Container { mut unpacker, mut open, over } => {
                let mut opener = Opener {
                    path: &self.path,
                    depth: self.depth,
                    open: &mut open,
                    records: None,
                    complete: &mut self.complete,
                    context,
                };
                if !over {
                    unpacker.finish(&mut opener);
                }
                if let Some(member) = open.take() {
                    member.finish(false, context);
                }
            }
            Stage::Decoded { mut decoder, mut open, over, mut records } => {
                let mut opener = Opener {
                    path: &self.path,
                    depth: self.depth,
                    open: &mut open,
                    records: Some(&mut records),
                    complete: &mut self.complete,
                    context,
                };
                if !over {
                    decoder.finish(&mut opener);
                }
                opener.catch_up();
                if let Some(member) = open.take() {
                    member.finish(false, context);
                }
                text = Some(records.finish_decoded(decoder.format()));
            }
            Stage::Beginning => {}
        }
        self.tell(complete, text, context);
    }

    fn tell(self, complete: bool, text: Option<TextSummary>, context: &mut Context<'_>) {
        let detail = self.own.map_or(self.identity.detail, str::to_owned);
        let digests = match self.hashing {
            Hashing::Here(digester) => digester.finish(),
            Hashing::Elsewhere(digests) => digests,
        };
        for (digest, kind) in
            [(&digests.md5, Kind::Md5), (&digests.sha1, Kind::Sha1), (&digests.sha256, Kind::Sha256)]
        {
            for id in context.set.names.meet_digest(digest.as_bytes()).to_vec() {
                whole_file(&self.path, self.size, id, digest, kind.as_str(), context);
            }
        }
        let mut named = Vec::new();
        context.set.files.meet(&self.path, |id| named.push(id));
        for id in named {
            whole_file(&self.path, self.size, id, &excerpt::value(self.name.as_bytes()), "name", context);
        }
        context.send(ScanEvent::Artifact(ArtifactSummary {
            artifact: self.path,
            size: self.size,
            kind: if self.size == 0 { ArtifactKind::Empty } else { self.identity.kind },
            detail,
            digests,
            head: self.head,
            complete: self.complete && complete,
            text,
        }));
    }
}

/// A sighting of the file as a whole: by its digest or its name.
fn whole_file(
    path: &str,
    size: u64,
    id: crate::index::IndicatorId,
    observed: &str,
    what: &str,
    context: &mut Context<'_>,
) {
    let indicator = context.set.indicator(id);
    if !context.sink.wants(indicator) {
        return;
    }
    let sighting = Sighting {
        pack: context.set.pack(id).to_owned(),
        indicator: indicator.id.clone(),
        kind: indicator.kind,
        value: indicator.value.clone(),
        artifact: path.to_owned(),
        line: None,
        offset: 0,
        length: size,
        observed: observed.to_owned(),
        decoding: Vec::new(),
        excerpt: format!("the file's {what} is {observed}"),
        field: None,
        time: None,
        request: None,
        outcome: Outcome::Unknown,
    };
    context.send(ScanEvent::Sighting(sighting));
}

/// Opens an artifact for each member that comes out of a container, and searches the records of a decoder.
struct Opener<'o, 'c> {
    path: &'o str,
    depth: usize,
    open: &'o mut Option<Box<Artifact>>,
    records: Option<&'o mut State>,
    complete: &'o mut bool,
    context: &'o mut Context<'c>,
}

impl Opener<'_, '_> {
    /// What waits to be searched comes before what is told next.
    fn catch_up(&mut self) {
        if let Some(records) = self.records.as_mut() {
            records.search_gathered(self.context);
        }
    }

    /// A limit was reached: says so once, and takes nothing more from this container.
    fn refuse(&mut self, diagnostic: Option<Diagnostic>) -> Flow {
        *self.complete = false;
        if let Some(diagnostic) = diagnostic {
            self.context.diagnose(diagnostic.at(self.path));
        }
        self.end(false);
        Flow::Stop
    }
}

impl Members for Opener<'_, '_> {
    fn begin(&mut self, member: Member) -> Flow {
        self.catch_up();
        if self.context.stopped {
            return Flow::Stop;
        }
        if let Err(diagnostic) = self.context.budget.member(self.context.limits) {
            return self.refuse(diagnostic);
        }
        let mut name = member.name;
        let shown = name.floor_char_boundary(self.context.limits.name);
        if shown < name.len() {
            let message =
                format!("a member's name has {} bytes, of which the first {shown} are shown", name.len());
            let said = Diagnostic::new(
                DiagnosticSeverity::Warning,
                "limit-name",
                message,
                "its content was examined",
            );
            self.diagnostic(said);
            name.truncate(shown);
        }
        let path = format!("{} > {name}", self.path);
        *self.open = Some(Box::new(Artifact::new(path, name, self.depth + 1)));
        Flow::Continue
    }

    fn data(&mut self, bytes: &[u8]) -> Flow {
        self.catch_up();
        if self.context.stopped {
            return Flow::Stop;
        }
        if let Err(diagnostic) = self.context.budget.unpacked(bytes.len() as u64, self.context.limits) {
            return self.refuse(diagnostic);
        }
        if let Some(member) = self.open.as_mut() {
            member.feed(bytes, self.context);
        }
        Flow::Continue
    }

    fn hole(&mut self, mut count: u64) -> Flow {
        if self.context.stopped {
            return Flow::Stop;
        }
        if self.open.is_none() {
            return Flow::Continue;
        }
        if let Err(diagnostic) = self.context.budget.hole(count, self.context.limits) {
            // What is left of this member is passed over, not what follows it.
            self.diagnostic(diagnostic);
            self.end(false);
            return Flow::Continue;
        }
        let zeros = [0; 16 << 10];
        while let (Some(member), 1..) = (self.open.as_mut(), count) {
            let now = count.min(zeros.len() as u64);
            member.feed(&zeros[..now as usize], self.context);
            count -= now;
        }
        Flow::Continue
    }

    fn end(&mut self, complete: bool) {
        self.catch_up();
        if let Some(member) = self.open.take() {
            *self.complete &= complete;
            member.finish(complete, self.context);
        }
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.catch_up();
        *self.complete &= diagnostic.severity < DiagnosticSeverity::Error;
        self.context.diagnose(diagnostic.at(self.path));
    }
}

impl Parts for Opener<'_, '_> {
    fn begin_as(&mut self, member: Member, kind: ArtifactKind) -> Flow {
        let flow = self.begin(member);
        if let Some(member) = self.open.as_mut() {
            member.stated = Some(kind);
        }
        flow
    }

    fn record(&mut self, record: DecodedRecord<'_>) -> Flow {
        if let Some(records) = self.records.as_mut() {
            records.decoded_record(&record, self.context);
        }
        if self.context.stopped { Flow::Stop } else { Flow::Continue }
    }

    fn unread(&mut self, number: u64, why: &str) {
        if let Some(records) = self.records.as_mut() {
            records.unread(number, why);
        }
    }
}
