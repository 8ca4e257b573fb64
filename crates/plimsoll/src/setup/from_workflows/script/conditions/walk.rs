//! The way through a script: what is begun and not ended at each of its lines.

use super::Guard;
use super::chain::{Chain, asks};
use super::parts::{chained, enclosed, parted, without_remark};
use super::plain_tests::matching;

/// What is begun and not ended yet.
struct Block {
    kind: Kind,
    /// The tests of the branches before.
    before: Vec<Guard>,
    /// That of this one.
    own: Option<Guard>,
    /// Tests where the rest of it is not done: something leaves it before.
    left: Vec<Guard>,
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// `if`, with a test that is written and not asked yet.
    If {
        next: Option<Guard>,
    },
    Case {
        subject: String,
        expects: Expects,
    },
    Loop,
    /// `{ … }` behind a test.
    Group,
    /// What `exit` or `return` leaves and nothing else: a function, `( … )`.
    Scope,
}

/// What comes next in a `case`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    Pattern,
    Commands,
}

impl Block {
    fn new(kind: Kind, own: Option<Guard>) -> Block {
        Block { kind, before: Vec::new(), own, left: Vec::new() }
    }

    fn leave_branch(&mut self) {
        self.before.extend(self.own.take());
    }

    /// On what the place depends by its branches.
    fn branches(&self) -> impl Iterator<Item = Guard> + '_ {
        self.before.iter().map(Guard::not).chain(self.own.clone())
    }

    /// The same, and by what leaves it before.
    fn guards(&self) -> impl Iterator<Item = Guard> + '_ {
        self.branches().chain(self.left.iter().cloned())
    }
}

/// How many lines the test of one `if` may have.
const LONGEST: usize = 6;

/// The lines of a script, parted where a shell parts them, each with the tests around it.
pub(in crate::setup::from_workflows::script) fn guarded(lines: &[String]) -> Vec<(String, Vec<Guard>)> {
    let mut whole: Vec<String> = Vec::new();
    for line in lines.iter().map(|line| without_remark(line.trim())).filter(|line| !line.is_empty()) {
        match whole.last_mut() {
            Some(last) if last.ends_with("&&") || last.ends_with("||") => {
                last.push(' ');
                last.push_str(line);
            }
            _ => whole.push(line.to_owned()),
        }
    }
    let pieces: Vec<&str> = whole.iter().flat_map(|line| parted(line)).collect();
    let mut walk = Walk::default();
    walk.read_all(&pieces);
    walk.written
}

#[derive(Default)]
struct Walk {
    blocks: Vec<Block>,
    /// Tests where the rest of the script is not done.
    left: Vec<Guard>,
    written: Vec<(String, Vec<Guard>)>,
}

impl Walk {
    fn read_all(&mut self, pieces: &[&str]) {
        let mut rest = pieces;
        while let Some((piece, ahead)) = rest.split_first() {
            self.read(piece, ahead);
            rest = ahead;
        }
    }

    fn read(&mut self, piece: &str, ahead: &[&str]) {
        let (word, rest) = piece.split_once(char::is_whitespace).unwrap_or((piece, ""));
        match word {
            "if" => {
                // One without `then` is of another language.
                let next = test_of(rest, ahead);
                self.blocks.extend(next.map(|next| Block::new(Kind::If { next: Some(next) }, None)));
            }
            "elif" | "else" | "then" => self.read_branch(word, rest, ahead),
            "case" if rest.contains(" in ") || rest.ends_with(" in") => {
                return self.read_case(piece, rest, ahead);
            }
            ";;" => {
                if let Some(Block { kind: Kind::Case { expects, .. }, .. }) = self.blocks.last_mut() {
                    *expects = Expects::Pattern;
                }
                return;
            }
            "for" | "while" | "until" if ahead.iter().take(LONGEST).any(|piece| *piece == "do") => {
                self.blocks.push(Block::new(Kind::Loop, None));
            }
            "fi" => self.end(|kind| matches!(kind, Kind::If { .. })),
            "esac" => self.end(|kind| matches!(kind, Kind::Case { .. })),
            "done" => self.end(|kind| *kind == Kind::Loop),
            word if word.starts_with(['}', ')']) && self.ends_group() => {
                return self.read_behind(piece.get(1..).unwrap_or_default().trim());
            }
            _ => {
                if let Some(body) = body_of(piece) {
                    return self.read_group(body, Kind::Scope, None);
                }
                return match self.pattern_of(piece) {
                    Some((pattern, rest)) => {
                        self.write(&format!("{pattern})"));
                        if !rest.is_empty() {
                            self.read(rest, ahead);
                        }
                    }
                    None => self.read_chain(piece),
                };
            }
        }
        self.write(piece);
    }

