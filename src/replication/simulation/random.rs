//! Numbers that follow from a seed alone (SplitMix64).

/// A generator of numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1))
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least `from`, below `to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.draw() % (to - from).max(1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.within(0, bound.max(1) as u64) as usize
    }

    /// True once in so many.
    pub fn once_in(&mut self, count: u64) -> bool {
        self.draw().is_multiple_of(count)
    }

    pub fn choose<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }
}
