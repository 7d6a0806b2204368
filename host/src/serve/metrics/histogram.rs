//! A histogram with fixed bounds.

/// Counts by upper bound. The bounds are the caller's, and always the same.
pub struct Histogram<const N: usize> {
    below: [u64; N],
    above: u64,
    sum: f64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Histogram { below: [0; N], above: 0, sum: 0.0 }
    }
}

impl<const N: usize> Histogram<N> {
    pub fn count(&mut self, bounds: &[f64; N], value: f64) {
        self.sum += value;
        match bounds.iter().position(|bound| value <= *bound) {
            Some(place) => self.below[place] += 1,
            None => self.above += 1,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.below.iter_mut().zip(other.below).for_each(|(count, more)| *count += more);
        self.above += other.above;
        self.sum += other.sum;
    }

    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Counts with their bounds, each without those of the bounds before it.
    pub fn buckets(&self, bounds: &[f64; N]) -> Vec<(f64, u64)> {
        bounds.iter().copied().zip(self.below).chain([(f64::INFINITY, self.above)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_at_the_first_bound_that_it_does_not_exceed() {
        let (bounds, mut histogram) = ([1.0, 2.0], Histogram::default());
        [0.5, 1.0, 1.5, 9.0].into_iter().for_each(|value| histogram.count(&bounds, value));
        let mut twice = Histogram::default();
        twice.add(&histogram);
        twice.add(&histogram);
        assert_eq!(twice.buckets(&bounds), [(1.0, 4), (2.0, 2), (f64::INFINITY, 2)]);
        assert_eq!(twice.sum(), 24.0);
    }
}
