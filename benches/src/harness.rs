//! Measures contestants side by side.
//!
//! Every result is a ratio: is certbound faster than the others, on this machine, at this moment? Measuring one contestant for
//! seconds and then the next would compare moments as much as contestants, because clock rates, other processes and caches
//! change in between. Therefore the contestants alternate: a round is one short batch of each, and the ratio is computed within
//! the round. Only the fastest quarter of the rounds counts, by the total time of all contestants, because these were disturbed
//! least. The result is their median.

use std::{hint::black_box, time::Instant};

/// Functions that do the same work.
pub struct Contest<'a> {
    title: String,
    contestants: Vec<Contestant<'a>>,
}

/// The result beside the fastest rival.
pub struct Outcome {
    pub work: String,
    /// The time of certbound.
    pub time: String,
    /// The fastest rival, and its time.
    pub reference: String,
    pub ratio: f64,
    /// The times of the contestants in nanoseconds, in order.
    pub medians: Vec<f64>,
}

struct Contestant<'a> {
    name: String,
    is_rival: bool,
    work: Box<dyn FnMut() + 'a>,
    /// How often the work is done in a batch.
    repetitions: u32,
    /// Nanoseconds for doing the work once, in each round.
    times: Vec<f64>,
}

impl<'a> Contest<'a> {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), contestants: Vec::new() }
    }

    /// Adds a contestant of certbound.
    #[must_use]
    pub fn ours<T>(self, name: &str, work: impl FnMut() -> T + 'a) -> Self {
        self.add(name, false, work)
    }

    /// Adds a rival.
    #[must_use]
    pub fn rival<T>(self, name: &str, work: impl FnMut() -> T + 'a) -> Self {
        self.add(name, true, work)
    }

    fn add<T>(mut self, name: &str, is_rival: bool, mut work: impl FnMut() -> T + 'a) -> Self {
        let work = Box::new(move || {
            black_box(work());
        });
        self.contestants.push(Contestant { name: name.to_owned(), is_rival, work, repetitions: 1, times: Vec::new() });
        self
    }

    /// Runs the contestants in turn, prints a Markdown table, and returns the comparison of our first contestant with the
    /// fastest rival.
    pub fn run(mut self, rounds: usize) -> Outcome {
        for contestant in &mut self.contestants {
            contestant.calibrate();
        }
        let count = self.contestants.len();
        for round in 0..rounds {
            // Each contestant goes first equally often.
            for turn in 0..count {
                self.contestants[(round + turn) % count].take_turn();
            }
        }
        self.keep_quickest_rounds();
        self.print();
        let reference = self.reference();
        let own = self.contestants.iter().find(|contestant| !contestant.is_rival).unwrap_or(reference);
        Outcome {
            work: self.title.clone(),
            time: in_units(own.median()),
            reference: format!("{}, {}", reference.name, in_units(reference.median())),
            ratio: own.ratio_to(reference),
            medians: self.contestants.iter().map(Contestant::median).collect(),
        }
    }

    /// Keeps only the fastest quarter of the rounds. Each contestant has the same weight in a round's time.
    fn keep_quickest_rounds(&mut self) {
        let medians: Vec<_> = self.contestants.iter().map(Contestant::median).collect();
        let took = |round: &usize| -> f64 {
            self.contestants.iter().zip(&medians).map(|(contestant, median)| contestant.times[*round] / median).sum()
        };
        let rounds = self.contestants.iter().map(|contestant| contestant.times.len()).min().unwrap_or(0);
        let mut quickest: Vec<_> = (0..rounds).collect();
        quickest.sort_by(|one, other| took(one).total_cmp(&took(other)));
        quickest.truncate(rounds.div_ceil(4));
        for contestant in &mut self.contestants {
            contestant.times = quickest.iter().map(|round| contestant.times[*round]).collect();
        }
    }

    fn print(&self) {
        let reference = self.reference();
        println!("\n### {}\n", self.title);
        println!("| contestant | median | best | ratio to {} |", reference.name);
        println!("|---|---:|---:|---:|");
        for contestant in &self.contestants {
            let name = if contestant.is_rival { contestant.name.clone() } else { format!("**{}**", contestant.name) };
            let (middle, best) = (in_units(contestant.median()), in_units(contestant.best()));
            println!("| {name} | {middle} | {best} | {} |", in_ratio(contestant.ratio_to(reference)));
        }
    }

    /// The fastest rival, or the first contestant if there are no rivals.
    fn reference(&self) -> &Contestant<'a> {
        let by_time = |one: &&Contestant, other: &&Contestant| one.median().total_cmp(&other.median());
        let rivals = self.contestants.iter().filter(|contestant| contestant.is_rival);
        rivals.min_by(by_time).or(self.contestants.first()).expect("a contest has contestants")
    }
}

impl Contestant<'_> {
    /// Chooses the repetitions so that a batch takes about [`BATCH_NANOSECONDS`].
    fn calibrate(&mut self) {
        while self.batch() < BATCH_NANOSECONDS && self.repetitions < 1 << 24 {
            self.repetitions *= 2;
        }
    }

    fn take_turn(&mut self) {
        let time = self.batch() / f64::from(self.repetitions);
        self.times.push(time);
    }

    /// Nanoseconds for one batch.
    fn batch(&mut self) -> f64 {
        let start = Instant::now();
        for _ in 0..self.repetitions {
            (self.work)();
        }
        start.elapsed().as_secs_f64() * 1e9
    }

    fn median(&self) -> f64 {
        median(self.times.clone())
    }

    /// The median of the ratios of all rounds.
    fn ratio_to(&self, other: &Self) -> f64 {
        median(self.times.iter().zip(&other.times).map(|(own, other)| own / other).collect())
    }

    fn best(&self) -> f64 {
        self.times.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn in_units(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        1e3..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}

/// Two significant digits.
pub fn in_ratio(ratio: f64) -> String {
    if ratio < 0.1 {
        format!("{ratio:.3}")
    } else if ratio < 10.0 {
        format!("{ratio:.2}")
    } else {
        format!("{ratio:.0}")
    }
}

/// Long enough for the resolution of the clock, short enough that a round fits between two disturbances.
const BATCH_NANOSECONDS: f64 = 400_000.0;