    fn read_branch(&mut self, word: &str, rest: &str, ahead: &[&str]) {
        let Some(block) = self.blocks.last_mut() else { return };
        let Kind::If { next } = &mut block.kind else { return };
        if word == "then" {
            block.own = next.take();
            return;
        }
        if word == "elif" {
            *next = test_of(rest, ahead);
        }
        block.leave_branch();
    }

    fn read_case(&mut self, piece: &str, rest: &str, ahead: &[&str]) {
        let (subject, first) = match rest.split_once(" in ") {
            Some((subject, first)) => (subject, first.trim()),
            None => (rest.trim_end().strip_suffix(" in").unwrap_or(rest), ""),
        };
        let kind = Kind::Case { subject: subject.trim().to_owned(), expects: Expects::Pattern };
        self.blocks.push(Block::new(kind, None));
        self.write(piece.strip_suffix(first).unwrap_or(piece).trim_end());
        if !first.is_empty() {
            self.read(first, ahead);
        }
    }

    /// What a branch of a `case` is for, which stands before its bracket, and what is behind that. The branch begins.
    fn pattern_of<'a>(&mut self, piece: &'a str) -> Option<(&'a str, &'a str)> {
        let block = self.blocks.last_mut()?;
        let Kind::Case { subject, expects } = &mut block.kind else { return None };
        let (pattern, rest) = piece.split_once(')').filter(|_| *expects == Expects::Pattern)?;
        let pattern = pattern.strip_prefix('(').unwrap_or(pattern).trim();
        if pattern.is_empty() || pattern.contains(['(', '$']) {
            return None;
        }
        *expects = Expects::Commands;
        let guard =
            Guard { condition: matching(subject, pattern), written: format!("{subject} is {pattern}") };
        block.leave_branch();
        block.own = Some(guard);
        Some((pattern, rest.trim()))
    }

    /// Reads commands that `&&` and `||` join.
    fn read_chain(&mut self, piece: &str) {
        let links = chained(piece);
        let is_plain = |text: &str| !(asks(text) || leaves(text).is_some() || text.starts_with(['{', '(']));
        if links.iter().all(|(_, text)| is_plain(text)) {
            return self.write(piece);
        }
        let mut chain = Chain::default();
        for (joint, text) in links {
            let reach = chain.reach(joint);
            if asks(text) {
                self.write(text);
                chain = chain.tested(joint, Guard::of(text));
                continue;
            }
            chain = chain.done(joint);
            match (text.chars().next(), leaves(text)) {
                (Some('{'), _) if reach.is_some() => self.read_group(text, Kind::Group, reach),
                // One that depends on nothing is a function's, whose name stands before it.
                (Some('{' | '('), _) => self.read_group(text, Kind::Scope, reach),
                (_, Some(leaving)) => self.leave(leaving, reach),
                _ => self.read_plain(text, reach),
            }
        }
    }

    fn read_plain(&mut self, text: &str, own: Option<Guard>) {
        self.begin(Kind::Group, own);
        self.write(text);
        self.ends_group();
    }

    /// Reads `{ … }` or `( … )`, or what of it stands in the line.
    fn read_group(&mut self, text: &str, kind: Kind, own: Option<Guard>) {
        self.begin(kind, own);
        match enclosed(text) {
            Some((inside, behind)) => {
                self.read_all(&parted(inside));
                self.ends_group();
                self.read_behind(behind);
            }
            None => self.read_all(&parted(text.get(1..).unwrap_or_default().trim())),
        }
    }

    /// Reads what is joined to a group: nothing says whether that failed.
    fn read_behind(&mut self, text: &str) {
        let text = text.trim_start_matches([';', '&', '|']).trim();
        // Where it writes to is none of its commands.
        if !text.is_empty() && !text.starts_with(['>', '<', '2']) {
            self.read_chain(text);
        }
    }

    /// Begins what variables are set in that are not known behind it, as in an `if`.
    fn begin(&mut self, kind: Kind, own: Option<Guard>) {
        if own.is_some() {
            self.write("if");
        }
        self.blocks.push(Block::new(kind, own));
    }

    /// Ends the group that is begun last, if one is.
    fn ends_group(&mut self) -> bool {
        let is_group = |block: &mut Block| matches!(block.kind, Kind::Group | Kind::Scope);
        let Some(ended) = self.blocks.pop_if(is_group) else { return false };
        if ended.own.is_some() {
            self.write("fi");
        }
        true
    }

    /// Ends what is begun last of a kind, with all that is begun within it.
    fn end(&mut self, is_it: impl Fn(&Kind) -> bool) {
        if let Some(place) = self.blocks.iter().rposition(|block| is_it(&block.kind)) {
            self.blocks.truncate(place);
        }
    }

    /// Notes that something leaves the script, a function or a round of a loop where it comes by.
    fn leave(&mut self, leaving: Leaving, reach: Option<Guard>) {
        let is_left = |block: &Block| match leaving {
            Leaving::Round => block.kind == Kind::Loop,
            Leaving::Failed | Leaving::Done => block.kind == Kind::Scope,
        };
        let scope = self.blocks.iter().rposition(is_left);
        let inner = self.blocks.iter().skip(scope.map_or(0, |scope| scope + 1));
        let guards: Vec<Guard> = inner.flat_map(Block::branches).chain(reach).collect();
        let all = Guard::all(&guards);
        // Where a check fails nothing is released; and what is always left has no rest that is done.
        if guards.is_empty() || (leaving == Leaving::Failed && all.condition.is_none()) {
            return;
        }
        let left = match scope.and_then(|scope| self.blocks.get_mut(scope)) {
            Some(scope) => &mut scope.left,
            None => &mut self.left,
        };
        left.push(all.not());
    }

    fn write(&mut self, piece: &str) {
        let mut around: Vec<Guard> = Vec::new();
        for guard in self.left.iter().cloned().chain(self.blocks.iter().flat_map(Block::guards)) {
            if !around.contains(&guard) {
                around.push(guard);
            }
        }
        self.written.push((piece.to_owned(), around));
    }
}

