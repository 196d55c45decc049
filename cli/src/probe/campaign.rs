//! Sends the attacks, in their order and within the limit of requests.

use http::HeaderMap;
use tokio::time::Instant;

use super::{
    arsenal::Arsenal,
    attack::{ATTACKS, Attempt, Bearer, GOOD, NO_TOKEN, NO_TOKEN_LATER, OWNER, OWNER_AGAIN, On, Presents},
    budget::{Budget, until},
    connection::{Client, Connection},
    doubts::End,
    judgement::Verdict,
    outcome::Outcome,
    progress::Progress,
    trial::{NotSent, Row, Sent, Try},
};

/// The attacks on one API.
pub(crate) struct Campaign<'arsenal> {
    arsenal: &'arsenal Arsenal,
    budget: Budget,
    /// A connection with the owner's certificate that has carried an accepted request.
    used: Option<Used>,
    /// The certificates with which the plain token is accepted, other than the owner's.
    accepted: Vec<Presents>,
    /// On used connections, everything is accepted.
    used_is_pointless: bool,
    /// The API closes each connection after one request, so none can be used again.
    closes: bool,
    /// After it has refused a request, the API refuses all others on the connection, so none is used again after a refusal.
    spoils: bool,
    /// How many tries have ended.
    tried: usize,
    /// How many tries precede the last request of the owner that was accepted.
    proven: usize,
}

struct Used {
    connection: Connection,
    /// Whether its last request was the owner's good one, and accepted.
    is_proven: bool,
}

/// What a request on a used connection is sent on.
enum Prepared {
    /// On this one, whose last request was a good one, and accepted.
    Ready(Connection),
    /// There is none: the API closes each connection after one request.
    Closes,
    /// There is none: the good request was not accepted.
    NotAccepted,
}

impl<'arsenal> Campaign<'arsenal> {
    /// `spent` requests have been sent before, to the issuer.
    pub(crate) fn new(arsenal: &'arsenal Arsenal, spent: usize) -> Self {
        let budget = Budget::new(spent, Instant::now());
        Self {
            arsenal,
            budget,
            used: None,
            accepted: Vec::new(),
            used_is_pointless: false,
            closes: false,
            spoils: false,
            tried: 0,
            proven: 0,
        }
    }

    /// Sends all of them. Returns what became of each, and how many requests have been sent in total. `clock` tells the time at
    /// the end, in seconds.
    pub(crate) async fn run(mut self, clock: impl FnOnce() -> u64) -> (Vec<Row>, usize) {
        let progress = Progress::new(ATTACKS.len());
        let mut rows: Vec<Row> = Vec::new();
        let mut is_over = false;
        for (index, attack) in ATTACKS.iter().enumerate() {
            progress.show(index, attack.title);
            if attack.name == OWNER_AGAIN {
                self.budget.release_reserve();
            }
            let mut tries = Vec::new();
            for attempt in attack.attempts {
                tries.push(if is_over { nothing(attempt) } else { self.one_try(attempt).await });
            }
            let row = Row { attack, tries };
            match (attack.name, row.verdict()) {
                (OWNER, Verdict::Accepted) | (NO_TOKEN, Verdict::Refused | Verdict::Unclear) => {}
                (OWNER | NO_TOKEN, _) => is_over = true,
                (NO_TOKEN_LATER, Verdict::Accepted) => self.used_is_pointless = true,
                _ => {}
            }
            rows.push(row);
        }
        progress.clear();
        if !is_over {
            let (token, other_audience) = (&self.arsenal.token, self.arsenal.other_audience());
            End { proven: self.proven, token, other_audience, now: clock() }.mark(&mut rows);
        }
        (rows, self.budget.spent())
    }

    async fn one_try(&mut self, attempt: &Attempt) -> Try {
        let result = until(self.budget.deadline(), self.attempt(attempt)).await;
        let one = Try { attempt: *attempt, result, doubt: None };
        self.tried = self.tried.saturating_add(1);
        if one.verdict() == Verdict::Accepted && attempt.bearer == Bearer::Token {
            if attempt.is_good() {
                self.proven = self.tried;
            } else if !attempt.adds_to_plain_token() {
                self.accepted.push(attempt.presents);
            }
        }
        one
    }

    async fn attempt(&mut self, attempt: &Attempt) -> Result<Sent, NotSent> {
        let fields = self.arsenal.fields(attempt)?;
        let client = self.arsenal.client(attempt.presents)?;
        if attempt.adds_to_plain_token() && self.accepted.contains(&attempt.presents) {
            return left_out(format!("with {}, the token is accepted in any case", attempt.presents.words()));
        }
        if attempt.on == On::Used && self.used_is_pointless {
            return left_out("on such a connection, everything is accepted in any case".to_owned());
        }
        match attempt.on {
            On::New => {
                let (mut sent, mut connection) = self.send_on_new(client, &fields).await?;
                // The thief's handshake is accepted, so an end without an answer may be an accident, as behind a load balancer
                // with a server that is down. Only if it happens again, it is a refusal.
                if attempt.presents == Presents::Thief
                    && matches!(sent.outcome, Outcome::Closed(_))
                    && !is_open(&mut connection).await
                {
                    (sent, connection) = self.send_on_new(client, &fields).await?;
                }
                if attempt.is_good() && Verdict::of(&sent.outcome) == Verdict::Accepted {
                    self.used = connection.map(|connection| Used { connection, is_proven: true });
                }
                Ok(sent)
            }
            On::Used => self.send_on_used(client, &fields).await,
            On::Resumed => self.send_on_resumed(client, &fields, attempt.presents).await,
        }
    }

