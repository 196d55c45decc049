//! Plays a scene: a caller calls a server, and the narrator prints the request, the verdict and the response.

use std::sync::mpsc::Receiver;

use certbound::{Certificate, Thumbprint};

use crate::{
    client::{Answer, Client, Endpoint},
    clock::Clock,
    jwt,
    narrator::{DecodedToken, Narrator},
    result::Result,
    summary::Summary,
    token_service::SCOPE,
    verdict::Verdict,
};

pub(crate) struct Stage {
    pub(crate) narrator: Narrator,
    pub(crate) token_service: Endpoint,
    pub(crate) server_b: Endpoint,
    /// The verdicts of both servers.
    pub(crate) log: Receiver<Verdict>,
    pub(crate) clock: Clock,
    pub(crate) summary: Summary,
    /// The owners of the certificates, by thumbprint.
    pub(crate) owners: Vec<(Thumbprint, &'static str)>,
}

/// A scene.
pub(crate) struct Scene {
    /// At most 40 characters.
    pub(crate) title: &'static str,
    pub(crate) introduction: &'static str,
    /// The name of the expected verdict.
    pub(crate) expected: &'static str,
}

impl Stage {
    /// Asks the Token Service for a token as the client `client_id`. Returns `None` if the request is rejected.
    pub(crate) async fn ask_for_token(
        &mut self,
        scene: Scene,
        caller: &Client,
        client_id: &str,
        resource: &str,
    ) -> Result<Option<String>> {
        self.open(&scene);
        let request = format!("POST https://{}/token", self.token_service.name);
        self.call(caller, "Token Service", &request)?;
        self.narrator.fact("client_id", client_id);
        self.narrator.fact("resource", resource);

        let form =
            [("grant_type", "client_credentials"), ("client_id", client_id), ("resource", resource), ("scope", SCOPE)];
        let answer = caller.post(self.token_service, "/token", &form).await?;
        self.close(&scene, "Token Service", caller, &answer)?;

        let token = answer.body["access_token"].as_str();
        if let Some(token) = token {
            let token = self.decode(token)?;
            self.narrator.issued_token(&token);
        }
        Ok(token.map(str::to_owned))
    }

    /// Asks Server B for its accounts, with or without a token.
    pub(crate) async fn call_server_b(&mut self, scene: Scene, caller: &Client, token: Option<&str>) -> Result<()> {
        self.open(&scene);
        let request = format!("GET https://{}/accounts", self.server_b.name);
        self.call(caller, "Server B", &request)?;
        match token {
            Some(token) => {
                let token = self.decode(token)?;
                self.narrator.presented_token(&token);
            }
            None => self.narrator.fact("token", "none"),
        }

        let answer = caller.get(self.server_b, "/accounts", token).await?;
        self.close(&scene, "Server B", caller, &answer)
    }

    fn open(&mut self, scene: &Scene) {
        self.narrator.scene(self.summary.rows().len() + 1, scene.title, scene.introduction);
    }

    fn close(&mut self, scene: &Scene, server: &str, caller: &Client, answer: &Answer) -> Result<()> {
        // A server writes one verdict per request, before it responds.
        let verdicts: Vec<_> = self.log.try_iter().collect();
        let [verdict] = verdicts.as_slice() else {
            return Err(format!("{server} wrote {} verdicts in \"{}\"", verdicts.len(), scene.title).into());
        };
        self.narrator.verdict(server, verdict);
        self.narrator.answer(caller.name, answer);
        self.summary.add(scene.title, scene.expected, verdict, answer);
        Ok(())
    }

    fn call(&mut self, caller: &Client, server: &str, request: &str) -> Result<()> {
        let Some(identity) = &caller.identity else {
            self.narrator.call(caller.name, "TLS", server, request);
            self.narrator.fact("certificate", "none");
            return Ok(());
        };
        self.narrator.call(caller.name, "mutual TLS", server, request);
        let certificate = Certificate::from_der(identity.certificate())?;
        self.narrator.certificate(certificate.subject(), identity.origin(), certificate.thumbprint());
        Ok(())
    }

    fn decode(&self, token: &str) -> Result<DecodedToken> {
        let (header, claims) = jwt::decode_unverified(token)?;
        let thumbprint = Thumbprint::from_x5t_s256(claims["cnf"]["x5t#S256"].as_str().unwrap_or_default())?;
        let expiry = claims["exp"].as_i64().unwrap_or_default();
        let seconds_left = expiry - i64::try_from(self.clock.now().seconds())?;
        Ok(DecodedToken { header, claims, bound_to: self.owner(&thumbprint), seconds_left })
    }

    fn owner(&self, thumbprint: &Thumbprint) -> &'static str {
        self.owners.iter().find(|(known, _)| known.matches(thumbprint)).map_or("unknown", |(_, owner)| owner)
    }
}