/// The test of an `if`, up to its `then`.
fn test_of(rest: &str, ahead: &[&str]) -> Option<Guard> {
    let behind = ahead.iter().take(LONGEST).position(|piece| *piece == "then")?;
    let more = ahead.iter().take(behind).copied();
    Some(Guard::of(&[rest].into_iter().chain(more).collect::<Vec<_>>().join(" ")))
}

/// What a function does: `push() { … }`.
fn body_of(piece: &str) -> Option<&str> {
    let (head, _) = piece.split_once('{')?;
    let body = piece.get(head.len()..)?;
    let head = head.trim();
    let is_name =
        |name: &str| !name.is_empty() && !name.contains(|sign: char| sign.is_whitespace() || sign == '$');
    let name = head.strip_suffix("()").map(str::trim_end);
    let name = name.or_else(|| head.strip_prefix("function "))?;
    is_name(name.trim_start_matches("function ").trim()).then_some(body)
}

/// What a command leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The script or function, as it should.
    Done,
    /// The same, with a failure.
    Failed,
    /// A round of a loop.
    Round,
}

fn leaves(text: &str) -> Option<Leaving> {
    let mut words = text.split_whitespace();
    match (words.next()?, words.next()) {
        ("exit" | "return", None | Some("0")) => Some(Leaving::Done),
        ("exit" | "return", Some(_)) => Some(Leaving::Failed),
        ("continue" | "break", _) => Some(Leaving::Round),
        _ => None,
    }
}