    /// Sends a request on a connection that resumes a session of an earlier one with the same certificate.
    async fn send_on_resumed(
        &mut self,
        client: &Client,
        fields: &HeaderMap,
        presents: Presents,
    ) -> Result<Sent, NotSent> {
        if !client.has_session() {
            return left_out(format!("the API has started no session with {} that could be resumed", presents.words()));
        }
        self.budget.spend()?;
        let sent = |protocols, outcome| Sent { protocols, is_used: false, is_unasked: false, outcome };
        let mut connection = match client.resume(&self.arsenal.url).await {
            Ok(connection) if connection.is_resumed => connection,
            Ok(_) => return left_out("the API has not resumed the session".to_owned()),
            Err(outcome) => return Ok(sent(None, outcome)),
        };
        let outcome = connection.get(&self.arsenal.url, fields).await;
        Ok(sent(Some(connection.protocols.clone()), outcome))
    }

    /// Sends a request on a new connection, and returns that, too, if there is one.
    async fn send_on_new(
        &mut self,
        client: &Client,
        fields: &HeaderMap,
    ) -> Result<(Sent, Option<Connection>), NotSent> {
        self.budget.spend()?;
        let mut connection = client.connect(&self.arsenal.url).await;
        let outcome = match &mut connection {
            Ok(connection) => connection.get(&self.arsenal.url, fields).await,
            Err(outcome) => outcome.clone(),
        };
        let connection = connection.ok();
        let protocols = connection.as_ref().map(|connection| connection.protocols.clone());
        // Without a server, nobody could ask.
        let is_unasked = client.is_unasked() && !matches!(outcome, Outcome::Failed(_));
        Ok((Sent { protocols, is_used: false, is_unasked, outcome }, connection))
    }

    /// Sends a request on a connection that has just carried a good one, so that a refusal has no other reason than this request:
    /// an API may refuse everything on a connection after it has refused one request. If the API closes connections after each
    /// request, it is a new one.
    ///
    /// A connection that ends without an answer may have been closed before the request arrived, so another one is tried: only
    /// if that ends, too, it is a refusal. Over HTTP/2, an API may also end the request alone, which it must have read for that:
    /// this is a refusal at once.
    async fn send_on_used(&mut self, client: &Client, fields: &HeaderMap) -> Result<Sent, NotSent> {
        for is_last in [false, true] {
            let mut connection = match self.prepare(client).await? {
                Prepared::Ready(connection) => connection,
                Prepared::Closes => break,
                Prepared::NotAccepted => {
                    let reason = "the owner's good request before it was not accepted, so it was not sent";
                    return Err(NotSent::CutOff(reason.to_owned()));
                }
            };
            self.budget.spend()?;
            let outcome = connection.get(&self.arsenal.url, fields).await;
            let protocols = Some(connection.protocols.clone());
            let is_open = matches!(outcome, Outcome::Answered { .. }) || connection.is_open().await;
            if is_open && !self.spoils {
                self.used = Some(Used { connection, is_proven: false });
            }
            if is_open || is_last {
                return Ok(Sent { protocols, is_used: true, is_unasked: false, outcome });
            }
        }
        let (sent, _) = self.send_on_new(client, fields).await?;
        Ok(sent)
    }

    /// A connection whose last request was a good one: the last used one if it is open and still accepts the owner, else a new
    /// one.
    async fn prepare(&mut self, client: &Client) -> Result<Prepared, NotSent> {
        let good = self.arsenal.fields(&GOOD)?;
        if let Some(Used { mut connection, is_proven }) = self.used.take()
            && connection.is_open().await
        {
            if is_proven {
                return Ok(Prepared::Ready(connection));
            }
            self.budget.spend()?;
            let outcome = connection.get(&self.arsenal.url, &good).await;
            match Verdict::of(&outcome) {
                Verdict::Accepted => {
                    self.proven = self.tried;
                    if connection.is_open().await {
                        return Ok(Prepared::Ready(connection));
                    }
                }
                Verdict::Refused => self.spoils = connection.is_open().await,
                Verdict::Unclear | Verdict::LeftOut => {}
            }
        }
        if self.closes {
            return Ok(Prepared::Closes);
        }
        let (sent, connection) = self.send_on_new(client, &good).await?;
        if Verdict::of(&sent.outcome) != Verdict::Accepted {
            return Ok(Prepared::NotAccepted);
        }
        self.proven = self.tried;
        if let Some(mut connection) = connection
            && connection.is_open().await
        {
            return Ok(Prepared::Ready(connection));
        }
        self.closes = true;
        Ok(Prepared::Closes)
    }
}

async fn is_open(connection: &mut Option<Connection>) -> bool {
    match connection {
        Some(connection) => connection.is_open().await,
        None => false,
    }
}

fn left_out<T>(reason: String) -> Result<T, NotSent> {
    Err(NotSent::LeftOut(reason))
}

/// What becomes of a request after one whose answer makes all others meaningless.
fn nothing(attempt: &Attempt) -> Try {
    Try { attempt: *attempt, result: left_out("its answer would mean nothing".to_owned()), doubt: None }
}
