//! What the newest tokens of a shape were, so that lists of literals can be collapsed.

/// What a token was, as far as collapsing lists needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// Zero, so that what is not remembered is this.
    Other,
    /// A literal, also a string.
    Literal,
    Comma,
    Open,
    /// A `)` that closed a list of one literal.
    Row,
    Sign,
}

/// The newest tokens that were written, as far back as they matter for lists: what each was, and where the
/// shape ended before it. Eight are needed to see `(0), (0, -` at once.
pub(super) struct History {
    /// One byte each, the newest lowest. An [`Tag::Other`] forgets what was before it, since no list goes
    /// over one.
    tags: u64,
    froms: [usize; History::LENGTH],
    head: usize,
}

impl History {
    const LENGTH: usize = 8;

    pub(super) fn new() -> Self {
        Self { tags: 0, froms: [0; Self::LENGTH], head: 0 }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, tag: Tag, from: usize) {
        if tag == Tag::Other {
            self.tags = 0;
            return;
        }
        self.tags = self.tags << 8 | tag as u64;
        self.head = (self.head + 1) % Self::LENGTH;
        if let Some(slot) = self.froms.get_mut(self.head) {
            *slot = from;
        }
    }

    /// Whether the newest token was this, then the one before it …
    #[inline(always)]
    pub(super) fn ends<const N: usize>(&self, newest: [Tag; N]) -> bool {
        let bits = newest.iter().rev().fold(0, |bits, tag| bits << 8 | *tag as u64);
        self.tags & (u64::MAX >> (64 - 8 * N)) == bits
    }

    /// Forgets the newest tokens, and tells where the shape ended before them.
    pub(super) fn pop(&mut self, count: usize) -> usize {
        let oldest = (self.head + Self::LENGTH + 1 - count) % Self::LENGTH;
        self.head = (self.head + Self::LENGTH - count) % Self::LENGTH;
        self.tags >>= 8 * count;
        self.froms.get(oldest).copied().unwrap_or_default()
    }
}
