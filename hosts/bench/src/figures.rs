//! The evaluation of the rounds: medians, ranges and the tables.

use std::{
    ffi::OsStr,
    fmt::{Display, Formatter, Result, Write as _},
    fs,
    process::Command,
};

use crate::contestant::{Contestant, Sample};

/// The result of one contestant in one round.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Microseconds of CPU per request.
    cpu: f64,
    /// Requests per second.
    throughput: f64,
    /// The fraction of its core that the worker used.
    busy: f64,
}

impl Round {
    /// What happened between two samples.
    pub fn between(before: &Sample, after: &Sample) -> Self {
        let requests = (after.requests - before.requests) as f64;
        let seconds = (after.taken - before.taken).as_secs_f64();
        let cpu = (after.cpu - before.cpu).as_secs_f64();
        Self { cpu: cpu * 1e6 / requests, throughput: requests / seconds, busy: cpu / seconds }
    }
}

impl Display for Round {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let Self { cpu, throughput, busy } = self;
        write!(formatter, "{cpu:7.2} µs of CPU, {throughput:6.0} requests/s, {:3.0} % busy", busy * 100.0)
    }
}

/// The fastest third of the rounds, measured over all contestants together, with the same weight for each: other load on the
/// machine disturbed these least.
fn undisturbed(mut played: Vec<Vec<Round>>) -> Vec<Vec<Round>> {
    let contestants = played.first().map_or(0, Vec::len);
    let medians: Vec<_> =
        (0..contestants).map(|index| Spread::of(played.iter().map(|round| round[index].cpu)).median).collect();
    let took = |round: &Vec<Round>| -> f64 { round.iter().zip(&medians).map(|(own, median)| own.cpu / median).sum() };
    played.sort_by(|one, other| took(one).total_cmp(&took(other)));
    played.truncate(played.len().div_ceil(3));
    played
}

/// The tables, in Markdown. `played` has the results of all contestants for each round.
pub fn report<S: Copy>(
    contestants: &[&'static Contestant<S>],
    played: Vec<Vec<Round>>,
    seconds: u32,
    versions: &[(&str, String)],
) -> String {
    let rounds = played.len();
    let played = &undisturbed(played);
    let figures = Figures { contestants, played };
    let mut report = String::from(
        "| contestant | CPU per request, µs | the check, µs | ratio | throughput, 1/s | of no check | busy |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for contestant in contestants {
        let each = |figure: fn(Round, Round) -> f64| figures.spread(contestant.name, contestant.base, figure);
        let cpu = each(|own, _| own.cpu);
        let throughput = each(|own, _| own.throughput);
        let busy = each(|own, _| own.busy * 100.0).median;
        let [added, ratio, of_base] = if contestant.name != contestant.base {
            let added = each(|own, base| own.cpu - base.cpu);
            let ratio = each(|own, base| own.cpu / base.cpu);
            let of_base = each(|own, base| own.throughput / base.throughput);
            [format!("{added:.1}"), format!("{ratio:.2}"), format!("{of_base:.2}")]
        } else {
            ["", "1", "1"].map(str::to_owned)
        };
        let name = contestant.name;
        writeln!(report, "| {name} | {cpu:.1} | {added} | {ratio} | {throughput:.0} | {of_base} | {busy:.0} % |")
            .unwrap();
    }

    for (number, (own, rival)) in figures.rivalries().enumerate() {
        if number == 0 {
            report.push_str(
                "\n| certbound ÷ a rival | CPU per request | the check | throughput |\n|---|---:|---:|---:|\n",
            );
        }
        let cpu = figures.spread(own.name, rival.name, |own, rival| own.cpu / rival.cpu);
        let throughput = figures.spread(own.name, rival.name, |own, rival| own.throughput / rival.throughput);
        let check = if rival.is_checked() {
            let checks = figures.checks(own).zip(figures.checks(rival));
            format!("{:.2}", Spread::of(checks.map(|(own, rival)| own / rival)))
        } else {
            String::new()
        };
        writeln!(report, "| {} ÷ {} | {cpu:.2} | {check} | {throughput:.2} |", own.name, rival.name).unwrap();
    }
    let text = format!("Median and range of the fastest third of {rounds} interleaved rounds of {seconds} s");
    writeln!(report, "\n{text}. {}.", machine(versions)).unwrap();
    report
}

/// The results of all rounds.
struct Figures<'rounds, S: 'static> {
    contestants: &'rounds [&'static Contestant<S>],
    played: &'rounds [Vec<Round>],
}

impl<'rounds, S> Figures<'rounds, S> {
    /// A figure of two contestants, round by round: a disturbance often affects both.
    fn spread(&self, own: &str, other: &str, figure: impl Fn(Round, Round) -> f64) -> Spread {
        Spread::of(self.rounds(own).zip(self.rounds(other)).map(|(own, other)| figure(own, other)))
    }

    /// The CPU time of a contestant's check in each round.
    fn checks(&self, contestant: &Contestant<S>) -> impl Iterator<Item = f64> {
        self.rounds(contestant.name).zip(self.rounds(contestant.base)).map(|(own, base)| own.cpu - base.cpu)
    }

    fn rounds(&self, name: &str) -> impl Iterator<Item = Round> + use<'rounds, S> {
        let index = self.contestants.iter().position(|contestant| contestant.name == name).unwrap();
        self.played.iter().map(move |round| round[index])
    }

    fn rivalries(&self) -> impl Iterator<Item = (&'static Contestant<S>, &'static Contestant<S>)> {
        let rivals = |own: &'static Contestant<S>| {
            self.contestants.iter().filter(|other| own.rivals.contains(&other.name)).map(move |rival| (own, *rival))
        };
        self.contestants.iter().copied().flat_map(rivals)
    }
}

/// The median and the extremes.
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<_> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let middle = |index: usize| figures[index.min(figures.len() - 1)];
        let median = (middle((figures.len() - 1) / 2) + middle(figures.len() / 2)) / 2.0;
        Self { least: figures[0], median, most: figures[figures.len() - 1] }
    }
}

impl Display for Spread {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let Self { least, median, most } = self;
        let places = formatter.precision().unwrap_or(2);
        write!(formatter, "{median:.places$} ({least:.places$}–{most:.places$})")
    }
}

/// The processor and the software versions.
fn machine(versions: &[(&str, String)]) -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processor = processor.unwrap_or("unknown processor").trim_start_matches(['\t', ' ', ':']).to_owned();
    let versions = versions.iter().map(|(name, version)| format!("{name} {version}"));
    let parts = [processor, format!("Linux {}", kernel.trim())].into_iter().chain(versions);
    let parts = parts.chain([format!("wrk {}", version("wrk", "-v"))]);
    parts.collect::<Vec<_>>().join(", ")
}

/// The version in a program's output.
pub fn version(program: impl AsRef<OsStr>, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output().expect("run make setup-bench-load");
    let words = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let numbered = |word: &&str| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit());
    let version = words.split([' ', '\t', '\n', '/']).find(numbered);
    version.unwrap_or("of an unknown version").to_owned()
}
