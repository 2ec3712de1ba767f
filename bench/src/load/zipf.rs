//! Zipf's law: the k-th most frequent thing occurs 1/k as often as the first. Matters cluster like that by area and category.

use onedoor::demo::dice::Dice;

/// Draws ranks `0..count`.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The share of all ranks up to this one.
    cumulated: Vec<f64>,
}

impl Zipf {
    /// For so many things, with exponent `s` (1 is the classic law, 0 draws all alike).
    #[must_use]
    pub fn new(count: usize, s: f64) -> Zipf {
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = (1..=count.max(1))
            .map(|rank| {
                #[expect(clippy::cast_precision_loss, reason = "there are fewer things than 2^52")]
                let weight = (rank as f64).powf(-s);
                sum += weight;
                sum
            })
            .collect();
        cumulated.iter_mut().for_each(|share| *share /= sum);
        Zipf { cumulated }
    }

    /// The share of draws that give a rank.
    #[must_use]
    pub fn share(&self, rank: usize) -> f64 {
        let below = rank.checked_sub(1).map_or(0.0, |before| self.cumulated[before]);
        self.cumulated[rank] - below
    }

    /// A rank.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let at = dice.unit();
        self.cumulated.partition_point(|share| *share <= at).min(self.cumulated.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fall_as_the_law_says_and_make_a_whole() {
        let zipf = Zipf::new(1_000, 1.0);
        assert!((zipf.share(0) / zipf.share(9) - 10.0).abs() < 1e-9);
        let whole: f64 = (0..1_000).map(|rank| zipf.share(rank)).sum();
        assert!((whole - 1.0).abs() < 1e-9);
    }

    #[test]
    fn draws_follow_the_shares() {
        let (zipf, mut dice) = (Zipf::new(100, 1.0), Dice::new(7, 1));
        let mut drawn = [0_u32; 100];
        for _ in 0..200_000 {
            drawn[zipf.draw(&mut dice)] += 1;
        }
        for rank in [0, 1, 9, 99] {
            let expected = zipf.share(rank) * 200_000.0;
            let off = (f64::from(drawn[rank]) - expected).abs() / expected;
            assert!(off < 0.12, "rank {rank}: {} drawn, {expected:.0} expected", drawn[rank]);
        }
    }

    #[test]
    fn exponent_nought_draws_all_alike() {
        let zipf = Zipf::new(4, 0.0);
        assert!((0..4).all(|rank| (zipf.share(rank) - 0.25).abs() < 1e-12));
    }
}
