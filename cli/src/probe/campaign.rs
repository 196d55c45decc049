//! Sends the attacks, in their order and within the limit of requests.

use http::HeaderMap;
use tokio::time::Instant;

use super::{
    arsenal::Arsenal,
    attack::{ATTACKS, Attempt, Bearer, NO_TOKEN, NO_TOKEN_LATER, OWNER, OWNER_AGAIN, On, Presents, THIEF_NO_TOKEN},
    budget::{Budget, until},
    connection::{Client, Connection},
    judgement::Verdict,
    outcome::Outcome,
    progress::Progress,
    trial::{Doubt, NotSent, Row, Sent, Try},
};

/// The attacks on one API.
pub(crate) struct Campaign<'arsenal> {
    arsenal: &'arsenal Arsenal,
    budget: Budget,
    /// A connection with the owner's certificate that has carried an accepted request.
    used: Option<Connection>,
    /// The certificates with which the plain token is accepted, other than the owner's.
    accepted: Vec<Presents>,
    /// On used connections, everything is accepted.
    used_is_pointless: bool,
    /// The API closes each connection after one request, so none can be used again.
    closes: bool,
    /// How many tries have ended.
    tried: usize,
    /// How many tries precede the last request of the owner that was accepted.
    proven: usize,
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
            tried: 0,
            proven: 0,
        }
    }

    /// Sends all of them. Returns what became of each, and how many requests have been sent in total.
    pub(crate) async fn run(mut self) -> (Vec<Row>, usize) {
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
            self.doubt(&mut rows);
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

    /// Marks the refusals that prove nothing, because of other answers.
    fn doubt(&self, rows: &mut [Row]) {
        let status = |name| rows.iter().find(|row| row.attack.name == name).and_then(Row::status);
        // Without statuses, nothing shows that the thief's request has come as far as the owner's.
        let thief_differs = status(NO_TOKEN).is_none() || status(NO_TOKEN) != status(THIEF_NO_TOKEN);
        let is_owner_lost = rows.last().is_some_and(|row| row.verdict() != Verdict::Accepted);
        let has_expired = self.arsenal.other_audience_has_expired();
        for (index, one) in rows.iter_mut().flat_map(|row| &mut row.tries).enumerate() {
            let doubts = [
                (thief_differs && one.attempt.presents == Presents::Thief, Doubt::ThiefDiffers),
                (has_expired && one.attempt.bearer == Bearer::OtherAudience, Doubt::Expired),
                (is_owner_lost && index >= self.proven && !one.attempt.is_good(), Doubt::OwnerLost),
            ];
            one.doubt = doubts.iter().find(|(applies, _)| *applies).map(|(_, doubt)| *doubt);
        }
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
                let (sent, connection) = self.send_on_new(client, &fields).await?;
                if attempt.is_good() && Verdict::of(&sent.outcome) == Verdict::Accepted {
                    self.used = connection;
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
        let mut connection = match client.resume(&self.arsenal.url).await {
            Ok(connection) if connection.is_resumed => connection,
            Ok(_) => return left_out("the API has not resumed the session".to_owned()),
            Err(outcome) => return Ok(Sent { protocols: None, is_used: false, outcome }),
        };
        let outcome = connection.get(&self.arsenal.url, fields).await;
        Ok(Sent { protocols: Some(connection.protocols.clone()), is_used: false, outcome })
    }

    /// Sends a request on a new connection, and returns that, too, if there is one.
    async fn send_on_new(
        &mut self,
        client: &Client,
        fields: &HeaderMap,
    ) -> Result<(Sent, Option<Connection>), NotSent> {
        self.budget.spend()?;
        match client.connect(&self.arsenal.url).await {
            Ok(mut connection) => {
                let outcome = connection.get(&self.arsenal.url, fields).await;
                Ok((Sent { protocols: Some(connection.protocols.clone()), is_used: false, outcome }, Some(connection)))
            }
            Err(outcome) => Ok((Sent { protocols: None, is_used: false, outcome }, None)),
        }
    }

    /// Sends a request on a connection that has carried a good one: on the last such connection if it is open, else on one
    /// that is prepared for it. If the API closes them after each request, it is a new one.
    ///
    /// A connection that ends without an answer may have been closed before the request arrived, so another one is tried: only
    /// if the last one ends, too, it is a refusal. Over HTTP/2, an API may also end the request alone, which it must have read for
    /// that: this is a refusal at once.
    async fn send_on_used(&mut self, client: &Client, fields: &HeaderMap) -> Result<Sent, NotSent> {
        if let Some(mut connection) = self.used.take()
            && connection.is_open().await
            && let Some(sent) = self.send_again(connection, fields).await?
        {
            return Ok(sent);
        }
        if !self.closes {
            let good = Attempt { presents: Presents::Owner, on: On::New, bearer: Bearer::Token, forwarded: None };
            let good = self.arsenal.fields(&good)?;
            let (sent, connection) = self.send_on_new(client, &good).await?;
            if Verdict::of(&sent.outcome) != Verdict::Accepted {
                let outcome = Outcome::Failed("the owner's good request before it was not accepted".to_owned());
                return Ok(Sent { outcome, ..sent });
            }
            self.proven = self.tried;
            if let Some(mut connection) = connection
                && connection.is_open().await
            {
                if let Some(sent) = self.send_again(connection, fields).await? {
                    return Ok(sent);
                }
            } else {
                self.closes = true;
            }
        }
        let (sent, _) = self.send_on_new(client, fields).await?;
        Ok(sent)
    }

    /// Sends a request on a used connection, and keeps that while it is open. `None` if the API has ended it instead of answering.
    async fn send_again(&mut self, mut connection: Connection, fields: &HeaderMap) -> Result<Option<Sent>, NotSent> {
        self.budget.spend()?;
        let outcome = connection.get(&self.arsenal.url, fields).await;
        let protocols = Some(connection.protocols.clone());
        match outcome {
            Outcome::Answered { .. } => self.used = Some(connection),
            Outcome::Closed(_) if connection.is_open().await => self.used = Some(connection),
            Outcome::Closed(_) => return Ok(None),
            Outcome::Failed(_) => {}
        }
        Ok(Some(Sent { protocols, is_used: true, outcome }))
    }
}

fn left_out<T>(reason: String) -> Result<T, NotSent> {
    Err(NotSent::LeftOut(reason))
}

/// What becomes of a request after one whose answer makes all others meaningless.
fn nothing(attempt: &Attempt) -> Try {
    Try { attempt: *attempt, result: left_out("its answer would mean nothing".to_owned()), doubt: None }
}
