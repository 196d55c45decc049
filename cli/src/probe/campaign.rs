//! Sends the attacks, in their order and within the limit of requests.

use http::HeaderMap;

use super::{
    arsenal::Arsenal,
    attack::{ATTACKS, Attack, Attempt, Bearer, NO_TOKEN, NO_TOKEN_LATER, OWNER, On, Presents},
    connection::{Client, Connection, Outcome},
    judgement::Verdict,
    progress::Progress,
};

/// The attacks on one API.
pub(crate) struct Campaign<'arsenal> {
    arsenal: &'arsenal Arsenal,
    /// Requests that may still be sent.
    remaining: usize,
    /// A connection with the owner's certificate that has carried an accepted request.
    used: Option<Connection>,
    /// The certificates with which the plain token is accepted, other than the owner's.
    accepted: Vec<Presents>,
    /// On used connections, everything is accepted.
    used_is_pointless: bool,
    /// The API closes each connection after one request, so none can be used again.
    closes: bool,
}

/// What became of an attack.
pub(crate) struct Row {
    pub(super) attack: &'static Attack,
    pub(super) tries: Vec<Try>,
    pub(super) verdict: Verdict,
}

/// What became of one of its requests.
pub(super) struct Try {
    pub(super) attempt: Attempt,
    pub(super) result: Result<Sent, String>,
}

/// A request that was sent, at least as far as the handshake.
pub(super) struct Sent {
    /// The protocols of the connection, if there was one.
    pub(super) protocols: Option<String>,
    /// Whether that had carried a good request before.
    pub(super) is_used: bool,
    pub(super) outcome: Outcome,
}

impl Try {
    pub(super) fn verdict(&self) -> Verdict {
        self.result.as_ref().map_or(Verdict::LeftOut, |sent| Verdict::of(&sent.outcome))
    }
}

/// Why a request was not sent.
type LeftOut = String;

impl<'arsenal> Campaign<'arsenal> {
    /// `spent` requests have been sent before, to the issuer.
    pub(crate) fn new(arsenal: &'arsenal Arsenal, spent: usize) -> Self {
        let remaining = REQUESTS.saturating_sub(spent);
        Self { arsenal, remaining, used: None, accepted: Vec::new(), used_is_pointless: false, closes: false }
    }

    /// Sends all of them. Returns what became of each, and how many requests have been sent in total.
    pub(crate) async fn run(mut self) -> (Vec<Row>, usize) {
        let progress = Progress::new(ATTACKS.len());
        let mut rows: Vec<Row> = Vec::new();
        let mut is_over = false;
        for (index, attack) in ATTACKS.iter().enumerate() {
            progress.show(index, attack.title);
            let mut tries = Vec::new();
            for attempt in attack.attempts {
                let result = if is_over { Err(POINTLESS.to_owned()) } else { self.attempt(attempt).await };
                tries.push(Try { attempt: *attempt, result });
            }
            let verdict = Verdict::all(tries.iter().map(Try::verdict));
            match (attack.name, verdict) {
                (OWNER, Verdict::Accepted) | (NO_TOKEN, Verdict::Refused | Verdict::Unclear) => {}
                (OWNER | NO_TOKEN, _) => is_over = true,
                (NO_TOKEN_LATER, Verdict::Accepted) => self.used_is_pointless = true,
                _ => {}
            }
            let is_plain = |attempt: &Attempt| attempt.bearer == Bearer::Token && !attempt.adds_to_plain_token();
            let accepted = tries.iter().filter(|one| is_plain(&one.attempt) && one.verdict() == Verdict::Accepted);
            self.accepted.extend(accepted.map(|one| one.attempt.presents));
            rows.push(Row { attack, tries, verdict });
        }
        progress.clear();
        (rows, REQUESTS.saturating_sub(self.remaining))
    }

    async fn attempt(&mut self, attempt: &Attempt) -> Result<Sent, LeftOut> {
        let fields = self.arsenal.fields(attempt)?;
        let client = self.arsenal.client(attempt.presents)?;
        if attempt.adds_to_plain_token() && self.accepted.contains(&attempt.presents) {
            return Err(format!("with {}, the token is accepted in any case", attempt.presents.words()));
        }
        if attempt.on == On::Used && self.used_is_pointless {
            return Err("on such a connection, everything is accepted in any case".to_owned());
        }
        let url = &self.arsenal.url;
        match attempt.on {
            On::New => {
                let (sent, connection) = self.send_on_new(client, &fields).await?;
                let is_good_request = attempt.presents == Presents::Owner && attempt.bearer == Bearer::Token;
                if is_good_request && Verdict::of(&sent.outcome) == Verdict::Accepted {
                    self.used = connection;
                }
                Ok(sent)
            }
            On::Used => self.send_on_used(client, &fields).await,
            On::Resumed => {
                self.spend()?;
                match client.resume(url).await {
                    Ok(mut connection) => drop(connection.get(url, &fields).await),
                    Err(Outcome::Closed(_)) => {
                        return Err(format!(
                            "the API ends handshakes with {}, so there is no session",
                            attempt.presents.words()
                        ));
                    }
                    Err(outcome) => return Ok(Sent { protocols: None, is_used: false, outcome }),
                }
                self.spend()?;
                let mut connection = match client.resume(url).await {
                    Ok(connection) if connection.is_resumed => connection,
                    Ok(_) => return Err("the API has not resumed the session".to_owned()),
                    Err(outcome) => return Ok(Sent { protocols: None, is_used: false, outcome }),
                };
                let outcome = connection.get(url, &fields).await;
                Ok(Sent { protocols: Some(connection.protocols.clone()), is_used: false, outcome })
            }
        }
    }

    /// Sends a request on a new connection, and returns that, too, if there is one.
    async fn send_on_new(
        &mut self,
        client: &Client,
        fields: &HeaderMap,
    ) -> Result<(Sent, Option<Connection>), LeftOut> {
        self.spend()?;
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
    /// if the last one ends, too, it is a refusal.
    async fn send_on_used(&mut self, client: &Client, fields: &HeaderMap) -> Result<Sent, LeftOut> {
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

    /// Sends a request on a used connection, and keeps that. `None` if there is no answer.
    async fn send_again(&mut self, mut connection: Connection, fields: &HeaderMap) -> Result<Option<Sent>, LeftOut> {
        self.spend()?;
        let outcome = connection.get(&self.arsenal.url, fields).await;
        if matches!(outcome, Outcome::Closed(_)) {
            return Ok(None);
        }
        let protocols = Some(connection.protocols.clone());
        self.used = Some(connection);
        Ok(Some(Sent { protocols, is_used: true, outcome }))
    }

    fn spend(&mut self) -> Result<(), LeftOut> {
        let spent = || format!("{REQUESTS} requests have been sent, which is the limit");
        self.remaining = self.remaining.checked_sub(1).ok_or_else(spent)?;
        Ok(())
    }
}

/// Most requests of one run, with those to the issuer. A connection that ends in the handshake counts as a request.
pub(crate) const REQUESTS: usize = 40;

const POINTLESS: &str = "nothing was sent, since it would mean nothing";
